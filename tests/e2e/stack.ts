import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const PYTHON = path.join(ROOT, ".venv", "bin", "python");

/** A whole Taskchat of a test's own: database, both services and the built pages. */
export interface Stack {
  /** The one origin. */
  readonly url: string;
  /** Stops everything and starts it again, at the same address and with the same data. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** @param settings - of the services, such as OPENAI_BASE_URL. */
export async function startStack(settings: Readonly<Record<string, string>>): Promise<Stack> {
  const data = mkdtempSync(path.join(tmpdir(), "taskchat-e2e-"));
  chmodSync(data, 0o755); // Postgres, which refuses to run as root, has to reach it as somebody else.
  let { child, url } = await serve(data, 0, settings);
  return {
    url,
    restart: async () => {
      await end(child);
      ({ child } = await serve(data, Number(new URL(url).port), settings));
    },
    stop: async () => {
      await end(child);
      rmSync(data, { recursive: true, force: true });
    },
  };
}

async function serve(data: string, port: number, settings: Readonly<Record<string, string>>) {
  const environment = Object.entries(settings).flatMap(([name, value]) => ["--env", `${name}=${value}`]);
  const child = spawn(
    PYTHON,
    [..."-m taskchat_dev_stack.serve --no-build --data".split(" "), data, "--port", String(port), ...environment],
    { cwd: ROOT, stdio: ["pipe", "pipe", "pipe"] },
  );
  const complaints: string[] = [];
  child.stderr.on("data", (chunk: Buffer) => complaints.push(chunk.toString()));
  for await (const line of createInterface(child.stdout)) {
    return { child, url: (JSON.parse(line) as { url: string }).url };
  }
  throw new Error(`the stack did not start:\n${complaints.join("")}`);
}

/** The end of its input tells it to stop. */
async function end(child: ChildProcess): Promise<void> {
  const ended = once(child, "exit");
  child.stdin?.end();
  await ended;
}
