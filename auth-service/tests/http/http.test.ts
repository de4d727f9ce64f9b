import { randomBytes, randomUUID } from "node:crypto";
import { Agent, request } from "node:http";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { describe, expect } from "vitest";
import type { Service } from "../support/service.ts";
import { test } from "../support/test.ts";
import type { Visitor } from "../support/visitor.ts";

const SIGN_UP = "/api/auth/sign-up/email";
const LIMIT = 64 * 1024;
/** Cannot be compressed to what fits into an index of Postgres. */
const LONG = randomBytes(8 * 1024).toString("hex");

/** Sends on a connection that is kept for the next request; null as length sends in pieces without telling it. */
function sendOn(agent: Agent, service: Service, body: Buffer, length: number | null) {
  const headers = {
    "content-type": "application/json",
    ...(length === null ? { "transfer-encoding": "chunked" } : { "content-length": length }),
  };
  return new Promise<{ status: number | undefined; code: string; reused: boolean }>((resolve, reject) => {
    const sent = request(service.url + SIGN_UP, { method: "POST", headers, agent }, async (answer) => {
      const { code } = JSON.parse(await text(answer));
      resolve({ status: answer.statusCode, code, reused: sent.reusedSocket });
    });
    sent.on("error", reject);
    for (let at = 0; at < body.length; at += 10_000) sent.write(body.subarray(at, at + 10_000));
    sent.end();
  });
}

describe("a body", () => {
  test("of more than 64 KiB is refused", async ({ visitor, database }) => {
    const answer = await visitor.post(SIGN_UP, {
      name: "x".repeat(LIMIT),
      email: visitor.email,
      password: visitor.password,
    });

    expect(answer).toMatchObject({ status: 413, body: { code: "body_too_large", status: 413 } });
    expect(answer.headers.get("content-type")).toBe("application/problem+json");
    expect(await database.query(`select from auth."user" where email = $1`, [visitor.email])).toEqual([]);
  });

  test.for([
    { size: LIMIT + 1, told: true },
    { size: LIMIT + 1, told: false },
    { size: 5_000_000, told: true },
    { size: 5_000_000, told: false },
  ])(
    "of $size bytes is refused and the connection serves the next: length told $told",
    async ({ size, told }, { service }) => {
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });

      const refused = await sendOn(agent, service, Buffer.alloc(size, " "), told ? size : null);
      const next = await sendOn(agent, service, Buffer.from("[]"), 2);
      agent.destroy();

      expect(refused).toEqual({ status: 413, code: "body_too_large", reused: false });
      expect(next).toEqual({ status: 400, code: "INVALID_NAME", reused: true });
    },
  );

  test("of just 64 KiB is read, also in pieces", async ({ service }) => {
    const agent = new Agent();
    const body = Buffer.concat([Buffer.alloc(LIMIT - 2, " "), Buffer.from("[]")]);

    expect(await sendOn(agent, service, body, LIMIT)).toMatchObject({ status: 400, code: "INVALID_NAME" });
    expect(await sendOn(agent, service, body, null)).toMatchObject({ status: 400, code: "INVALID_NAME" });
  });

  test("without end is cut off", async ({ service }) => {
    const socket = connect(Number(new URL(service.url).port), "127.0.0.1");
    socket.on("error", () => {});
    socket.write(`POST ${SIGN_UP} HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n`);
    const piece = `10000\r\n${" ".repeat(0x10000)}\r\n`;
    const sendMore = (): void => void socket.write(piece, (error) => error || sendMore());

    sendMore();

    await new Promise((resolve) => socket.once("close", resolve));
    expect((await fetch(`${service.url}/healthz`)).status).toBe(200);
  });

  test.for(["content-length: 100", "transfer-encoding: chunked"])(
    "that breaks off is not taken for a fault of the service: %s",
    async (length, { service }) => {
      const id = randomUUID();
      const head = `POST ${SIGN_UP} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nx-request-id: ${id}\r\n${length}`;
      const socket = connect(Number(new URL(service.url).port), "127.0.0.1");
      socket.end(`${head}\r\n\r\n5\r\n{"ema`);

      expect(await service.logOf(id)).toMatchObject([{ level: "info", message: "request", status: 422 }]);
    },
  );
});

