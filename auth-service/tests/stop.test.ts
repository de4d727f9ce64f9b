import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { describe, expect } from "vitest";
import type { TestDatabase } from "./support/database.ts";
import { startProxy } from "./support/proxy.ts";
import type { Service } from "./support/service.ts";
import { test } from "./support/test.ts";
import { newVisitor, type Visitor } from "./support/visitor.ts";

const CUT_OFF = "aborted requests that took too long";

const messages = (service: Service) => service.log().map(({ message }) => message);

async function newConnection(service: Service): Promise<Socket> {
  const socket = connect(Number(new URL(service.url).port), "127.0.0.1");
  await once(socket, "connect");
  socket.on("error", () => {});
  return socket;
}

/** Does the work while a sign-in waits for the database. */
async function duringSignIn(database: TestDatabase, visitor: Visitor, work: () => Promise<void>) {
  await visitor.signUp();
  return database.session(async (client) => {
    await client.query("begin");
    await client.query("lock table auth.session in access exclusive mode");
    const signingIn = visitor.signIn().catch((error: Error) => error);
    await database.untilBlocked();
    await work();
    await client.query("commit");
    return signingIn;
  });
}

test("a service logs where an uncaught error was thrown, without its message, and exits", async ({
  database,
  start,
}) => {
  const service = await start({
    AUTH_DATABASE_URL: database.authUrl,
    NODE_OPTIONS: `--import=${import.meta.dirname}/support/fail-on-signal.ts`,
  });

  expect(await service.stop("SIGUSR2")).toEqual({ status: 1 });

  const last = service.log().at(-1);
  expect(last).toMatchObject({ level: "fatal", message: "uncaught error", error: { name: "RangeError" } });
  expect(JSON.stringify(last)).not.toContain("ann@example.com");
  expect(JSON.stringify(last)).toContain("fail-on-signal.ts");
});

test.for([
  { signal: "SIGHUP", fault: "unhandled rejection", requestId: undefined },
  { signal: "SIGWINCH", fault: "uncaught error in a request", requestId: "failing" },
] as const)(
  "a service logs an $fault without its message, and continues",
  async ({ signal, fault, requestId }, { database, start }) => {
    const service = await start({
      AUTH_DATABASE_URL: database.authUrl,
      NODE_OPTIONS: `--import=${import.meta.dirname}/support/fail-on-signal.ts`,
    });
    await service.untilReady();

    service.process.kill(signal);
    await service.untilLogged(fault);

    const line = service.log().find(({ message }) => message === fault);
    expect(line).toMatchObject({ level: "error", error: { name: "RangeError" } });
    expect(line?.request_id).toBe(requestId);
    expect(JSON.stringify(line)).not.toContain("ann@example.com");
    expect((await newVisitor(service).signUp()).status).toBe(200);
    expect(await service.stop()).toEqual({ status: 0 });
  },
);

describe("shutdown", () => {
  test.for(["SIGTERM", "SIGINT"] as const)(
    "by %s completes the current sign-in",
    async (signal, { database, start }) => {
      const service = await start({ AUTH_DATABASE_URL: database.authUrl });
      await service.untilReady();
      let stopped: ReturnType<Service["stop"]> | undefined;

      const signedIn = await duringSignIn(database, newVisitor(service), async () => {
        stopped = service.stop(signal);
        await service.untilLogged("stopping");
        await expect(newConnection(service)).rejects.toThrow("ECONNREFUSED");
      });

      expect(signedIn).toMatchObject({ status: 200 });
      expect(await stopped).toEqual({ status: 0 });
      expect(messages(service)).not.toContain(CUT_OFF);
    },
  );

  test("ends even if a request still waits for the database", async ({ database, start }) => {
    const service = await start({ AUTH_DATABASE_URL: database.authUrl });
    await service.untilReady();

    const signedIn = await duringSignIn(database, newVisitor(service), async () => {
      expect(await service.stop()).toEqual({ status: 0 });
    });

    expect(signedIn).toBeInstanceOf(Error);
    expect(messages(service)).toContain(CUT_OFF);
  });

  test("does not wait for idle connections", async ({ database, start, onTestFinished }) => {
    const service = await start({ AUTH_DATABASE_URL: database.authUrl });
    await service.untilReady();
    const idle = await newConnection(service);
    onTestFinished(() => void idle.destroy());

    expect(await service.stop()).toEqual({ status: 0 });
    expect(messages(service)).not.toContain(CUT_OFF);
  });

  test("by two signals happens once", async ({ database, start }) => {
    const service = await start({ AUTH_DATABASE_URL: database.authUrl });
    await service.untilReady();

    await duringSignIn(database, newVisitor(service), async () => {
      service.process.kill("SIGINT");
      await service.untilLogged("stopping");
      service.process.kill("SIGTERM");
    });

    expect(await service.stop()).toEqual({ status: 0 });
    expect(messages(service).filter((message) => message === "stopping")).toHaveLength(1);
  });

  test("works while the service waits for the database", async ({ database, start, onTestFinished }) => {
    const proxy = await startProxy(database.authUrl);
    onTestFinished(proxy.close);
    proxy.cut();
    const service = await start({ AUTH_DATABASE_URL: proxy.through(database.authUrl) });
    await service.untilLogged("waiting: the database cannot be reached");

    expect(await service.stop()).toEqual({ status: 0 });
  });
});
