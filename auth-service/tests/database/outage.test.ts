import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { createDatabase, type TestDatabase } from "../support/database.ts";
import { startPostgres } from "../support/postgres.ts";
import { startProxy } from "../support/proxy.ts";
import { type Environment, migrate, type Service } from "../support/service.ts";
import { test } from "../support/test.ts";
import { newVisitor, type Visitor } from "../support/visitor.ts";

/** One request of each kind that needs the database. */
const REQUESTS: { name: string; send: (visitor: Visitor) => ReturnType<Visitor["get"]> }[] = [
  { name: "/token", send: (visitor) => visitor.get("/api/auth/token") },
  { name: "/get-session", send: (visitor) => visitor.get("/api/auth/get-session") },
  { name: "/jwks", send: (visitor) => visitor.get("/api/auth/jwks") },
  { name: "signing in", send: (visitor) => visitor.signIn() },
  { name: "signing up", send: (visitor) => visitor.signUp() },
  { name: "signing out", send: (visitor) => visitor.post("/api/auth/sign-out", {}) },
  {
    name: "deleting the account",
    send: (visitor) => visitor.post("/api/auth/delete-user", { password: visitor.password }),
  },
];

describe("while Postgres is down", () => {
  test("every request answers 503, and works again afterwards", async ({ start, onTestFinished }) => {
    const data = await mkdtemp(join(tmpdir(), "taskchat-outage-"));
    onTestFinished(() => rm(data, { recursive: true, force: true }));
    const first = await startPostgres(data);
    const database = await createDatabase(first.url);
    onTestFinished(database.close);
    const proxy = await startProxy(first.url); // Postgres comes back on another port.
    onTestFinished(proxy.close);
    await migrate(database);
    const service = await start({ AUTH_DATABASE_URL: proxy.through(database.authUrl) });
    await service.untilReady();
    const visitor = newVisitor(service);
    const { id } = (await visitor.signUp()).body.user;
    const cookies = new Map(visitor.cookies);

    await first.stop();

    for (const { name, send } of REQUESTS) {
      const answer = await send(visitor);
      expect(answer, name).toMatchObject({ status: 503, body: { status: 503, code: "database_unavailable" } });
      expect(answer.headers.get("content-type")).toBe("application/problem+json");
      expect(answer.headers.get("retry-after")).toBe("1");
    }
    expect(await visitor.get("/readyz")).toMatchObject({ status: 503, body: { code: "database_unavailable" } });
    expect((await visitor.get("/healthz")).status).toBe(200);
    expect((await visitor.get("/api/auth/config")).status).toBe(200);
    expect(visitor.cookies).toEqual(cookies);

    const second = await startPostgres(data);
    onTestFinished(second.stop);
    proxy.restore(second.url);
    await service.untilReady();

    expect((await visitor.get("/api/auth/get-session")).body.user.id).toBe(id);
    expect((await visitor.get("/api/auth/token")).status).toBe(200);
    expect((await newVisitor(service).signUp()).status).toBe(200);
    expect(service.process.exitCode).toBeNull();
  });
});

/** A signed-in visitor of a service that reaches the database through a proxy. */
async function signedInBehindProxy(
  database: TestDatabase,
  start: (environment: Environment) => Promise<Service>,
  onTestFinished: (cleanUp: () => Promise<void>) => void,
) {
  const proxy = await startProxy(database.authUrl);
  onTestFinished(proxy.close);
  const service = await start({ AUTH_DATABASE_URL: proxy.through(database.authUrl) });
  await service.untilReady();
  const visitor = newVisitor(service);
  await visitor.signUp();
  return { proxy, service, visitor };
}

describe("when the connections to Postgres break", () => {
  test("closed ones are replaced", async ({ database, start, onTestFinished }) => {
    const { proxy, service, visitor } = await signedInBehindProxy(database, start, onTestFinished);

    proxy.cut();
    await service.untilLogged("lost a database connection");
    expect((await visitor.get("/api/auth/token")).status).toBe(503);
    proxy.restore(database.authUrl);

    expect((await visitor.get("/api/auth/token")).status).toBe(200);
  });

  test("unresponsive ones are replaced", async ({ database, start, onTestFinished }) => {
    const { proxy, visitor } = await signedInBehindProxy(database, start, onTestFinished);

    proxy.freeze();
    const silent = await visitor.get("/api/auth/list-accounts");

    expect(silent).toMatchObject({ status: 503, body: { code: "database_unavailable" } });
    expect((await visitor.get("/api/auth/list-accounts")).status).toBe(200);
  });

  test("one that Postgres terminates fails only its request", async ({ service, visitor, database }) => {
    await visitor.signUp();
    const answer = await database.session(async (client) => {
      await client.query("begin");
      await client.query("lock table auth.session in access exclusive mode");
      const blocked = visitor.get("/api/auth/token");
      await database.untilBlocked();
      await client.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
          where datname = current_database() and usename = 'auth_service'`,
      );
      return blocked;
    });

    expect(answer).toMatchObject({ status: 503, body: { code: "database_unavailable" } });
    expect((await visitor.get("/api/auth/token")).status).toBe(200);
    expect(service.process.exitCode).toBeNull();
  });
});
