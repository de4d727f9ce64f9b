import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import pg from "pg";
import { repository } from "./repository.ts";

/** A temporary Postgres server from the binaries of the development stack. */
export interface PostgresServer {
  /** The superuser's URL. */
  readonly url: string;
  /** Closes every connection and stops the server. */
  stop(): Promise<void>;
  /** Stops it like `pg_ctl stop -m immediate`: every connection breaks. */
  stopImmediately(): Promise<void>;
}

/** @param data - the folder for the data; a temporary one if omitted. */
export async function startPostgres(data?: string): Promise<PostgresServer> {
  const place = data === undefined ? [] : ["--data", data];
  const server = spawn(
    `${repository}.venv/bin/python`,
    ["-m", "taskchat_dev_stack.postgres", "--volatile", ...place],
    // It stops when its standard input ends, so also when this process is killed.
    { stdio: ["pipe", "pipe", "inherit"] },
  );
  const exited = once(server, "exit");
  const [url] = await Promise.race([once(createInterface(server.stdout), "line"), exited]);
  if (typeof url !== "string") throw new Error("Postgres did not start; see its message above");
  return {
    url,
    stop: async () => {
      server.stdin.end();
      await exited;
    },
    stopImmediately: async () => {
      process.kill(await postmasterPid(url), "SIGQUIT");
      await exited;
    },
  };
}

async function postmasterPid(url: string): Promise<number> {
  const client = new pg.Client(url);
  await client.connect();
  const { rows } = await client.query("select split_part(pg_read_file('postmaster.pid'), chr(10), 1)::int as pid");
  await client.end();
  return rows[0].pid;
}