describe("a request with something that cannot be", () => {
  const account = (visitor: Visitor) => ({ name: "V", email: visitor.email, password: visitor.password });

  test.for<{ name: string; body: (visitor: Visitor) => unknown; status: number; code: string }>([
    {
      name: "an address that is too long for an index",
      body: (v) => ({ ...account(v), email: LONG + v.email }),
      status: 400,
      code: "EMAIL_TOO_LONG",
    },
    { name: "no name", body: (v) => ({ ...account(v), name: undefined }), status: 400, code: "INVALID_NAME" },
    {
      name: "a number for a password",
      body: (v) => ({ ...account(v), password: 1 }),
      status: 400,
      code: "VALIDATION_ERROR",
    },
    {
      name: "no e-mail address",
      body: (v) => ({ ...account(v), email: "nobody" }),
      status: 400,
      code: "VALIDATION_ERROR",
    },
    { name: "a list for a body", body: () => [], status: 400, code: "INVALID_NAME" },
  ])("is refused: $name", async ({ body, status, code }, { visitor, database }) => {
    const answer = await visitor.post(SIGN_UP, body(visitor));

    expect(answer).toMatchObject({ status, body: { code } });
    expect(await database.query(`select from auth."user" where email = $1`, [visitor.email])).toEqual([]);
  });

  test.for([
    {
      name: "a NUL in a reset token",
      path: "/reset-password",
      body: { newPassword: "long enough for this", token: "a\0b" },
    },
    { name: "a NUL in an address", path: "/sign-in/email", body: { email: "a\0@example.com", password: "password" } },
  ])("is refused by $path: $name", async ({ path, body }, { visitor }) => {
    await visitor.signUp();

    const answer = await visitor.post(`/api/auth${path}`, body);

    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.status).toBeLessThan(500);
    expect(answer.body.code).toMatch(/./);
  });

  test("is refused: malformed JSON", async ({ service }) => {
    const answer = await fetch(service.url + SIGN_UP, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: '{"name":',
    });

    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ code: "BAD_REQUEST" });
  });
});

describe("an address", () => {
  test.for([
    ...["/", "/api", "/api/auth", "/api/auth/nothing", "/api/auth/nothing/deeper", "/api/auth/%00"],
    // What Better Auth has besides, and nobody needs.
    ...["/api/auth/list-sessions", "/api/auth/ok", "/api/auth/error", "/api/auth/reset-password/x?callbackURL=/"],
    ...["/api/auth/delete-user/callback?token=x", "/api/auth/account-info", "/api/auth//list-sessions"],
  ])("that leads nowhere is not found: %s", async (path, { visitor }) => {
    const answer = await visitor.get(path);

    expect(answer).toMatchObject({ status: 404, body: { code: "not_found", status: 404, type: "about:blank" } });
    expect(answer.headers.get("content-type")).toBe("application/problem+json");
  });

  test.for(["revoke-session", "link-social", "get-access-token", "change-email", "set-password"])(
    "of Better Auth that nobody needs takes nothing: %s",
    async (name, { visitor }) => {
      await visitor.signUp();

      expect((await visitor.post(`/api/auth/${name}`, {})).status).toBe(404);
    },
  );

  test("/api/auth/config says what a sign-in page must know", async ({ visitor }) => {
    const answer = await visitor.get("/api/auth/config");

    expect(answer).toMatchObject({ status: 200 });
    expect(answer.body).toEqual({
      providers: [],
      mail: false,
      password_reset: false,
      password: { min_length: 8, max_length: 128 },
    });
  });
});

test("no answer is taken for anything but what it says it is", async ({ visitor }) => {
  for (const path of ["/healthz", "/api/auth/config", "/api/auth/get-session", "/api/auth/token", "/nowhere"]) {
    expect((await visitor.get(path)).headers.get("x-content-type-options"), path).toBe("nosniff");
  }
});

describe("a request's id", () => {
  test("is taken over, and stands in the log", async ({ visitor, service }) => {
    const id = "from.the_gateway-1";

    const answer = await visitor.get("/api/auth/get-session?key=value", { "x-request-id": id });

    expect(answer.headers.get("x-request-id")).toBe(id);
    expect(await service.logOf(id)).toMatchObject([
      { level: "info", method: "GET", path: "/api/auth/get-session", status: 200, duration_ms: expect.any(Number) },
    ]);
  });

  test("stands beside a path that is cut where it is long", async ({ visitor, service }) => {
    const path = `/${"x".repeat(10_000)}`;

    await visitor.get(path, { "x-request-id": "long" });

    expect(await service.logOf("long")).toMatchObject([{ path: `${path.slice(0, 200)}…` }]);
  });

  test.for(["with space", "x".repeat(65), "a/b", "ä"])("is made anew in place of %s", async (given, { visitor }) => {
    const answer = await visitor.get("/healthz", { "x-request-id": given });

    expect(answer.headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
  });
});
