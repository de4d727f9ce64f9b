import { describe, expect } from "vitest";
import { test } from "./support/test.ts";
import { newVisitor } from "./support/visitor.ts";

describe("in production", () => {
  test("guessing passwords is slowed down, across all processes, and other calls are not", async ({
    database,
    start,
  }) => {
    const environment = { AUTH_DATABASE_URL: database.authUrl, NODE_ENV: "production" };
    const services = [await start(environment), await start(environment)] as const;
    for (const service of services) await service.untilReady();
    const [here, there] = [newVisitor(services[0]), newVisitor(services[1])];
    await here.signUp();

    const guesses = [await here.signIn("a guess"), await there.signIn("a guess"), await here.signIn("a guess")];
    const fourth = await there.signIn("a guess");

    expect(guesses.map(({ status }) => status)).toEqual([401, 401, 401]);
    expect(fourth).toMatchObject({ status: 429, body: { code: "rate_limited", status: 429 } });
    expect(Number(fourth.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
    expect(Number(fourth.headers.get("retry-after"))).toBeLessThanOrEqual(10);
    for (let call = 0; call < 120; call += 1) {
      expect((await here.get("/api/auth/jwks")).status).toBe(200);
      expect((await here.get("/api/auth/token")).status).toBe(200);
    }
  });
});

test("elsewhere nobody is slowed down", async ({ visitor }) => {
  await visitor.signUp();
  for (let call = 0; call < 5; call += 1) expect((await visitor.signIn("a guess")).status).toBe(401);
});
