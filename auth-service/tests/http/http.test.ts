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
/** Even compressed, too long for an index of Postgres. */
const LONG = randomBytes(8 * 1024).toString("hex");

/** Sends on a connection that stays open; null as length sends chunks. */
function sendOn(agent: Agent, service: Service, body: Buffer, length: number | null) {
  const headers = {
    "content-type": "application/json",
    ...(length === null ? { "transfer-encoding": "chunked" } : { "content-length": length }),
  };
  return new Promise<{ status: number | undefined; code: string; port: number | undefined }>((resolve, reject) => {
    const sent = request(service.url + SIGN_UP, { method: "POST", headers, agent }, async (answer) => {
      const port = answer.socket.localPort;
      const { code } = JSON.parse(await text(answer));
      resolve({ status: answer.statusCode, code, port });
    });
    sent.on("error", reject);
    for (let at = 0; at < body.length; at += 10_000) sent.write(body.subarray(at, at + 10_000));
    sent.end();
  });
}

describe("a body", () => {
  test("of more than 64 KiB is rejected", async ({ visitor, database }) => {
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
    "of $size bytes is rejected and the connection stays usable, with content-length: $told",
    async ({ size, told }, { service }) => {
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });

      const refused = await sendOn(agent, service, Buffer.alloc(size, " "), told ? size : null);
      const next = await sendOn(agent, service, Buffer.from("[]"), 2);
      agent.destroy();

      expect(refused).toMatchObject({ status: 413, code: "body_too_large" });
      expect(next).toEqual({ status: 400, code: "INVALID_NAME", port: refused.port });
    },
  );

  test("of exactly 64 KiB is accepted, also in chunks", async ({ service }) => {
    const agent = new Agent();
    const body = Buffer.concat([Buffer.alloc(LIMIT - 2, " "), Buffer.from("[]")]);

    expect(await sendOn(agent, service, body, LIMIT)).toMatchObject({ status: 400, code: "INVALID_NAME" });
    expect(await sendOn(agent, service, body, null)).toMatchObject({ status: 400, code: "INVALID_NAME" });
  });

  test("without an end is aborted", async ({ service }) => {
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
    "that is aborted is not logged as an error: %s",
    async (length, { service }) => {
      const id = randomUUID();
      const head = `POST ${SIGN_UP} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nx-request-id: ${id}\r\n${length}`;
      const socket = connect(Number(new URL(service.url).port), "127.0.0.1");
      socket.end(`${head}\r\n\r\n5\r\n{"ema`);

      expect(await service.logOf(id)).toMatchObject([{ level: "info", message: "request", status: 422 }]);
    },
  );
});

describe("an invalid request", () => {
  const account = (visitor: Visitor) => ({ name: "V", email: visitor.email, password: visitor.password });

  test.for<{ name: string; body: (visitor: Visitor) => unknown; status: number; code: string }>([
    {
      name: "an email that is too long for an index",
      body: (v) => ({ ...account(v), email: LONG + v.email }),
      status: 400,
      code: "EMAIL_TOO_LONG",
    },
    { name: "no name", body: (v) => ({ ...account(v), name: undefined }), status: 400, code: "INVALID_NAME" },
    {
      name: "a number as the password",
      body: (v) => ({ ...account(v), password: 1 }),
      status: 400,
      code: "VALIDATION_ERROR",
    },
    {
      name: "no email",
      body: (v) => ({ ...account(v), email: "nobody" }),
      status: 400,
      code: "VALIDATION_ERROR",
    },
    { name: "an array as the body", body: () => [], status: 400, code: "INVALID_NAME" },
  ])("is rejected: $name", async ({ body, status, code }, { visitor, database }) => {
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
    { name: "a NUL in an email", path: "/sign-in/email", body: { email: "a\0@example.com", password: "password" } },
  ])("is rejected by $path: $name", async ({ path, body }, { visitor }) => {
    await visitor.signUp();

    const answer = await visitor.post(`/api/auth${path}`, body);

    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.status).toBeLessThan(500);
    expect(answer.body.code).toMatch(/./);
  });

  test("is rejected: malformed JSON", async ({ service }) => {
    const answer = await fetch(service.url + SIGN_UP, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: '{"name":',
    });

    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ code: "BAD_REQUEST" });
  });
});

describe("a path", () => {
  test.for([
    ...["/", "/api", "/api/auth", "/api/auth/nothing", "/api/auth/nothing/deeper", "/api/auth/%00"],
    // Endpoints of Better Auth that are not needed.
    ...["/api/auth/list-sessions", "/api/auth/ok", "/api/auth/error", "/api/auth/reset-password/x?callbackURL=/"],
    ...["/api/auth/delete-user/callback?token=x", "/api/auth/account-info", "/api/auth//list-sessions"],
  ])("that does not exist answers 404: %s", async (path, { visitor }) => {
    const answer = await visitor.get(path);

    expect(answer).toMatchObject({ status: 404, body: { code: "not_found", status: 404, type: "about:blank" } });
    expect(answer.headers.get("content-type")).toBe("application/problem+json");
  });

  test.for(["revoke-session", "link-social", "get-access-token", "change-email", "set-password"])(
    "of Better Auth that is not needed answers 404: %s",
    async (name, { visitor }) => {
      await visitor.signUp();

      expect((await visitor.post(`/api/auth/${name}`, {})).status).toBe(404);
    },
  );

  test("/api/auth/config contains what the sign-in page needs", async ({ visitor }) => {
    const answer = await visitor.get("/api/auth/config");

    expect(answer).toMatchObject({ status: 200 });
    expect(answer.body).toEqual({
      providers: [],
      mail: false,
      password_reset: false,
      sign_up: { open: true, email_domains: [] },
      password: { min_length: 8, max_length: 128 },
    });
  });
});

test("every response has nosniff", async ({ visitor }) => {
  for (const path of ["/healthz", "/api/auth/config", "/api/auth/get-session", "/api/auth/token", "/nowhere"]) {
    expect((await visitor.get(path)).headers.get("x-content-type-options"), path).toBe("nosniff");
  }
});

describe("a request's id", () => {
  test("is adopted and logged", async ({ visitor, service }) => {
    const id = "from.the_gateway-1";

    const answer = await visitor.get("/api/auth/get-session?key=value", { "x-request-id": id });

    expect(answer.headers.get("x-request-id")).toBe(id);
    expect(await service.logOf(id)).toMatchObject([
      { level: "info", method: "GET", path: "/api/auth/get-session", status: 200, duration_ms: expect.any(Number) },
    ]);
  });

  test("is logged with a truncated path", async ({ visitor, service }) => {
    const path = `/${"x".repeat(10_000)}`;

    await visitor.get(path, { "x-request-id": "long" });

    expect(await service.logOf("long")).toMatchObject([{ path: `${path.slice(0, 200)}…` }]);
  });

  test.for(["with space", "x".repeat(65), "a/b", "ä"])("is generated instead of %s", async (given, { visitor }) => {
    const answer = await visitor.get("/healthz", { "x-request-id": given });

    expect(answer.headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
  });
});
