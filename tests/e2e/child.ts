import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url));
export const PYTHON = path.join(ROOT, ".venv", "bin", "python");

/** A program that prints its addresses in its first line and runs until its stdin closes. */
export interface Child<Addresses> {
  readonly addresses: Addresses;
  end(): Promise<void>;
}

/** @throws Error with the stderr of a program that ends before it is ready. */
export async function startPython<Addresses>(args: readonly string[], folder: string): Promise<Child<Addresses>> {
  const child = spawn(PYTHON, args, { cwd: path.join(ROOT, folder), stdio: ["pipe", "pipe", "pipe"] });
  const errors: string[] = [];
  child.stderr.on("data", (chunk: Buffer) => errors.push(chunk.toString()));
  for await (const line of createInterface(child.stdout)) {
    return { addresses: JSON.parse(line) as Addresses, end: () => end(child) };
  }
  throw new Error(`${args.join(" ")} did not start:\n${errors.join("")}`);
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.stdin?.end();
  await ended;
}
