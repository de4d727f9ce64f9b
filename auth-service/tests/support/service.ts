import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { TestDatabase } from "./database.ts";
import { repository } from "./repository.ts";
import { leaksIn } from "./secrets.ts";
import { until } from "./until.ts";

export const PUBLIC_URL = "http://localhost:3000";
export const SECRET = "kW3vT9xQ7mZ2pL5nR8sB1cD4fG6hJ0aYuEoIiUtPqVz=";

/** Environment variables that override the defaults of the tests. */
export type Environment = { AUTH_DATABASE_URL?: string } & Record<string, string | undefined>;

/** A running auth-service. */
export interface Service {
  readonly url: string;
  readonly publicUrl: string;
  readonly process: ChildProcess;
  /** Its log so far. */
  log(): LogLine[];
  /** Its messages about settings so far. */
  notes(): string[];
  /** The log lines of the request, once it is complete. */
  logOf(requestId: string): Promise<LogLine[]>;
  untilLogged(message: string): Promise<void>;
  untilReady(): Promise<void>;
  /** Sends the signal and waits for the exit. Fails if the log contains a visitor's secret. */
  stop(signal?: NodeJS.Signals): Promise<{ status: number | null }>;
}

export type LogLine = { readonly level: string; readonly message: string } & Record<string, unknown>;

/** The result of a program. */
export interface Run {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Starts the server on a free port and waits until it listens. */
export async function startService(environment: Environment): Promise<Service> {
  const env = environmentOf(environment);
  const { child, output } = start("main.ts", env);
  const closed = once(child, "close");
  const text = () => output.stdout + output.stderr;
  const lines = () => text().match(/.+(?=\n)/g) ?? [];
  const notes = () => lines().filter((line) => line.startsWith("auth-service: "));
  const log = () => lines().flatMap((line) => (notes().includes(line) ? [] : (JSON.parse(line) as LogLine)));
  const has = (message: string) => log().some((line) => line.message === message);
  const untilLogged = (message: string) =>
    until(`the log says "${message}"`, () => {
      if (child.exitCode !== null && !has(message)) throw new Error(`auth-service has ended: ${text()}`);
      return has(message);
    });
  await untilLogged("listening");
  const logOf = (id: string) => log().filter(({ request_id }) => request_id === id);
  const url = `http://127.0.0.1:${log().find((line) => line.message === "listening")?.port}`;
  return {
    url,
    publicUrl: env.PUBLIC_URL ?? "",
    process: child,
    log,
    notes,
    logOf: async (id) => {
      await until(`request ${id} is over`, () => logOf(id).some(({ message }) => message === "request"));
      return logOf(id);
    },
    untilLogged,
    untilReady: () => until("/readyz answers 200", async () => (await fetch(`${url}/readyz`)).status === 200),
    stop: async (signal = "SIGTERM") => {
      child.kill(signal);
      await closed;
      const leaks = leaksIn(text());
      if (leaks.length > 0) throw new Error(`the log holds ${leaks.join(" and ")}`);
      return { status: child.exitCode };
    },
  };
}

/** Runs a program of auth-service until it exits. */
export async function run(program: string, environment: Environment, ...args: string[]): Promise<Run> {
  const { child, output } = start(program, environmentOf(environment), args);
  await once(child, "close");
  return { status: child.exitCode, ...output };
}

/** Runs the migrations. */
export async function migrate({ authOwnerUrl }: TestDatabase, environment: Environment = {}): Promise<void> {
  const { status, stderr } = await run("commands/migrate.ts", {
    AUTH_MIGRATION_DATABASE_URL: authOwnerUrl,
    ...environment,
  });
  if (status !== 0) throw new Error(`the migrations failed: ${stderr}`);
}

function start(program: string, env: Environment, args: string[] = []) {
  const file = `${repository}auth-service/src/${program}`;
  const argv = ["--import", `${import.meta.dirname}/end-with-parent.ts`, file, ...args];
  const child = spawn(process.execPath, argv, { env });
  const output = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => (output.stdout += chunk));
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => (output.stderr += chunk));
  return { child, output };
}

/** Compiling modules takes half of a start, so cache them. */
const COMPILED = `${repository}node_modules/.cache/node-compile`;

/** Nothing is inherited, because Vitest sets NODE_ENV and TEST, which change Better Auth's behaviour. */
function environmentOf(environment: Environment): Environment {
  const defaults = { BETTER_AUTH_SECRET: SECRET, PUBLIC_URL, AUTH_LISTEN_ADDRESS: "127.0.0.1:0", LOG_LEVEL: "debug" };
  const all = { PATH: process.env.PATH, NODE_COMPILE_CACHE: COMPILED, ...defaults, ...environment };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}
