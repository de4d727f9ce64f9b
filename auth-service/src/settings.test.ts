import { hash } from "node:crypto";
import { BlockList } from "node:net";
import { describe, expect, test } from "vitest";

import { parseDatabaseUrl } from "./database/database-url.ts";
import { isWeakSecret, readSettings, unsetBetterAuthVariables } from "./settings.ts";

const VALID = {
  AUTH_DATABASE_URL: "postgresql://auth_service:secret@localhost/taskchat",
  BETTER_AUTH_SECRET: "5d1c9a0b7e3f48266a4e0dcb93f17528",
  PUBLIC_URL: "https://chat.example.com",
};

describe("readSettings", () => {
  test("needs three settings and fills in the rest", () => {
    expect(readSettings(VALID)).toEqual({
      settings: {
        databaseUrl: parseDatabaseUrl(VALID.AUTH_DATABASE_URL),
        secret: VALID.BETTER_AUTH_SECRET,
        publicUrl: "https://chat.example.com",
        jwtIssuer: "https://chat.example.com",
        jwtAudience: "chat-api",
        host: "127.0.0.1",
        port: 3001,
        logLevel: "info",
        production: true,
        providers: {},
        signUp: { open: true, emailDomains: [] },
        trustedProxies: expect.any(BlockList),
        sessionMaxAgeDays: 30,
        checkBreachedPasswords: false,
        keyRotationDays: 90,
        jwksMaxAgeSeconds: 300,
        shutdownGraceSeconds: 3,
      },
    });
  });

  test("reads every setting", () => {
    const set = {
      JWT_ISSUER: "i",
      JWT_AUDIENCE: "a",
      AUTH_LISTEN_ADDRESS: "[::]:0",
      LOG_LEVEL: "warn",
      NODE_ENV: "production",
    };

    expect(readSettings({ ...VALID, ...set })).toMatchObject({
      settings: { jwtIssuer: "i", jwtAudience: "a", host: "::", port: 0, logLevel: "warn", production: true },
    });
  });

  test.for([
    "smtp://mail.taskchat.test",
    "smtp://mail.taskchat.test:587/",
    "smtps://user%40taskchat.test:100%25%20secret@mail.taskchat.test:465",
  ])("accepts SMTP_URL=%s", (SMTP_URL) => {
    expect(readSettings({ ...VALID, SMTP_URL, MAIL_FROM: "a@b.test" })).toHaveProperty("settings.mail.url", SMTP_URL);
  });

  test.for<[name: string, value: string | undefined, problem: RegExp]>([
    ["AUTH_DATABASE_URL", undefined, /is missing/],
    ["AUTH_DATABASE_URL", "", /is missing/],
    ["AUTH_DATABASE_URL", "localhost:5432", /is no PostgreSQL URL/],
    ["AUTH_DATABASE_URL", "postgresql://u:p@h/d?sslrootcert=/nowhere.pem", /names a file in sslrootcert/],
    ["DATABASE_DIRECT_HOST", "postgresql://u:p@h/d", /has no proper host and port/],
    ["BETTER_AUTH_SECRET", undefined, /is missing/],
    ["BETTER_AUTH_SECRET", "", /is missing/],
    ["BETTER_AUTH_SECRET", "0123456789abcdef0123456789abcde", /is too short/],
    ["PUBLIC_URL", undefined, /is missing/],
    ["PUBLIC_URL", "chat.taskchat.test", /must be an origin/],
    ["PUBLIC_URL", "https://chat.taskchat.test/", /must be an origin/],
    ["PUBLIC_URL", "https://chat.taskchat.test/app", /must be an origin/],
    ["PUBLIC_URL", "https://chat.taskchat.test:443", /must be an origin/],
    ["PUBLIC_URL", "ftp://chat.taskchat.test", /must be an origin/],
    ["AUTH_LISTEN_ADDRESS", "3001", /must be host:port/],
    ["AUTH_LISTEN_ADDRESS", "127.0.0.1:http", /must be host:port/],
    ["AUTH_LISTEN_ADDRESS", "127.0.0.1:65536", /must be host:port/],
    ["AUTH_LISTEN_ADDRESS", "::1:3001", /must be host:port/],
    ["AUTH_LISTEN_ADDRESS", "http://127.0.0.1:3001", /must be host:port/],
    ["LOG_LEVEL", "loud", /must be one of/],
    ["SMTP_URL", "mail.taskchat.test:25", /must look like smtps:/],
    ["SMTP_URL", "https://mail.taskchat.test", /must look like smtps:/],
    ["SMTP_URL", "smtp://", /must look like smtps:/],
    ["SMTP_URL", "smtp://mail.taskchat.test/?requireTLS=false", /must look like smtps:.* with nothing after the port/],
    ["SMTP_URL", "smtps://mail.taskchat.test?tls.rejectUnauthorized=false", /must look like smtps:/],
    ["SMTP_URL", "smtp://mail.taskchat.test/#x", /must look like smtps:/],
    ["SMTP_URL", "smtp://mail.taskchat.test/mail", /must look like smtps:/],
    ["SMTP_URL", "smtp://user:100%secret@mail.taskchat.test", /must look like smtps:.* percent-encoded/],
    ["SMTP_URL", "smtp://us%er:secret@mail.taskchat.test", /must look like smtps:/],
    ["MAIL_FROM", "not an address", /must be an email address/],
    ["MAIL_FROM", "a@b.test\r\nBcc: c@d.test", /must be an email address/],
    ["TRUSTED_PROXIES", "10.0.0.0/33", /must be addresses/],
    ["TRUSTED_PROXIES", "private, gateway.test", /must be addresses/],
    ["SESSION_MAX_AGE_DAYS", "0", /must be a whole number of days/],
    ["CHECK_BREACHED_PASSWORDS", "yes", /must be true or false/],
    ["KEY_ROTATION_DAYS", "0", /must be a whole number of days/],
    ["KEY_ROTATION_DAYS", "1.5", /must be a whole number of days/],
    ["JWKS_MAX_AGE_SECONDS", "-1", /must be a number of seconds/],
    ["SHUTDOWN_GRACE_SECONDS", "soon", /must be a number of seconds/],
  ])("rejects %s=%s in one sentence that does not contain the value", ([name, value, problem]) => {
    const result = readSettings({ ...VALID, MAIL_FROM: "a@b.test", [name]: value });

    const [sentence, ...others] = "problems" in result ? result.problems : [];
    expect(sentence).toMatch(problem);
    expect(sentence?.startsWith(`${name} `)).toBe(true);
    expect(others).toEqual([]);
    if (value && value.length > 10) expect(sentence).not.toContain(value);
  });

  test.for([
    ["SMTP_URL", "smtp://mail.taskchat.test", "MAIL_FROM"],
    ["GITHUB_CLIENT_ID", "id", "GITHUB_CLIENT_SECRET"],
    ["GITHUB_CLIENT_SECRET", "a value", "GITHUB_CLIENT_ID"],
    ["GOOGLE_CLIENT_ID", "id", "GOOGLE_CLIENT_SECRET"],
    ["GOOGLE_CLIENT_SECRET", "a value", "GOOGLE_CLIENT_ID"],
  ])("rejects %s=%s without %s", ([name = "", value, needed]) => {
    expect(readSettings({ ...VALID, [name]: value })).toEqual({
      problems: [`${needed} is missing: ${name} needs it`],
    });
  });

  test.for([
    [{}, undefined],
    [{ TASKCHAT_DATA: "/data" }, undefined],
    [
      { TASKCHAT_DATA: "/data", PUBLIC_URL: "http://localhost:3000" },
      { to: "folder", folder: "/data/mail" },
    ],
    [{ PUBLIC_URL: "http://localhost:3000" }, undefined],
    [
      { TASKCHAT_DATA: "/data", PUBLIC_URL: "http://localhost:3000", SMTP_URL: "smtp://x", MAIL_FROM: "a@b" },
      { to: "server", url: "smtp://x", from: "a@b" },
    ],
  ])("with %o, mails go to %o", ([given, mail]) => {
    const result = readSettings({ ...VALID, ...given });

    const found = "settings" in result ? result.settings.mail : "refused";
    if (mail === undefined) expect(found).toBeUndefined();
    else expect(found).toMatchObject(mail);
  });

  test.for([
    ["http://localhost:3000", undefined, false],
    ["http://127.0.0.1:3000", undefined, false],
    ["http://[::1]:3000", undefined, false],
    ["http://localhost:3000", "development", false],
    ["http://localhost:3000", "production", true],
    ["https://localhost.example.com", undefined, true],
    ["https://chat.example.com", undefined, true],
    ["https://chat.example.com", "development", true],
  ] as const)("%s with NODE_ENV=%s is production: %s", ([PUBLIC_URL, NODE_ENV, production]) => {
    expect(readSettings({ ...VALID, PUBLIC_URL, NODE_ENV })).toMatchObject({ settings: { production } });
  });

  test.for([
    "better-auth-secret-123456789012345",
    "better-auth-secret-12345678901234567890",
    "change-me-change-me-change-me-change-me",
    "x".repeat(40),
    "0123456789abcdef0123456789abcdef",
    "abababababcdcdcdcdcdabababababcdcd",
  ])("rejects the secret %s in production", (secret) => {
    const given = { ...VALID, BETTER_AUTH_SECRET: secret, PUBLIC_URL: "http://localhost:3000" };

    expect(readSettings({ ...given, NODE_ENV: "production" })).toEqual({
      problems: [expect.stringMatching(/^BETTER_AUTH_SECRET is too easy to guess/)],
    });
    expect(readSettings(given)).toHaveProperty("settings");
  });

  test.for([
    { encoding: "hex", length: 32 },
    { encoding: "base64", length: 44 },
    { encoding: "base64url", length: 43 },
  ] as const)("accepts random secrets in $encoding in production", ({ encoding, length }) => {
    // As good as random, and the same ones each time.
    const secrets = Array.from({ length: 100_000 }, (_, n) => hash("sha256", String(n), encoding).slice(0, length));

    expect(secrets.filter(isWeakSecret)).toEqual([]);
    expect(readSettings({ ...VALID, BETTER_AUTH_SECRET: secrets[0], NODE_ENV: "production" })).toHaveProperty(
      "settings",
    );
  });

  test.for([
    ["http://chat.example.com", false],
    ["http://localhost.example.com", false],
    ["http://localhost:3000", true],
    ["http://127.0.0.1:3000", true],
    ["https://chat.example.com", true],
  ] as const)("allows %s, with and without NODE_ENV: %s", ([url, allowed]) => {
    for (const NODE_ENV of [undefined, "production", "development"]) {
      expect("settings" in readSettings({ ...VALID, PUBLIC_URL: url, NODE_ENV })).toBe(allowed);
    }
  });

  test("reports every problem at once", () => {
    expect(readSettings({ AUTH_LISTEN_ADDRESS: "x" })).toEqual({
      problems: [
        expect.stringMatching(/^AUTH_DATABASE_URL /),
        expect.stringMatching(/^BETTER_AUTH_SECRET /),
        expect.stringMatching(/^PUBLIC_URL /),
        expect.stringMatching(/^AUTH_LISTEN_ADDRESS /),
      ],
    });
  });
});

test("variables that Better Auth reads by itself are unset", () => {
  const env = { BETTER_AUTH_SECRET: "s", BETTER_AUTH_TRUSTED_ORIGINS: "https://evil.test", TEST: "1", PATH: "/bin" };

  expect(unsetBetterAuthVariables(env)).toEqual(["BETTER_AUTH_TRUSTED_ORIGINS", "TEST"]);
  expect(env).toEqual({ PATH: "/bin" });
});

test("variables of a Kubernetes Service named better-auth are not mentioned", () => {
  const env = {
    BETTER_AUTH_SERVICE_HOST: "10.0.0.1",
    BETTER_AUTH_SERVICE_PORT: "80",
    BETTER_AUTH_SERVICE_PORT_HTTP: "80",
    BETTER_AUTH_PORT: "tcp://10.0.0.1:80",
    BETTER_AUTH_PORT_80_TCP_ADDR: "10.0.0.1",
  };

  expect(unsetBetterAuthVariables(env)).toEqual([]);
  expect(env).toEqual({});
});
