import { setTimeout as delay } from "node:timers/promises";
import type { BetterAuthOptions } from "better-auth";
import pg from "pg";
import type { Logger } from "pino";
import { currentScope } from "../http/request-scope.ts";
import { describeError } from "../log.ts";
import { classifyDatabaseError } from "./database-errors.ts";
import { connectionOptions, type DatabaseUrl } from "./database-url.ts";

/** A database that was suspended answers when it has woken up, which takes some seconds. */
const CONNECT_TIMEOUT_MS = 10_000;
/** How long a connection that is refused is tried again: a database that is restarting. */
const CONNECT_RETRY_MS = 1_000;
const FIRST_RETRY_DELAY_MS = 50;
/** A database that takes a statement and never answers is as good as gone. */
export const STATEMENT_TIMEOUT_MS = 10_000;

class Connection extends pg.Client {
  readonly openedAt = performance.now();
}

/** When a connection of the pool last broke or fell silent. Idle ones of before may have too, without a sign of it. */
const lastLossAt = new WeakMap<pg.Pool, number>();

/**
 * A pool of connections that outlives the loss of each of them.
 *
 * @param statementTimeoutMs - how long to wait for each answer; left out, for as long as it takes.
 */
export function createPool(url: DatabaseUrl, log: Logger, statementTimeoutMs?: number): pg.Pool {
  if (url.ignored.length > 0) log.warn({ parameters: url.ignored }, "parameters of the database's URL are ignored");
  // pg-pool listens for errors only while a connection is idle. One that breaks under a statement, or after its statement
  // has failed and before it is released, would end the process.
  class LoggedConnection extends Connection {
    constructor(config?: pg.ClientConfig) {
      super(config);
      this.once("error", (error) => log.warn({ error: describeError(error) }, "a database connection was lost"));
      this.on("error", () => {}); // One loss can be reported several times.
    }
  }
  const pool = new pg.Pool({
    Client: LoggedConnection,
    ...connectionOptions(url, "taskchat-auth-service"),
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: statementTimeoutMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    idleTimeoutMillis: 60_000,
    maxLifetimeSeconds: 1_800,
  });
  pool.on("error", () => {}); // Repeats what the connection has reported.
  return pool;
}

/**
 * The pool as Better Auth takes it, noting for the request at hand what went wrong in the database.
 *
 * Better Auth swallows such errors in places: with the database down, it takes everybody for signed out. Only what
 * was noted here tells an outage from a refusal.
 */
export function observedPool(pool: pg.Pool): NonNullable<BetterAuthOptions["database"]> {
  const database = {
    options: pool.options,
    connect: async () => observedClient(pool, await connect(pool).catch(recordAndRethrow)),
    end: () => pool.end(),
  };
  // The type also asks for cursors, which Better Auth never opens.
  return database as unknown as NonNullable<BetterAuthOptions["database"]>;
}

/** A connection, tried again for a moment: nothing was sent yet, so nothing can happen twice. */
async function connect(pool: pg.Pool): Promise<pg.PoolClient> {
  const giveUpAt = performance.now() + CONNECT_RETRY_MS;
  for (let pause = FIRST_RETRY_DELAY_MS; ; pause *= 2) {
    try {
      return await connectFresh(pool);
    } catch (error) {
      if (!isTransient(error) || performance.now() + pause > giveUpAt) throw error;
    }
    await delay(pause);
  }
}

/** A connection that was opened after the last loss; older ones are closed on the way. */
async function connectFresh(pool: pg.Pool): Promise<pg.PoolClient> {
  for (;;) {
    const client = await pool.connect();
    if (!(client instanceof Connection) || client.openedAt > (lastLossAt.get(pool) ?? 0)) return client;
    client.release(true);
  }
}

/** Whether the next attempt may go better: refused, cut off, starting up, or no connection left. */
function isTransient(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return /^(ECONNREFUSED|ECONNRESET|EPIPE|08|53|57)/.test(code);
}

function observedClient(pool: pg.Pool, client: pg.PoolClient) {
  let broken: unknown;
  return {
    query: async (sql: string, parameters: readonly unknown[]) => {
      if (broken) throw broken;
      try {
        return await client.query(sql, [...parameters]);
      } catch (error) {
        if (classifyDatabaseError(error) === "unavailable") {
          broken = error;
          if (!(error instanceof pg.DatabaseError)) lastLossAt.set(pool, performance.now());
        }
        return recordAndRethrow(error);
      }
    },
    // A connection that owes an answer may still get it: it must not reach the next one who asks.
    release: (destroy?: boolean) => client.release(destroy || broken !== undefined),
  };
}

/** Runs one statement of our own, observedPool like Better Auth's. */
export async function execute<Row extends pg.QueryResultRow>(
  pool: pg.Pool,
  sql: string,
  parameters: readonly unknown[] = [],
): Promise<Row[]> {
  const client = observedClient(pool, await connect(pool).catch(recordAndRethrow));
  try {
    const { rows } = await client.query(sql, parameters);
    return rows;
  } finally {
    client.release();
  }
}

/** Record the error for the current request, and throw it. An outage outweighs earlier errors. */
function recordAndRethrow(error: unknown): never {
  const scope = currentScope();
  const kind = classifyDatabaseError(error);
  if (scope && kind && scope.databaseError !== "unavailable") scope.databaseError = kind;
  throw error;
}
