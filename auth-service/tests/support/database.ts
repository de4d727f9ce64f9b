import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import pg from "pg";
import { repository } from "./repository.ts";
import { until } from "./until.ts";

const ROLES = ["auth_service", "auth_owner", "chat_api", "chat_owner"];
const passwordOf = (role: string) => `password-of-${role}`;

/** A database for one test or file. */
export interface TestDatabase {
  readonly name: string;
  /** The URL of the role auth_service. */
  readonly authUrl: string;
  /** The URL of the role auth_owner, for the migrations. */
  readonly authOwnerUrl: string;
  /** The URL of the role chat_owner, which may reference users. */
  readonly chatOwnerUrl: string;
  /** Runs a statement as the superuser. */
  query<Row extends pg.QueryResultRow>(sql: string, parameters?: unknown[]): Promise<Row[]>;
  /** Runs statements in a new session, as the role of the URL or as the superuser. */
  session<Result>(work: (client: pg.Client) => Promise<Result>, url?: string): Promise<Result>;
  /** Waits until that many statements of auth-service have waited that long for a lock. */
  untilBlocked(how?: { statements?: number; forSeconds?: number }): Promise<void>;
  close(): Promise<void>;
}

/**
 * @param server - the superuser's URL of a Postgres server.
 * @param roles - whether to create roles and schemas.
 * @param template - the name of the database to copy; an empty one if omitted.
 */
export async function createDatabase(
  server: string,
  { roles = true, template = "template1" }: { roles?: boolean; template?: string | undefined } = {},
): Promise<TestDatabase> {
  const url = new URL(server);
  const name = `test_${randomUUID().replaceAll("-", "")}`;
  url.pathname = name;
  await inSession(server, (client) => client.query(`create database ${name} template ${template}`));
  // Also in a copy: privileges on a database are not copied.
  if (roles) await createRoles(server, url.href);

  const pool = new pg.Pool({ connectionString: url.href, max: 2 });
  pool.on("error", () => {}); // A test may stop the server.
  const query: TestDatabase["query"] = async (sql, parameters) => (await pool.query(sql, parameters)).rows;
  return {
    name,
    authUrl: as(url, "auth_service", passwordOf("auth_service")),
    authOwnerUrl: as(url, "auth_owner", passwordOf("auth_owner")),
    chatOwnerUrl: as(url, "chat_owner", passwordOf("chat_owner")),
    query,
    session: (work, as = url.href) => inSession(as, work),
    untilBlocked: ({ statements = 1, forSeconds = 0 } = {}) =>
      until(`${statements} statements wait for a lock`, async () => {
        const blocked = await query(
          `select from pg_stat_activity where datname = current_database() and usename in ('auth_service', 'auth_owner')
              and wait_event_type = 'Lock' and extract(epoch from clock_timestamp() - query_start) > $1`,
          [forSeconds],
        );
        return blocked.length >= statements;
      }),
    close: () => pool.end(),
  };
}

/** Roles are shared by all databases, so one test at a time creates them. */
async function createRoles(server: string, database: string): Promise<void> {
  const sql = await readFile(`${repository}api/src/taskchat/database/roles.sql`, "utf8");
  await inSession(server, async (lock) => {
    await lock.query("select pg_advisory_lock(1)");
    await inSession(database, async (client) => {
      for (const role of ROLES) {
        await client.query("select set_config('taskchat.' || $1 || '_password', $2, false)", [role, passwordOf(role)]);
      }
      await client.query(sql);
    });
  });
}

async function inSession<Result>(url: string, work: (client: pg.Client) => Promise<Result>): Promise<Result> {
  const client = new pg.Client(url);
  client.on("error", () => {}); // A test may stop the server.
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

function as(url: URL, role: string, password: string): string {
  const other = new URL(url);
  other.username = role;
  other.password = password;
  return other.href;
}
