import { describe, expect } from "vitest";
import { MISSING } from "../../src/database/readiness.ts";
import type { TestDatabase } from "../support/database.ts";
import { run } from "../support/service.ts";
import { test } from "../support/test.ts";
import { newVisitor, signingKey } from "../support/visitor.ts";

const NEW_SECRET = "R7yQ2mK9xW4tB6nZ8sD1fG3hJ5vC0pLqAeUo";
const NOTHING = "auth-service: nothing to do: no signing key was created with another BETTER_AUTH_SECRET\n";

const rotate = (database: TestDatabase, secret?: string) =>
  run("commands/rotate-secret.ts", {
    AUTH_DATABASE_URL: database.authUrl,
    ...(secret && { BETTER_AUTH_SECRET: secret }),
  });

const keyIds = async (database: TestDatabase) =>
  (await database.query<{ id: string }>("select id from auth.jwks")).map(({ id }) => id);

describe("a new secret", () => {
  test("replaces keys and sessions without the old secret, and keeps everything else", async ({
    ownDatabase: database,
    start,
  }) => {
    const before = await start({ AUTH_DATABASE_URL: database.authUrl });
    await before.untilReady();
    const visitor = newVisitor(before);
    const { id } = (await visitor.signUp()).body.user;
    const [oldKey] = await keyIds(database);
    // It waits for the command and then serves.
    const after = await start({ AUTH_DATABASE_URL: database.authUrl, BETTER_AUTH_SECRET: NEW_SECRET });
    await after.untilLogged(`waiting: ${MISSING.secret}`);

    const { status, stdout } = await rotate(database, NEW_SECRET);

    const [newKey, ...others] = await keyIds(database);
    expect(status).toBe(0);
    expect(stdout).toMatch(`auth-service: ${newKey} is the only signing key now, and all sessions (1) have ended`);
    expect(others).toEqual([]);
    expect(newKey).not.toBe(oldKey);
    await after.untilReady();
    const cookie = [...visitor.cookies].map((pair) => pair.join("=")).join("; ");
    const withOldCookie = await newVisitor(after).get("/api/auth/get-session", { cookie });
    expect(withOldCookie).toMatchObject({ status: 200, body: null });
    const returning = newVisitor(after);
    const signedIn = await returning.post("/api/auth/sign-in/email", {
      email: visitor.email,
      password: visitor.password,
    });
    expect(signedIn).toMatchObject({ status: 200, body: { user: { id } } });
    expect(await signingKey(returning)).toBe(newKey);
  });

  test("makes processes with the old secret answer 503", async ({ ownDatabase: database, start }) => {
    const service = await start({ AUTH_DATABASE_URL: database.authUrl });
    await service.untilReady();
    const visitor = newVisitor(service);
    await visitor.signUp();

    await rotate(database, NEW_SECRET);

    expect(await visitor.get("/readyz")).toMatchObject({ status: 503, body: { detail: MISSING.secret } });
    expect(await visitor.get("/api/auth/get-session")).toMatchObject({ status: 200, body: null });
    await visitor.signIn(); // This process does not know yet.
    expect(await visitor.get("/api/auth/token")).toMatchObject({ status: 503, body: { code: "auth_unavailable" } });
    const keys = (await visitor.get("/api/auth/jwks")).body.keys.map(({ kid }: { kid: string }) => kid);
    expect(keys).toEqual(await keyIds(database));
  });

  test("is adopted once by concurrent runs", async ({ ownDatabase: database }) => {
    const runs = await Promise.all([rotate(database, NEW_SECRET), rotate(database, NEW_SECRET)]);

    expect(runs.map(({ status }) => status)).toEqual([0, 0]);
    expect(runs.filter(({ stdout }) => stdout === NOTHING)).toHaveLength(1);
    expect(await keyIds(database)).toHaveLength(1);
  });
});

test("there is nothing to do for an unchanged secret, or without tables", async ({
  database,
  emptyDatabase,
  visitor,
}) => {
  await visitor.signUp();
  const keys = await keyIds(database);

  expect(await rotate(database)).toMatchObject({ status: 0, stdout: NOTHING });
  expect(await rotate(emptyDatabase, NEW_SECRET)).toMatchObject({ status: 0, stdout: NOTHING });

  expect(await keyIds(database)).toEqual(keys);
  expect((await visitor.get("/api/auth/token")).status).toBe(200);
});
