import { setTimeout as delay } from "node:timers/promises";
import type { BetterAuthOptions } from "better-auth";
import pg from "pg";
import type { Logger } from "pino";
import { currentScope } from "../http/request-scope.ts";
import { describeError } from "../log.ts";
import { classifyDatabaseError } from "./database-errors.ts";
import { connectionOptions, type DatabaseUrl } from "./database-url.ts";

/** A suspended database takes some seconds to wake up. */
const CONNECT_TIMEOUT_MS = 10_000;
/** How long to retry refused connections, in case the database is restarting. */
const CONNECT_RETRY_MS = 1_000;
const FIRST_RETRY_DELAY_MS = 50;
/** After this, an unanswered statement counts as a lost connection. */
export const STATEMENT_TIMEOUT_MS = 10_000;

class Connection extends pg.Client {
  readonly openedAt = performance.now();
}

/** When a connection of the pool last failed. Idle connections from before may be dead without having noticed. */
const lastLossAt = new WeakMap<pg.Pool, number>();

/**
 * Create a connection pool that survives lost connections.
 *
 * @param statementTimeoutMs - the time limit per statement; none if omitted.
 */
export function createPool(url: DatabaseUrl, log: Logger, statementTimeoutMs?: number): pg.Pool {
  if (url.ignored.length > 0) log.warn({ parameters: url.ignored }, "ignoring parameters of the database URL");
  // pg-pool listens for errors only while a connection is idle. An error during a statement, or between a failed statement
  // and the release of the connection, would end the process.
  class LoggedConnection extends Connection {
    constructor(config?: pg.ClientConfig) {
      super(config);
      this.once("error", (error) => log.warn({ error: describeError(error) }, "lost a database connection"));
      this.on("error", () => {}); // One failure can emit several errors.
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
  pool.on("error", () => {}); // The connection has already logged it.
  return pool;
}

/**
 * A pool for Better Auth that records database errors for the current request.
 *
 * Better Auth swallows some of them: during an outage it treats everyone as signed out. Only the record tells an outage
 * from a missing session.
 */
export function observedPool(pool: pg.Pool): NonNullable<BetterAuthOptions["database"]> {
  const database = {
    options: pool.options,
    connect: async () => observedClient(pool, await connect(pool).catch(recordAndRethrow)),
    end: () => pool.end(),
  };
  // The type also requires cursors, which Better Auth never opens.
  return database as unknown as NonNullable<BetterAuthOptions["database"]>;
}

/** Connect, with retries. They are safe because nothing has been sent yet. */
async function connect(pool: pg.Pool): Promise<pg.PoolClient> {
  const deadline = performance.now() + CONNECT_RETRY_MS;
  for (let pause = FIRST_RETRY_DELAY_MS; ; pause *= 2) {
    try {
      return await connectFresh(pool);
    } catch (error) {
      if (!isTransient(error) || performance.now() + pause > deadline) throw error;
    }
    await delay(pause);
  }
}

/** Get a connection that was opened after the last failure, and close older ones. */
async function connectFresh(pool: pg.Pool): Promise<pg.PoolClient> {
  for (;;) {
    const client = await pool.connect();
    if (!(client instanceof Connection) || client.openedAt > (lastLossAt.get(pool) ?? 0)) return client;
    client.release(true);
  }
}

/** Whether a retry may succeed: refused, reset, starting up, or out of connections. */
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
          if (closesConnections(error)) lastLossAt.set(pool, performance.now());
        }
        return recordAndRethrow(error);
      }
    },
    // A late response on a failed connection must not reach the next request.
    release: (destroy?: boolean) => client.release(destroy || broken !== undefined),
  };
}

/** Whether other connections may be gone too: this one broke, or the server ended it (57P01 to 57P03). */
function closesConnections(error: unknown): boolean {
  return !(error instanceof pg.DatabaseError) || /^57P0[1-3]$/.test(error.code ?? "");
}

/** Run one statement, with errors recorded as for Better Auth's statements. */
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
