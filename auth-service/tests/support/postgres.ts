import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import pg from "pg";
import { repository } from "./repository.ts";

/** A Postgres server of its own, from the programs that the development stack brings. */
export interface PostgresServer {
  /** The superuser's URL. */
  readonly url: string;
  /** Ends every connection and the server. */
  stop(): Promise<void>;
  /** Stops it as `pg_ctl stop -m immediate` does: every connection breaks, in the middle of whatever it does. */
  stopImmediately(): Promise<void>;
}

/** @param data - the folder that keeps the data from one start to the next; left out, a temporary one. */
export async function startPostgres(data?: string): Promise<PostgresServer> {
  const place = data === undefined ? [] : ["--data", data];
  const server = spawn(
    `${repository}.venv/bin/python`,
    ["-m", "taskchat_dev_stack.postgres", "--volatile", ...place],
    // It stops at the end of its standard input, so also when this process is killed.
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
