import { createPublicKey, verify } from "node:crypto";
import { readFile } from "node:fs/promises";
import { describe, expect } from "vitest";
import { z } from "zod";
import { repository } from "../support/repository.ts";
import { PUBLIC_URL } from "../support/service.ts";
import { test } from "../support/test.ts";
import { newVisitor } from "../support/visitor.ts";

const decode = (part = "") => JSON.parse(Buffer.from(part, "base64url").toString());

describe("an access token", () => {
  test("has exactly the claims of the contract and lasts five minutes", async ({ visitor }) => {
    const { body } = await visitor.signUp();
    const { session } = (await visitor.get("/api/auth/get-session")).body;

    const answer = await visitor.get("/api/auth/token");

    const [header, payload] = answer.body.token.split(".");
    const claims = decode(payload);
    const { keys } = (await visitor.get("/api/auth/jwks")).body;
    expect(decode(header)).toEqual({ alg: "ES256", kid: keys[0].kid });
    expect(claims).toEqual({
      sub: body.user.id,
      sid: session.id,
      iss: PUBLIC_URL,
      aud: "chat-api",
      iat: expect.any(Number),
      exp: claims.iat + 300,
    });
    expect(Math.abs(claims.iat - Date.now() / 1000)).toBeLessThan(60);
    expect(answer.headers.get("cache-control")).toBe("no-store");
  });

  test("matches the schema that the api validates", async ({ visitor }) => {
    await visitor.signUp();
    const { token } = (await visitor.get("/api/auth/token")).body;
    const schema = z.fromJSONSchema(
      JSON.parse(await readFile(`${repository}packages/shared-schema/claims.schema.json`, "utf8")),
    );

    const claims = decode(token.split(".")[1]);

    expect(schema.safeParse(claims).error).toBeUndefined();
    expect(schema.safeParse({ ...claims, email: "a@example.com" }).success).toBe(false);
    expect(schema.safeParse({ ...claims, exp: undefined }).success).toBe(false);
  });

  test("is signed with a published key", async ({ visitor, service }) => {
    await visitor.signUp();
    const { token } = (await visitor.get("/api/auth/token")).body;
    const { keys } = await (await fetch(`${service.url}/api/auth/jwks`)).json();

    const [header, payload, signature] = token.split(".");
    const jwk = keys.find(({ kid }: { kid: string }) => kid === decode(header).kid);
    const key = createPublicKey({ key: jwk, format: "jwk" });

    expect(jwk).toEqual({ alg: "ES256", kty: "EC", crv: "P-256", kid: jwk.kid, x: jwk.x, y: jwk.y });
    const signed = Buffer.from(`${header}.${payload}`);
    const asJws = { key, dsaEncoding: "ieee-p1363" } as const;
    expect(verify("sha256", signed, asJws, Buffer.from(signature, "base64url"))).toBe(true);
    expect(verify("sha256", Buffer.from(`${header}.x`), asJws, Buffer.from(signature, "base64url"))).toBe(false);
  });

  test("has the configured issuer and audience", async ({ database, start }) => {
    const service = await start({
      AUTH_DATABASE_URL: database.authUrl,
      JWT_ISSUER: "https://issuer.example",
      JWT_AUDIENCE: "another-api",
    });
    await service.untilReady();
    const visitor = newVisitor(service);
    await visitor.signUp();

    const claims = decode((await visitor.get("/api/auth/token")).body.token.split(".")[1]);

    expect(claims).toMatchObject({ iss: "https://issuer.example", aud: "another-api" });
  });

  test("requires a session", async ({ visitor }) => {
    const answer = await visitor.get("/api/auth/token");

    expect(answer.status).toBe(401);
    expect(answer.body.code).toBe("UNAUTHORIZED");
  });

  test("is in no other response", async ({ visitor }) => {
    const { headers } = await visitor.signUp();
    const session = await visitor.get("/api/auth/get-session");

    expect(headers.has("set-auth-jwt")).toBe(false);
    expect(session.headers.has("set-auth-jwt")).toBe(false);
  });

  test("can't be obtained with the session token as a bearer token", async ({ visitor, service }) => {
    await visitor.signUp();
    const [[, cookie = ""] = []] = [...visitor.cookies];
    const [token] = decodeURIComponent(cookie).split(".");

    const answer = await fetch(`${service.url}/api/auth/token`, { headers: { authorization: `Bearer ${token}` } });

    expect(answer.status).toBe(401);
  });
});
