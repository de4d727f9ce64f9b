import { describe, expect } from "vitest";
import { MISSING } from "../../src/database/readiness.ts";
import { startProxy } from "../support/proxy.ts";
import { migrate } from "../support/service.ts";
import { test } from "../support/test.ts";
import { newVisitor } from "../support/visitor.ts";

describe("a service that starts early", () => {
  test("waits for the migrations and then serves", async ({ emptyDatabase, start }) => {
    const environment = { AUTH_DATABASE_URL: emptyDatabase.authUrl };
    const service = await start(environment);
    await service.untilLogged(`waiting: ${MISSING.schema}`);
    const visitor = newVisitor(service);
    expect(await visitor.get("/readyz")).toMatchObject({ status: 503, body: { code: "auth_unavailable" } });
    const refused = await visitor.signUp();
    expect(refused.status).toBe(503);
    expect(refused.body.code).toBe("auth_unavailable");
    expect(refused.headers.get("retry-after")).toBe("1");

    await migrate(emptyDatabase);
    await service.untilReady();

    expect((await visitor.signUp()).status).toBe(200);
  });

  test("waits for the database and then serves", async ({ database, start, onTestFinished }) => {
    const proxy = await startProxy(database.authUrl);
    onTestFinished(proxy.close);
    proxy.cut();
    const service = await start({ AUTH_DATABASE_URL: proxy.through(database.authUrl) });
    await service.untilLogged("waiting: the database cannot be reached");
    const visitor = newVisitor(service);
    expect(await visitor.get("/healthz")).toMatchObject({ status: 200, body: { status: "ok" } });
    expect(await visitor.get("/readyz")).toMatchObject({ status: 503, body: { code: "database_unavailable" } });
    expect(await visitor.signUp()).toMatchObject({ status: 503, body: { code: "database_unavailable" } });

    proxy.restore(database.authUrl);
    await service.untilReady();

    expect((await visitor.signUp()).status).toBe(200);
  });

  test("waits for a signing key", async ({ ownDatabase, start }) => {
    const environment = { AUTH_DATABASE_URL: ownDatabase.authUrl };
    await ownDatabase.query("delete from auth.jwks");
    const service = await start(environment);
    await service.untilLogged(`waiting: ${MISSING.signing_key}`);

    await migrate(ownDatabase);
    await service.untilReady();

    expect((await newVisitor(service).signUp()).status).toBe(200);
  });

  test("waits and logs why if its secret does not decrypt the signing key", async ({ database, start }) => {
    const service = await start({
      AUTH_DATABASE_URL: database.authUrl,
      BETTER_AUTH_SECRET: "another-secret-0123456789-0123456789",
    });

    await service.untilLogged(`waiting: ${MISSING.secret}`);

    const visitor = newVisitor(service);
    expect(await visitor.get("/readyz")).toMatchObject({ status: 503, body: { detail: MISSING.secret } });
    expect(await visitor.signUp()).toMatchObject({ status: 503, body: { code: "auth_unavailable" } });
  });
});

test("a service stops being ready if the signing key disappears", async ({ ownDatabase, start }) => {
  const environment = { AUTH_DATABASE_URL: ownDatabase.authUrl };
  const service = await start(environment);
  await service.untilReady();

  await ownDatabase.query("delete from auth.jwks");

  expect(await newVisitor(service).get("/readyz")).toMatchObject({ status: 503, body: { code: "auth_unavailable" } });
});
