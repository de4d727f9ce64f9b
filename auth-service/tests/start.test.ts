import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect } from "vitest";
import { run } from "./support/service.ts";
import { test } from "./support/test.ts";

describe("a service that cannot start", () => {
  test.for([
    { program: "main.ts", databaseSetting: "AUTH_DATABASE_URL" },
    { program: "commands/migrate.ts", databaseSetting: "AUTH_MIGRATION_DATABASE_URL" },
  ])("reports each invalid setting in one line: $program", async ({ program, databaseSetting }) => {
    const result = await run(program, {
      BETTER_AUTH_SECRET: "short",
      PUBLIC_URL: undefined,
      [databaseSetting]: "nowhere",
    });

    expect(result.status).toBe(1);
    expect(result.stdout).toBe("");
    expect(result.stderr.split("\n")).toEqual([
      expect.stringMatching(new RegExp(`^auth-service: ${databaseSetting} is no PostgreSQL URL`)),
      expect.stringMatching(/^auth-service: BETTER_AUTH_SECRET is too short/),
      expect.stringMatching(/^auth-service: PUBLIC_URL is missing/),
      "",
    ]);
  });

  test("requires https for a public URL that is not on localhost", async ({ database }) => {
    const { status, stderr } = await run("main.ts", {
      AUTH_DATABASE_URL: database.authUrl,
      PUBLIC_URL: "http://chat.example.com",
    });

    expect(status).toBe(1);
    expect(stderr).toBe(
      "auth-service: PUBLIC_URL must start with https:// unless it is on localhost, to encrypt passwords and cookies\n",
    );
  });

  test.for([
    [{ BETTER_AUTH_SECRET: "better-auth-secret-12345678901234567890" }, /^BETTER_AUTH_SECRET is too easy to guess/],
    [{ BETTER_AUTH_SECRET: undefined }, /^BETTER_AUTH_SECRET is missing/],
    [{ SMTP_URL: "smtp://localhost:25" }, /^MAIL_FROM is missing: SMTP_URL needs it/],
    [{ GITHUB_CLIENT_ID: "id" }, /^GITHUB_CLIENT_SECRET is missing: GITHUB_CLIENT_ID needs it/],
    [{ TRUSTED_PROXIES: "gateway" }, /^TRUSTED_PROXIES must be/],
    [{ SIGN_UP: "invite" }, /^SIGN_UP must be open or closed/],
    [
      { SIGN_UP_EMAIL_DOMAINS: "*.example.com", SMTP_URL: "smtp://localhost:25", MAIL_FROM: "a@b.test" },
      /^SIGN_UP_EMAIL_DOMAINS must be domains such as example.com/,
    ],
    [
      { SIGN_UP_EMAIL_DOMAINS: " , ", SMTP_URL: "smtp://localhost:25", MAIL_FROM: "a@b.test" },
      /^SIGN_UP_EMAIL_DOMAINS must be domains such as example.com/,
    ],
    [{ SIGN_UP_EMAIL_DOMAINS: "example.com" }, /^SMTP_URL is missing: SIGN_UP_EMAIL_DOMAINS needs it/],
  ] as const)("rejects %o in production, in one line", async ([wrong, sentence], { database }) => {
    const environment = { AUTH_DATABASE_URL: database.authUrl, NODE_ENV: "production", ...wrong };

    const { status, stdout, stderr } = await run("main.ts", environment);

    expect(status).toBe(1);
    expect(stdout).toBe("");
    expect(stderr).toMatch(/^[^\n]+\n$/);
    expect(stderr.replace("auth-service: ", "")).toMatch(sentence);
  });

  test("reports that its port is in use", async ({ database, onTestFinished }) => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void other.close());
    const { port } = other.address() as AddressInfo;

    const { status, stderr } = await run("main.ts", {
      AUTH_DATABASE_URL: database.authUrl,
      AUTH_LISTEN_ADDRESS: `127.0.0.1:${port}`,
    });

    expect(status).toBe(1);
    expect(stderr).toBe(`auth-service: port ${port} of 127.0.0.1 is in use: free it or set AUTH_LISTEN_ADDRESS\n`);
  });
});

test("names the setting that replaces AUTH_PORT, and uses it until then", async ({ database, start }) => {
  const former = { AUTH_LISTEN_ADDRESS: undefined, AUTH_PORT: "0" };

  const service = await start({ AUTH_DATABASE_URL: database.authUrl, ...former });

  expect(service.notes()).toEqual([
    "auth-service: AUTH_HOST and AUTH_PORT are deprecated: set AUTH_LISTEN_ADDRESS=127.0.0.1:0",
  ]);
});
