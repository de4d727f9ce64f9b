import { randomUUID } from "node:crypto";
import { request } from "node:http";
import { connect } from "node:net";
import { describe, expect } from "vitest";
import type { Service } from "./support/service.ts";
import { test } from "./support/test.ts";
import { until } from "./support/until.ts";
import type { Visitor } from "./support/visitor.ts";

const SIGN_UP = "/api/auth/sign-up/email";
const LIMIT = 64 * 1024;

/** Posts a body in pieces, without saying beforehand how long it is. */
function postInPieces(service: Service, pieces: string[]): Promise<{ status: number | undefined; text: string }> {
  return new Promise((resolve, reject) => {
    const headers = { "content-type": "application/json", "transfer-encoding": "chunked" };
    const sent = request(service.url + SIGN_UP, { method: "POST", headers }, (answer) => {
      let text = "";
      answer.setEncoding("utf8").on("data", (chunk: string) => {
        text += chunk;
      });
      answer.on("end", () => resolve({ status: answer.statusCode, text }));
    });
    sent.on("error", reject);
    for (const piece of pieces) sent.write(piece);
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
    expect(answer.headers.get("connection")).toBe("close");
    expect(await database.query(`select from auth."user" where email = $1`, [visitor.email])).toEqual([]);
  });

  test("of more than 64 KiB is refused, though its length is not told", async ({ service }) => {
    const { status, text } = await postInPieces(service, Array(70).fill(" ".repeat(1024)));

    expect(status).toBe(413);
    expect(JSON.parse(text).code).toBe("body_too_large");
  });

  test("in pieces and within the limit is read", async ({ service, visitor }) => {
    const body = JSON.stringify({ name: "In pieces", email: visitor.email, password: visitor.password });

    const { status } = await postInPieces(service, [body.slice(0, 20), body.slice(20)]);

    expect(status).toBe(200);
  });

  test.for(["content-length: 100", "transfer-encoding: chunked"])(
    "that breaks off is not taken for a fault of the service: %s",
    async (length, { service }) => {
      const id = randomUUID();
      const head = `POST ${SIGN_UP} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nx-request-id: ${id}\r\n${length}`;
      const socket = connect(Number(new URL(service.url).port), "127.0.0.1");
      socket.end(`${head}\r\n\r\n5\r\n{"ema`);

      const lines = () => service.log().filter(({ request_id }) => request_id === id);
      await until("the request is logged", () => lines().length > 0);

      expect(lines()).toMatchObject([{ level: "info", message: "request", status: 422 }]);
    },
  );
});

describe("a request with something that cannot be", () => {
  const account = (visitor: Visitor) => ({ name: "V", email: visitor.email, password: visitor.password });

  test.for<{ name: string; body: (visitor: Visitor) => unknown; status: number; code: string }>([
    { name: "a NUL in a name", body: (v) => ({ ...account(v), name: "a\0b" }), status: 422, code: "invalid_request" },
    { name: "no name", body: (v) => ({ ...account(v), name: undefined }), status: 400, code: "VALIDATION_ERROR" },
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
    { name: "a list for a body", body: () => [], status: 400, code: "VALIDATION_ERROR" },
  ])("is refused: $name", async ({ body, status, code }, { visitor, database }) => {
    const answer = await visitor.post(SIGN_UP, body(visitor));

    expect(answer).toMatchObject({ status, body: { code } });
    expect(await database.query(`select from auth."user" where email = $1`, [visitor.email])).toEqual([]);
  });

  test.for([
    { name: "a NUL in a name", path: "/update-user", body: { name: "a\0b" } },
    { name: "null for a name", path: "/update-user", body: { name: null } },
    { name: "a NUL in a session's token", path: "/revoke-session", body: { token: "a\0b" } },
    { name: "a NUL in a reset token", path: "/reset-password", body: { newPassword: "long enough", token: "a\0b" } },
  ])("is refused by $path: $name", async ({ path, body }, { visitor }) => {
    await visitor.signUp();

    const answer = await visitor.post(`/api/auth${path}`, body);

    expect(answer).toMatchObject({ status: 422, body: { code: "invalid_request" } });
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
  test.for(["/", "/api", "/api/auth", "/api/auth/nothing", "/api/auth/nothing/deeper", "/api/auth/%00"])(
    "that leads nowhere is not found: %s",
    async (path, { visitor }) => {
      const answer = await visitor.get(path);

      expect(answer).toMatchObject({ status: 404, body: { code: "not_found", status: 404, type: "about:blank" } });
      expect(answer.headers.get("content-type")).toBe("application/problem+json");
    },
  );

  test("/api/auth/config says what a sign-in page must know", async ({ visitor }) => {
    const answer = await visitor.get("/api/auth/config");

    expect(answer).toMatchObject({ status: 200 });
    expect(answer.body).toEqual({ providers: [], mail: false, password: { min_length: 8, max_length: 128 } });
  });
});

describe("a request's id", () => {
  test("is taken over, and stands in the log", async ({ visitor, service }) => {
    const answer = await visitor.get("/api/auth/ok", { "x-request-id": "from.the_gateway-1" });

    expect(answer.headers.get("x-request-id")).toBe("from.the_gateway-1");
    expect(service.log().find(({ request_id }) => request_id === "from.the_gateway-1")).toMatchObject({
      level: "info",
      method: "GET",
      path: "/api/auth/ok",
      status: 200,
      duration_ms: expect.any(Number),
    });
  });

  test.for(["with space", "x".repeat(65), "a/b", "ä"])("is made anew in place of %s", async (given, { visitor }) => {
    const answer = await visitor.get("/healthz", { "x-request-id": given });

    expect(answer.headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
  });
});
