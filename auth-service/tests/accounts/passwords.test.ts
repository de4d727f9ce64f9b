import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { hashPassword } from "better-auth/crypto";
import { describe, expect } from "vitest";
import { test as base } from "../support/test.ts";
import { newVisitor, type Visitor } from "../support/visitor.ts";

const test = base
  /** The range endpoint of Have I Been Pwned. */
  // biome-ignore lint/correctness/noEmptyPattern: Vitest reads from the pattern what a fixture needs
  .extend("breaches", async ({}, { onCleanup }) => {
    const asked: string[] = [];
    const known: string[] = [];
    let failure: "refuses" | "is silent" | undefined;
    const server = createServer((request, response) => {
      asked.push(request.url ?? "");
      if (failure === "is silent") return;
      response.statusCode = failure === "refuses" ? 503 : 200;
      response.end(known.map((hash) => `${hash.slice(5)}:3`).join("\r\n"));
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    onCleanup(() => {
      server.closeAllConnections();
      server.close();
    });
    return {
      asked,
      know: (password: string) => known.push(createHash("sha1").update(password).digest("hex").toUpperCase()),
      fail: (how: typeof failure) => {
        failure = how;
      },
      environment: {
        NODE_OPTIONS: `--import=${import.meta.dirname}/../support/redirect-fetch.ts`,
        PROVIDERS_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      },
    };
  });

const NAME = "Ada Lovelace";
const STRONG = "seven quiet lanterns";
const TOO_WEAK = { status: 400, body: { code: "PASSWORD_TOO_WEAK" } };

/** Common passwords, and those based on the account. */
const weakFor = ({ email }: Visitor): string[] => [
  "password",
  "P@ssw0rd!",
  "12345678",
  "        ",
  "ｐａｓｓｗｏｒｄ",
  "aaaaaaaaaaaa",
  "qwertyuiop",
  "letmein123",
  "iloveyou2",
  "taskchat",
  "Taskchat2026",
  "AdaLovelace",
  "adalovelace1",
  "ecalevol ada",
  email,
  email.toUpperCase(),
  `${email.split("@")[0]}`,
  `${email.split("@")[0]}!`,
];

const signUp = (visitor: Visitor, password: string, name = NAME) =>
  visitor.post("/api/auth/sign-up/email", { name, email: visitor.email, password });

const changePassword = (visitor: Visitor, newPassword: string) =>
  visitor.post("/api/auth/change-password", { currentPassword: visitor.password, newPassword });

describe("a new password", () => {
  test("that is easy to guess is rejected at sign-up", async ({ visitor, database }) => {
    for (const password of weakFor(visitor)) expect(await signUp(visitor, password), password).toMatchObject(TOO_WEAK);

    expect(await database.query('select from auth."user" where email = $1', [visitor.email])).toEqual([]);
    expect(visitor.cookies.size).toBe(0);
  });

  test.for([STRONG, "correct horse", "x7Kq9vTz", "12 red balloons", "Пять тихих фонарей", "🦊🌧️🎻🧊🪁🍋🥁🚲"])(
    "can be %j",
    async (password, { visitor }) => {
      expect((await signUp(visitor, password)).status).toBe(200);
    },
  );

  test("that is easy to guess does not replace the old one", async ({ visitor }) => {
    await signUp(visitor, visitor.password);

    for (const password of weakFor(visitor)) {
      expect(await changePassword(visitor, password), password).toMatchObject(TOO_WEAK);
    }

    expect((await visitor.signIn()).status).toBe(200);
    expect((await changePassword(visitor, STRONG)).status).toBe(200);
  });

  test("is not checked without a session", async ({ visitor }) => {
    expect((await changePassword(visitor, "password")).status).toBe(401);
  });

  /** Converting an object with such a toString to a string throws. */
  test.for([
    ["/sign-up/email", { name: NAME, email: { toString: "x", valueOf: "x" }, password: STRONG }],
    ["/sign-up/email", { name: NAME, email: ["ada@example.com"], password: STRONG }],
    ["/reset-password", { token: { toString: "x", valueOf: "x" }, newPassword: STRONG }],
  ] as const)("is rejected if the address or the token is not a string: %j", async ([path, body], { visitor }) => {
    expect(await visitor.post(`/api/auth${path}`, body)).toMatchObject({
      status: 400,
      body: { code: "VALIDATION_ERROR" },
    });
  });

  test("takes no longer to check because it is long", async ({ visitor }) => {
    for (const password of ["x".repeat(129), "p4ssw0rd!".repeat(7_000)]) {
      expect(await signUp(visitor, password)).toMatchObject({ status: 400, body: { code: "PASSWORD_TOO_LONG" } });
    }
    expect((await signUp(visitor, "4@8({[<361!|".repeat(10))).status).toBe(200);
  });
});

test("an existing weak password still works", async ({ visitor, database }) => {
  await visitor.signUp();
  await database.query(
    `update auth.account set password = $1 where "userId" = (select id from auth."user" where email = $2)`,
    [await hashPassword("password"), visitor.email],
  );

  expect((await visitor.signIn("password")).status).toBe(200);
});

describe("the breach list", () => {
  test("is not used unless a setting says so", async ({ database, start, breaches }) => {
    const service = await start({ ...breaches.environment, AUTH_DATABASE_URL: database.authUrl });
    await service.untilReady();

    expect((await signUp(newVisitor(service), STRONG)).status).toBe(200);

    expect(breaches.asked).toEqual([]);
  });

  test("receives five characters of a hash, and its passwords are rejected", async ({ database, start, breaches }) => {
    const environment = { ...breaches.environment, AUTH_DATABASE_URL: database.authUrl };
    const service = await start({ ...environment, CHECK_BREACHED_PASSWORDS: "true" });
    await service.untilReady();
    breaches.know(STRONG);

    const refused = await signUp(newVisitor(service), STRONG);
    const accepted = await signUp(newVisitor(service), `${STRONG} again`);

    expect(refused).toMatchObject({ status: 400, body: { code: "PASSWORD_COMPROMISED" } });
    expect(accepted.status).toBe(200);
    expect(breaches.asked).toHaveLength(2);
    for (const path of breaches.asked) expect(path).toMatch(/^\/range\/[0-9A-F]{5}$/);
  });

  test.for(["refuses", "is silent"] as const)(
    "does not block sign-ups when it %s",
    async (how, { database, start, breaches }) => {
      const environment = { ...breaches.environment, AUTH_DATABASE_URL: database.authUrl };
      const service = await start({ ...environment, CHECK_BREACHED_PASSWORDS: "true" });
      await service.untilReady();
      breaches.fail(how);

      const answer = await signUp(newVisitor(service), STRONG);

      expect(answer.status).toBe(200);
      expect(service.log()).toContainEqual(
        expect.objectContaining({ level: "warn", message: "could not check the breach list" }),
      );
    },
  );
});
