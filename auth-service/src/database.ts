import type { BetterAuthOptions } from "better-auth";
import pg from "pg";
import type { Logger } from "pino";
import { faultOf, noteDatabaseFault } from "./database-fault.ts";
import { connectionOptions } from "./database-url.ts";
import { describeError } from "./log.ts";

const CONNECT_TIMEOUT_MS = 5_000;
/** A database that takes a statement and never answers is as good as gone. */
export const STATEMENT_TIMEOUT_MS = 10_000;

// int8 arrives as text unless told otherwise, and Better Auth computes with the times in "rateLimit".
pg.types.setTypeParser(pg.types.builtins.INT8, Number);

/**
 * A pool of connections that outlives the loss of each of them.
 *
 * @param statementTimeoutMs - how long to wait for each answer; left out, for as long as it takes.
 */
export function createPool(databaseUrl: string, log: Logger, statementTimeoutMs?: number): pg.Pool {
  const { connection, ignored } = connectionOptions(databaseUrl);
  if (ignored.length > 0) log.warn({ parameters: ignored }, "parameters of AUTH_DATABASE_URL that mean nothing here");
  const pool = new pg.Pool({
    fallback_application_name: "taskchat-auth-service",
    ...connection,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: statementTimeoutMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    idleTimeoutMillis: 60_000,
    maxLifetimeSeconds: 1_800,
  });
  // Without a listener, the loss of an idle connection would end the process.
  pool.on("error", (error) => log.warn({ error: describeError(error) }, "an idle database connection was lost"));
  return pool;
}

/**
 * The pool as Better Auth takes it, noting for the request at hand what went wrong in the database.
 *
 * Better Auth swallows such errors in places: with the database down, it takes everybody for signed out. Only what
 * was noted here tells an outage from a refusal.
 */
export function observed(pool: pg.Pool): NonNullable<BetterAuthOptions["database"]> {
  const database = {
    options: pool.options,
    connect: async () => observedClient(await pool.connect().catch(noteAndRethrow)),
    end: () => pool.end(),
  };
  // The type also asks for cursors, which Better Auth never opens.
  return database as unknown as NonNullable<BetterAuthOptions["database"]>;
}

function observedClient(client: pg.PoolClient) {
  let broken: unknown;
  return {
    query: async (sql: string, parameters: readonly unknown[]) => {
      if (broken) throw broken;
      try {
        return await client.query(sql, [...parameters]);
      } catch (error) {
        if (faultOf(error) === "unavailable") broken = error;
        return noteAndRethrow(error);
      }
    },
    // A connection that owes an answer may still get it: it must not reach the next one who asks.
    release: (destroy?: boolean) => client.release(destroy || broken !== undefined),
  };
}

/** Runs one statement of our own, observed like Better Auth's. */
export async function execute<Row extends pg.QueryResultRow>(
  pool: pg.Pool,
  sql: string,
  parameters: readonly unknown[] = [],
): Promise<Row[]> {
  const client = observedClient(await pool.connect().catch(noteAndRethrow));
  try {
    const { rows } = await client.query(sql, parameters);
    return rows;
  } finally {
    client.release();
  }
}

function noteAndRethrow(error: unknown): never {
  noteDatabaseFault(error);
  throw error;
}
