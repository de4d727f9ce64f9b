import { describe, expect } from "vitest";
import { authOptions } from "../../src/auth.ts";
import { createPool } from "../../src/database/pool.ts";
import { checkReadiness, MISSING } from "../../src/database/readiness.ts";
import { createLog } from "../../src/log.ts";
import { readSettings } from "../../src/settings.ts";
import type { TestDatabase } from "../support/database.ts";
import { migrate, PUBLIC_URL, run, SECRET } from "../support/service.ts";
import { test } from "../support/test.ts";
import { newVisitor } from "../support/visitor.ts";

/** The reason that the service gives for waiting when it starts on this database. */
async function missingIn(database: TestDatabase): Promise<string | undefined> {
  const result = readSettings({ AUTH_DATABASE_URL: database.authUrl, BETTER_AUTH_SECRET: SECRET, PUBLIC_URL });
  if ("problems" in result) throw new Error(result.problems.join());
  const log = createLog("silent");
  const pool = createPool(result.settings.databaseUrl, log);
  try {
    const found = await checkReadiness(authOptions(result.settings, pool, log), pool);
    return "auth" in found ? undefined : found.missing;
  } finally {
    await pool.end();
  }
}

/**
 * Everything that the migrations create: a statement that hides one thing, and one that shows it again.
 *
 * Without the indexes that Better Auth creates together with their column, in one transaction (user_email_idx).
 */
const EACH = `
  select format('alter table auth.%I rename to hidden', relname) as hide,
         format('alter table auth.hidden rename to %I', relname) as show
    from pg_class where relnamespace = 'auth'::regnamespace and relkind = 'r'
  union all
  select format('alter table auth.%I rename column %I to hidden', relname, attname),
         format('alter table auth.%I rename column hidden to %I', relname, attname)
    from pg_class join pg_attribute on attrelid = pg_class.oid
   where relnamespace = 'auth'::regnamespace and relkind = 'r' and attnum > 0 and attname <> 'id'
  union all
  select format('alter index auth.%I rename to hidden', relname), format('alter index auth.hidden rename to %I', relname)
    from pg_class where relnamespace = 'auth'::regnamespace and relkind = 'i' and relname !~ '_idx$'
     and not exists (select from pg_constraint where conindid = pg_class.oid)
  union all
  select 'revoke references (id) on auth."user" from chat_owner', 'grant references (id) on auth."user" to chat_owner'`;

describe("a database", () => {
  test("is not ready if any table, column, index or grant is missing", async ({ ownDatabase: database }) => {
    expect(await missingIn(database)).toBeUndefined();
    const each = await database.query<{ hide: string; show: string }>(EACH);
    expect(each.length).toBeGreaterThan(30);

    const unnoticed: string[] = [];
    for (const { hide, show } of each) {
      await database.query(hide);
      if ((await missingIn(database)) !== "schema") unnoticed.push(hide);
      await database.query(show);
    }

    expect(unnoticed).toEqual([]);
    expect(await missingIn(database)).toBeUndefined();
  });

  test("is not ready without any tables, and ready after the migrations", async ({ emptyDatabase }) => {
    expect(await missingIn(emptyDatabase)).toBe("schema");
    const asOwner = (sql: string) => emptyDatabase.session((client) => client.query(sql), emptyDatabase.authOwnerUrl);
    await asOwner('create table "user" (number int)');
    expect(await missingIn(emptyDatabase)).toBe("schema");
    await asOwner('drop table "user"');
    await migrate(emptyDatabase);
    expect(await missingIn(emptyDatabase)).toBeUndefined();
  });
});

describe("on the schema of a newer version", () => {
  const NEWER = [
    'alter table auth."user" add column nickname text',
    `alter table auth.session add column kind text not null default 'browser'`,
    'create table auth.badge (id uuid primary key, "userId" uuid not null references auth."user" (id))',
    'create index badge_of_user on auth.badge ("userId")',
  ];

  test("the migrations do nothing and say why, and the service is ready", async ({ ownDatabase, start }) => {
    for (const statement of NEWER) await ownDatabase.session((client) => client.query(statement));

    const result = await run("commands/migrate.ts", { AUTH_MIGRATION_DATABASE_URL: ownDatabase.authOwnerUrl });

    expect(result).toEqual({
      status: 0,
      stdout:
        "auth-service: schema auth is up to date: nothing to do " +
        "(from a newer version, or no longer used: badge, session.kind, user.nickname)\n",
      stderr: "",
    });
    const service = await start({ AUTH_DATABASE_URL: ownDatabase.authUrl });
    await service.untilReady();
    expect((await newVisitor(service).signUp()).status).toBe(200);
  });

  test("a column that this version would have to fill is reported", async ({ ownDatabase, start }) => {
    await ownDatabase.query('alter table auth."user" add column nickname text not null');

    const result = await run("commands/migrate.ts", {
      AUTH_MIGRATION_DATABASE_URL: ownDatabase.authOwnerUrl,
      LOG_LEVEL: "info",
    });

    expect(result).toMatchObject({ status: 1, stdout: "" });
    expect(result.stderr).toMatch(/^auth-service: Column "nickname" on table "user" is required [^\n]+\n$/);
    const service = await start({ AUTH_DATABASE_URL: ownDatabase.authUrl });
    await service.untilLogged(`waiting: ${MISSING.schema_too_new}`);
  });
});
