import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { startPython } from "./child.ts";

/** Settings of the services, by their names in the environment. */
export type Settings = Readonly<Record<string, string>>;

/** A running Taskchat: database, both services and the built pages. */
export interface Stack {
  /** The origin. */
  readonly url: string;
  /** The data folder. */
  readonly data: string;
  /** Connects to Postgres as its owner. Changes on restart. */
  readonly databaseUrl: string;
  /** Restarts everything at the same address with the same data. Meanwhile, nothing answers there. */
  restart(meanwhile?: () => Promise<void>): Promise<void>;
  stop(): Promise<void>;
}

/**
 * The address of a stack that already runs, such as the containers, and a shell command that restarts it. Journeys that
 * need special settings cannot use it.
 */
export const { TASKCHAT_URL, TASKCHAT_RESTART } = process.env;

export async function startStack(settings: Settings): Promise<Stack> {
  if (TASKCHAT_URL) return runningStack(TASKCHAT_URL);
  const data = mkdtempSync(path.join(tmpdir(), "taskchat-e2e-"));
  chmodSync(data, 0o755); // If the tests run as root, Postgres runs as another user.
  const remove = () => rmSync(data, { recursive: true, force: true });
  let running = await serve(data, "0", settings).catch((error: unknown) => {
    remove();
    throw error;
  });
  const { url } = running.addresses;
  return {
    url,
    data,
    get databaseUrl() {
      return running.addresses.database_url;
    },
    restart: async (meanwhile = async () => {}) => {
      await running.end();
      await meanwhile();
      running = await serve(data, new URL(url).port, settings);
    },
    stop: async () => {
      await running.end();
      remove();
    },
  };
}

function runningStack(url: string): Stack {
  const notHere = (): never => {
    throw new Error("This journey needs a stack that the tests start");
  };
  return {
    url,
    get data() {
      return notHere();
    },
    get databaseUrl() {
      return notHere();
    },
    restart: async (meanwhile) =>
      meanwhile ? notHere() : void execFileSync("sh", ["-c", TASKCHAT_RESTART ?? "exit 1"], { stdio: "inherit" }),
    stop: async () => {},
  };
}

function serve(data: string, port: string, settings: Settings) {
  const environment = Object.entries(settings).flatMap(([name, value]) => ["--env", `${name}=${value}`]);
  const args = ["-m", "taskchat_dev_stack.serve", "--no-build", "--data", data, "--port", port, ...environment];
  return startPython<{ url: string; database_url: string }>(args, ".");
}
