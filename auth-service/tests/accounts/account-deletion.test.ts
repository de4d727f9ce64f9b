import { describe, expect } from "vitest";
import type { TestDatabase } from "../support/database.ts";
import { test } from "../support/test.ts";
import type { Visitor } from "../support/visitor.ts";
import { newVisitor } from "../support/visitor.ts";

/** The tables of both schemas that contain the user's id or email. */
async function tablesNaming(database: TestDatabase, id: string, email: string): Promise<string[]> {
  const tables = await database.query<{ name: string }>(
    `select format('%I.%I', table_schema, table_name) as name from information_schema.tables
      where table_schema in ('auth', 'chat') order by 1`,
  );
  const naming: string[] = [];
  for (const { name } of tables) {
    const found = await database.query(
      `select from ${name} as t where strpos(t::text, $1) > 0 or strpos(t::text, $2) > 0`,
      [id, email],
    );
    if (found.length > 0) naming.push(name);
  }
  return naming;
}

/** Creates an account with a row in every table that can refer to a user, also in schema chat. */
async function signUpEverywhere(visitor: Visitor, database: TestDatabase): Promise<string> {
  const { id } = (await visitor.signUp()).body.user;
  await database.query(
    `insert into auth.verification (identifier, value, "expiresAt", "createdAt", "updatedAt")
     values ('reset-password:0123', $1, now() + interval '1 hour', now(), now())`,
    [id],
  );
  await database.session(async (client) => {
    await client.query(
      `create table if not exists owner (user_id uuid primary key references auth."user" (id) on delete cascade)`,
    );
    await client.query("insert into owner values ($1)", [id]);
  }, database.chatOwnerUrl);
  return id;
}

const EVERYWHERE = ["auth.account", "auth.session", `auth."user"`, "auth.verification", "chat.owner"].sort();

describe("deleting an account", () => {
  test("with its password removes every row of it in both schemas, and no other row", async ({
    visitor,
    service,
    database,
  }) => {
    const id = await signUpEverywhere(visitor, database);
    const other = newVisitor(service);
    const otherId = await signUpEverywhere(other, database);
    expect((await tablesNaming(database, id, visitor.email)).sort()).toEqual(EVERYWHERE);

    const answer = await visitor.post("/api/auth/delete-user", { password: visitor.password });

    expect(answer).toMatchObject({ status: 200, body: { success: true, message: "User deleted" } });
    expect(visitor.cookies.size).toBe(0);
    expect(await tablesNaming(database, id, visitor.email)).toEqual([]);
    expect((await tablesNaming(database, otherId, other.email)).sort()).toEqual(EVERYWHERE);
    expect((await visitor.signIn()).status).toBe(401);
    expect((await visitor.signUp()).status).toBe(200);
  });

  test.for([
    { given: "no password", body: {}, status: 400, code: "PASSWORD_REQUIRED" },
    { given: "an empty password", body: { password: "" }, status: 400, code: "PASSWORD_REQUIRED" },
    { given: "a wrong password", body: { password: "not the password" }, status: 400, code: "INVALID_PASSWORD" },
    { given: "a password that is no text", body: { password: [1] }, status: 400, code: "VALIDATION_ERROR" },
    { given: "a token in its place", body: { token: "a-token" }, status: 400, code: "PASSWORD_REQUIRED" },
  ])("with $given is rejected in a new session", async ({ body, status, code }, { visitor, database }) => {
    const id = await signUpEverywhere(visitor, database);

    const answer = await visitor.post("/api/auth/delete-user", body);

    expect(answer).toMatchObject({ status, body: { code } });
    expect((await tablesNaming(database, id, visitor.email)).sort()).toEqual(EVERYWHERE);
    expect((await visitor.get("/api/auth/token")).status).toBe(200);
  });

  test.for([
    { age: "9 minutes", status: 200, code: undefined },
    { age: "11 minutes", status: 403, code: "SESSION_NOT_FRESH" },
  ])(
    "without a password, in a session of $age, answers $status",
    async ({ age, status, code }, { visitor, database }) => {
      const id = await signUpEverywhere(visitor, database);
      await database.query(`update auth.account set password = null, "providerId" = 'github' where "userId" = $1`, [
        id,
      ]);
      await database.query(`update auth.session set "createdAt" = now() - $2::interval where "userId" = $1`, [id, age]);

      const answer = await visitor.post("/api/auth/delete-user", {});

      expect(answer.status).toBe(status);
      expect(answer.body.code).toBe(code);
      expect(await tablesNaming(database, id, visitor.email)).toHaveLength(status === 200 ? 0 : EVERYWHERE.length);
    },
  );

  test("is rejected without a session", async ({ visitor }) => {
    const answer = await visitor.post("/api/auth/delete-user", {});

    expect(answer).toMatchObject({ status: 401, body: { code: "UNAUTHORIZED" } });
  });

  test("during a sign-in rejects the sign-in", async ({ visitor, database }) => {
    const { id } = (await visitor.signUp()).body.user;

    const signedIn = await database.session(async (client) => {
      await client.query("begin");
      await client.query("lock table auth.session in access exclusive mode");
      const signingIn = visitor.signIn();
      await database.untilBlocked();
      await client.query(`delete from auth."user" where id = $1`, [id]);
      await client.query("commit");
      return signingIn;
    });

    expect(signedIn).toMatchObject({ status: 401, body: { code: "unauthenticated" } });
    expect(await tablesNaming(database, id, visitor.email)).toEqual([]);
  });

  test("in another session ends this one", async ({ visitor, service }) => {
    await visitor.signUp();
    const elsewhere = newVisitor(service);
    await elsewhere.post("/api/auth/sign-in/email", { email: visitor.email, password: visitor.password });

    await elsewhere.post("/api/auth/delete-user", { password: visitor.password });

    expect((await visitor.get("/api/auth/token")).status).toBe(401);
  });
});
