import { describe, expect } from "vitest";
import type { TestDatabase } from "../support/database.ts";
import { run } from "../support/service.ts";
import { test } from "../support/test.ts";
import { until } from "../support/until.ts";
import { newVisitor, signingKey, type Visitor } from "../support/visitor.ts";

const MADE = "a new signing key is published";
/** Twice the default of JWKS_MAX_AGE_SECONDS, plus ten. */
const LEAD_SECONDS = 610;

const keyIds = async (database: TestDatabase) =>
  (await database.query<{ id: string }>(`select id from auth.jwks order by "createdAt"`)).map(({ id }) => id);

/** Makes the keys older. */
const age = (database: TestDatabase, interval: string) =>
  database.query(`update auth.jwks set "createdAt" = "createdAt" - $1::interval`, [interval]);

const published = async (visitor: Visitor): Promise<string[]> =>
  (await visitor.get("/api/auth/jwks")).body.keys.map(({ kid }: { kid: string }) => kid);

const rotate = (database: TestDatabase, ...args: string[]) =>
  run("commands/rotate-key.ts", { AUTH_DATABASE_URL: database.authUrl }, ...args);

describe("a new signing key", () => {
  test("is created by the command, signs once every api knows it, and replaces the old key", async ({
    ownDatabase: database,
    start,
  }) => {
    const service = await start({ AUTH_DATABASE_URL: database.authUrl });
    await service.untilReady();
    const visitor = newVisitor(service);
    await visitor.signUp();
    await age(database, "1 hour");
    const [first = ""] = await keyIds(database);

    const made = await rotate(database);
    const [, second = ""] = await keyIds(database);
    const again = await rotate(database);

    expect(made).toEqual({
      status: 0,
      stdout: `auth-service: ${second} is published; it signs in ${LEAD_SECONDS} s, and ${first} until then\n`,
      stderr: "",
    });
    expect(again.stdout).toMatch(`${second} was already published`);
    expect(await keyIds(database)).toEqual([first, second]);
    expect((await published(visitor)).sort()).toEqual([first, second].sort());
    expect(await signingKey(visitor)).toBe(first);

    await age(database, `${LEAD_SECONDS} seconds`);
    expect(await signingKey(visitor)).toBe(second);
    expect((await published(visitor)).sort()).toEqual([first, second].sort());

    await age(database, "10 minutes");
    expect(await published(visitor)).toEqual([second]);
    await rotate(database);
    expect(await keyIds(database)).not.toContain(first);
  });

  test.for([
    { rows: "that never expire", sql: `update auth.jwks set "expiresAt" = null` },
    { rows: "that have expired", sql: `update auth.jwks set "expiresAt" = now() - interval '1 day'` },
  ])(
    "is created once by two processes when the newest key is old, for keys $rows",
    async ({ sql }, { ownDatabase: database, start }) => {
      await age(database, "89 days 23 hours");
      await database.query(sql);
      const [first = ""] = await keyIds(database);
      const environment = { AUTH_DATABASE_URL: database.authUrl, KEY_ROTATION_DAYS: "90" };
      const early = await start(environment);
      await early.untilReady();
      const visitor = newVisitor(early);
      await visitor.signUp();
      expect(await signingKey(visitor)).toBe(first);
      expect(await keyIds(database)).toEqual([first]);

      await age(database, "2 hours");
      const services = [await start(environment), await start(environment)];
      for (const service of services) await service.untilReady();
      await Promise.all(services.map((service) => published(newVisitor(service))));

      const madeBy = () => services.filter((service) => service.log().some(({ message }) => message === MADE)).length;
      await until("a key was made", () => madeBy() > 0);
      for (const service of services) await service.stop();
      expect(madeBy()).toBe(1);
      expect(await keyIds(database)).toHaveLength(2);
      expect(await signingKey(visitor)).toBe(first);
    },
  );

  test("is not created with another secret", async ({ database }) => {
    const before = await keyIds(database);

    const { status, stderr } = await run("commands/rotate-key.ts", {
      AUTH_DATABASE_URL: database.authUrl,
      BETTER_AUTH_SECRET: "another-secret-0123456789-0123456789",
      LOG_LEVEL: "info",
    });

    expect(status).toBe(1);
    expect(stderr).toMatch(
      /^auth-service: the signing key .* made with another BETTER_AUTH_SECRET: [^\n]* rotate-secret\.ts [^\n]*\n$/,
    );
    expect(await keyIds(database)).toEqual(before);
  });

  test("is not created without tables, or with an unknown argument", async ({ emptyDatabase, database }) => {
    expect(await rotate(emptyDatabase)).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/run the migrations/),
    });
    expect(await rotate(database, "--everything")).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/usage: node auth-service\/src\/commands\/rotate-key\.ts/),
    });
  });
});

test("withdrawn keys are gone at once, even if the secret changes with them", async ({
  ownDatabase: database,
  start,
}) => {
  const BETTER_AUTH_SECRET = "R7yQ2mK9xW4tB6nZ8sD1fG3hJ5vC0pLqAeUo";
  const [first] = await keyIds(database);

  const { status, stdout } = await run(
    "commands/rotate-key.ts",
    { AUTH_DATABASE_URL: database.authUrl, BETTER_AUTH_SECRET },
    "--withdraw",
  );

  const [second, ...others] = await keyIds(database);
  expect(status).toBe(0);
  expect(stdout).toMatch(`all keys were withdrawn and ${second} signs from now on`);
  expect(others).toEqual([]);
  expect(second).not.toBe(first);
  const service = await start({ AUTH_DATABASE_URL: database.authUrl, BETTER_AUTH_SECRET });
  await service.untilReady();
  const visitor = newVisitor(service);
  await visitor.signUp();
  expect(await published(visitor)).toEqual([second]);
  expect(await signingKey(visitor)).toBe(second);
});
