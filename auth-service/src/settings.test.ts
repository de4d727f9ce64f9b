import { describe, expect, test } from "vitest";
import { parseDatabaseUrl } from "./database-url.ts";
import { readSettings } from "./settings.ts";

const VALID = {
  AUTH_DATABASE_URL: "postgresql://auth_service:secret@localhost/taskchat",
  BETTER_AUTH_SECRET: "0123456789abcdef0123456789abcdef",
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
        production: false,
      },
    });
  });

  test("takes what is set", () => {
    const set = {
      JWT_ISSUER: "i",
      JWT_AUDIENCE: "a",
      AUTH_HOST: "::",
      AUTH_PORT: "0",
      LOG_LEVEL: "warn",
      NODE_ENV: "production",
    };

    expect(readSettings({ ...VALID, ...set })).toMatchObject({
      settings: { jwtIssuer: "i", jwtAudience: "a", host: "::", port: 0, logLevel: "warn", production: true },
    });
  });

  test.for<
    [
      name: keyof typeof VALID | "DATABASE_DIRECT_HOST" | "AUTH_PORT" | "LOG_LEVEL",
      value: string | undefined,
      problem: RegExp,
    ]
  >([
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
    ["AUTH_PORT", "http", /must be a number/],
    ["AUTH_PORT", "-1", /must be a number/],
    ["AUTH_PORT", "65536", /must be a number/],
    ["AUTH_PORT", "1.5", /must be a number/],
    ["LOG_LEVEL", "loud", /must be one of/],
  ])("refuses %s=%s in one sentence that does not repeat it", ([name, value, problem]) => {
    const result = readSettings({ ...VALID, [name]: value });

    const [sentence, ...others] = "problems" in result ? result.problems : [];
    expect(sentence).toMatch(problem);
    expect(sentence?.startsWith(`${name} `)).toBe(true);
    expect(others).toEqual([]);
    if (value && value.length > 10) expect(sentence).not.toContain(value);
  });

  test.for([
    ["http://chat.example.com", false],
    ["http://localhost.example.com", false],
    ["http://localhost:3000", true],
    ["http://127.0.0.1:3000", true],
    ["https://chat.example.com", true],
  ] as const)("in production, allows %s: %s", ([url, allowed]) => {
    const result = readSettings({ ...VALID, PUBLIC_URL: url, NODE_ENV: "production" });

    expect("settings" in result).toBe(allowed);
    expect("settings" in readSettings({ ...VALID, PUBLIC_URL: url })).toBe(true);
  });

  test("names every problem at once", () => {
    expect(readSettings({ AUTH_PORT: "x" })).toEqual({
      problems: [
        expect.stringMatching(/^AUTH_DATABASE_URL /),
        expect.stringMatching(/^BETTER_AUTH_SECRET /),
        expect.stringMatching(/^PUBLIC_URL /),
        expect.stringMatching(/^AUTH_PORT /),
      ],
    });
  });
});
