import { describe, expect } from "vitest";
import type { TestDatabase } from "../support/database.ts";
import { startMailServer } from "../support/mail-server.ts";
import { test as base } from "../support/test.ts";
import { newVisitor } from "../support/visitor.ts";

const DONE = "expired rows deleted";

const test = base.extend("startWithMail", async ({ start, database }, { onCleanup }) => {
  const mailServer = await startMailServer();
  onCleanup(mailServer.close);
  return async () => {
    const environment = { SMTP_URL: mailServer.url, MAIL_FROM: "taskchat@example.com" };
    const service = await start({ AUTH_DATABASE_URL: database.authUrl, ...environment });
    await service.untilReady();
    return service;
  };
});

const users = async (database: TestDatabase) =>
  (await database.query<{ email: string }>('select email from auth."user"')).map(({ email }) => email);

/** Makes rows older. */
const age = (database: TestDatabase, table: "session" | "verification", interval: string) =>
  database.query(`update auth.${table} set "expiresAt" = "expiresAt" - $1::interval`, [interval]);

describe("expired rows", () => {
  test("are deleted in the background, and no other rows", async ({ database, service, startWithMail }) => {
    const [gone, here] = [newVisitor(service), newVisitor(service)];
    await gone.signUp();
    await database.query(
      `insert into auth.verification (id, identifier, value, "expiresAt", "updatedAt")
       values (gen_random_uuid(), 'old', 'x', now() - interval '1 second', now()),
              (gen_random_uuid(), 'new', 'x', now() + interval '1 minute', now())`,
    );
    await age(database, "session", "8 days");
    await here.signUp();

    const other = await startWithMail();
    await newVisitor(other).get("/api/auth/jwks");
    await other.untilLogged(DONE);

    expect(other.log().find(({ message }) => message === DONE)).toMatchObject({
      sessions: 1,
      verifications: 1,
      accounts: 0,
    });
    expect(await database.query("select identifier from auth.verification")).toEqual([{ identifier: "new" }]);
    expect(await database.query("select from auth.session")).toHaveLength(1);
    expect((await here.get("/api/auth/token")).status).toBe(200);
    // These never had to be confirmed.
    expect(await users(database)).toEqual(expect.arrayContaining([gone.email, here.email]));
  });

  test("include sessions over the maximum age", async ({ database, service, start }) => {
    const visitor = newVisitor(service);
    await visitor.signUp();
    await database.query(`update auth.session set "createdAt" = now() - interval '31 days'`);

    const other = await start({ AUTH_DATABASE_URL: database.authUrl });
    await other.untilReady();
    await newVisitor(other).get("/api/auth/jwks");
    await other.untilLogged(DONE);

    expect((await visitor.get("/api/auth/token")).status).toBe(401);
  });

  test("include accounts that were not confirmed within a week", async ({ database, startWithMail }) => {
    const service = await startWithMail();
    const [confirmed, held, young] = [newVisitor(service), newVisitor(service), newVisitor(service)];
    for (const visitor of [confirmed, held]) await visitor.signUp();
    await database.query(`update auth."user" set "emailVerified" = true where email = $1`, [confirmed.email]);
    await age(database, "verification", "7 days");
    await young.signUp();
    await age(database, "verification", "6 days");

    // Better Auth's own cleanup would delete the deadlines of unconfirmed accounts.
    await young.post("/api/auth/request-password-reset", { email: "nobody@example.com" });
    const other = await startWithMail();
    await newVisitor(other).get("/api/auth/jwks");
    await other.untilLogged(DONE);

    const left = await users(database);
    expect(left).toEqual(expect.arrayContaining([confirmed.email, young.email]));
    expect(left).not.toContain(held.email);
    const accounts = `select from auth.account where "accountId" not in (select id::text from auth."user")`;
    expect(await database.query(accounts)).toEqual([]);
  });
});
