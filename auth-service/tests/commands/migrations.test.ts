import { describe, expect, inject } from "vitest";
import { MIGRATIONS_LOCK } from "../../src/commands/migrations.ts";
import { LOCK } from "../../src/database/locked-transaction.ts";
import { createDatabase, type TestDatabase } from "../support/database.ts";
import { run } from "../support/service.ts";
import { test } from "../support/test.ts";

const TABLES = ["account", "jwks", "rateLimit", "session", "user", "verification"];

async function tablesOf(database: TestDatabase, schema: string): Promise<string[]> {
  const rows = await database.query<{ name: string }>(
    "select table_name::text as name from information_schema.tables where table_schema = $1 order by lower(table_name)",
    [schema],
  );
  return rows.map(({ name }) => name);
}

const countKeys = async (database: TestDatabase) =>
  (await database.query<{ keys: number }>("select count(*)::int as keys from auth.jwks"))[0]?.keys;

describe("the migrations", () => {
  test("create tables only in schema auth, and one signing key", async ({ emptyDatabase }) => {
    const first = await run("commands/migrate.ts", { AUTH_MIGRATION_DATABASE_URL: emptyDatabase.authOwnerUrl });

    expect(first).toEqual({
      status: 0,
      stdout:
        "auth-service: schema auth is up to date: 6 tables created, 2 indexes and grants added, first signing key created\n",
      stderr: "",
    });
    expect(await tablesOf(emptyDatabase, "auth")).toEqual(TABLES);
    expect(await tablesOf(emptyDatabase, "public")).toEqual([]);
    expect(await tablesOf(emptyDatabase, "chat")).toEqual([]);
    expect(await emptyDatabase.query("select alg from auth.jwks")).toEqual([{ alg: "ES256" }]);
  });

  test("do nothing the second time", async ({ emptyDatabase }) => {
    await run("commands/migrate.ts", { AUTH_MIGRATION_DATABASE_URL: emptyDatabase.authOwnerUrl });

    const second = await run("commands/migrate.ts", { AUTH_MIGRATION_DATABASE_URL: emptyDatabase.authOwnerUrl });

    expect(second).toEqual({
      status: 0,
      stdout: "auth-service: schema auth is up to date: nothing to do\n",
      stderr: "",
    });
    expect(await countKeys(emptyDatabase)).toBe(1);
  });

  test("can run concurrently", async ({ emptyDatabase }) => {
    // Block all three at the same point, then release them together.
    const running = await emptyDatabase.session(async (client) => {
      await client.query("begin");
      await client.query(LOCK, [MIGRATIONS_LOCK]);
      const started = [1, 2, 3].map(() =>
        run("commands/migrate.ts", { AUTH_MIGRATION_DATABASE_URL: emptyDatabase.authOwnerUrl }),
      );
      await emptyDatabase.untilBlocked({ statements: 3 });
      await client.query("commit");
      return started;
    });
    const runs = await Promise.all(running);

    expect(runs.map(({ status, stderr }) => ({ status, stderr }))).toEqual(Array(3).fill({ status: 0, stderr: "" }));
    expect(runs.filter(({ stdout }) => stdout.includes("6 tables created"))).toHaveLength(1);
    expect(runs.filter(({ stdout }) => stdout.includes("key created"))).toHaveLength(1);
    expect(await tablesOf(emptyDatabase, "auth")).toEqual(TABLES);
    expect(await countKeys(emptyDatabase)).toBe(1);
  });

  test("wait for the lock longer than the role's statement timeout", async ({ emptyDatabase }) => {
    const [{ name } = { name: "" }] = await emptyDatabase.query<{ name: string }>("select current_database() as name");
    await emptyDatabase.query(`alter role auth_owner in database ${name} set statement_timeout = '1s'`);

    const result = await emptyDatabase.session(async (client) => {
      await client.query("begin");
      await client.query(LOCK, [MIGRATIONS_LOCK]);
      const running = run("commands/migrate.ts", { AUTH_MIGRATION_DATABASE_URL: emptyDatabase.authOwnerUrl });
      await emptyDatabase.untilBlocked({ forSeconds: 1.5 });
      await client.query("commit");
      return running;
    });

    expect(result).toMatchObject({ status: 0, stderr: "" });
  });

  test("roll back everything when they fail", async ({ emptyDatabase }) => {
    // Better Auth looks only for tables, so creating this one fails, after others were created.
    await emptyDatabase.query("create view auth.verification as select 1");

    const { status, stdout, stderr } = await run("commands/migrate.ts", {
      AUTH_MIGRATION_DATABASE_URL: emptyDatabase.authOwnerUrl,
      LOG_LEVEL: "info",
    });

    expect(status).toBe(1);
    expect(stdout).toBe("");
    expect(stderr).toMatch(
      /^auth-service: the database at \S+ refused: relation "verification" already exists \(SQLSTATE 42P07\)\n$/,
    );
    expect(await tablesOf(emptyDatabase, "auth")).toEqual(["verification"]);
  });

  test("make provider accounts unique and delete duplicates", async ({ emptyDatabase: database }) => {
    const environment = { AUTH_MIGRATION_DATABASE_URL: database.authOwnerUrl };
    await run("commands/migrate.ts", environment);
    const [{ id } = { id: "" }] = await database.query<{ id: string }>(
      `insert into auth."user" (id, name, email, "emailVerified") values (gen_random_uuid(), 'A', 'a@example.com', true)
       returning id`,
    );
    const link = () =>
      database.query(
        `insert into auth.account (id, "providerId", "accountId", "userId", "updatedAt")
         values (gen_random_uuid(), 'github', '77', $1, now())`,
        [id],
      );
    await database.query("drop index auth.account_of_provider");
    for (let times = 0; times < 3; times += 1) await link();

    expect(await run("commands/migrate.ts", environment)).toMatchObject({ status: 0, stderr: "" });

    expect(await database.query("select from auth.account")).toHaveLength(1);
    await expect(link()).rejects.toThrow("account_of_provider");
  });

  test("let chat_owner reference users but not read them", async ({ emptyDatabase }) => {
    await run("commands/migrate.ts", { AUTH_MIGRATION_DATABASE_URL: emptyDatabase.authOwnerUrl });

    const asApi = (sql: string) => emptyDatabase.session((client) => client.query(sql), emptyDatabase.chatOwnerUrl);

    await asApi(`create table owner (user_id uuid primary key references auth."user" (id) on delete cascade)`);
    for (const table of TABLES) {
      await expect(asApi(`select from auth."${table}"`)).rejects.toThrow(`permission denied for table ${table}`);
    }
  });

  test("report an unreachable database in one line", async () => {
    const nowhere = "postgresql://auth_owner:a-password@127.0.0.1:1/taskchat";

    const result = await run("commands/migrate.ts", { AUTH_MIGRATION_DATABASE_URL: nowhere, LOG_LEVEL: "info" });

    expect(result).toEqual({
      status: 1,
      stdout: "",
      stderr: "auth-service: nothing listens at 127.0.0.1:1: start the database, or correct the address\n",
    });
  });

  test("report missing roles and schemas in one line", async ({ onTestFinished }) => {
    const bare = await createDatabase(inject("postgresUrl"), { roles: false });
    onTestFinished(bare.close);
    // Creating the roles of another database revokes PUBLIC's privilege to connect to this one.
    await bare.query(
      "do $$ begin execute format('grant connect on database %I to auth_owner', current_database()); end $$",
    );

    const result = await run("commands/migrate.ts", {
      AUTH_MIGRATION_DATABASE_URL: bare.authOwnerUrl,
      LOG_LEVEL: "info",
    });

    expect(result).toEqual({
      status: 1,
      stdout: "",
      stderr:
        "auth-service: there is no schema auth: run the bootstrap as the owner of the database first: python -m taskchat.database.bootstrap\n",
    });
  });

  test("report a wrong password in one line", async ({ emptyDatabase }) => {
    const wrong = new URL(emptyDatabase.authOwnerUrl);
    wrong.password = "wrong";

    const { status, stderr } = await run("commands/migrate.ts", {
      AUTH_MIGRATION_DATABASE_URL: wrong.href,
      LOG_LEVEL: "info",
    });

    expect(status).toBe(1);
    expect(stderr).toMatch(/^auth-service: \S+ does not let the role auth_owner in: .+\n$/);
  });

  test("reject a secret that does not decrypt the signing key", async ({ emptyDatabase }) => {
    await run("commands/migrate.ts", { AUTH_MIGRATION_DATABASE_URL: emptyDatabase.authOwnerUrl });

    const { status, stderr } = await run("commands/migrate.ts", {
      AUTH_MIGRATION_DATABASE_URL: emptyDatabase.authOwnerUrl,
      BETTER_AUTH_SECRET: "another-secret-0123456789-0123456789",
      LOG_LEVEL: "info",
    });

    expect(status).toBe(1);
    expect(stderr).toMatch(
      /^auth-service: the signing key .* made with another BETTER_AUTH_SECRET: [^\n]* rotate-secret\.ts [^\n]*\n$/,
    );
    expect(await countKeys(emptyDatabase)).toBe(1);
  });
});
