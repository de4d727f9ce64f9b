import { describe, expect, test } from "vitest";
import { connectionOptions, isPostgresUrl } from "./database-url.ts";

const NEON = "postgres://user:p%40ss@ep-cool-name-123456-pooler.eu-central-1.aws.neon.tech/neondb";

describe("connectionOptions", () => {
  test("takes a URL as Neon shows it", () => {
    expect(connectionOptions(`${NEON}?sslmode=require&channel_binding=require`)).toEqual({
      connection: { connectionString: `${NEON}?sslmode=verify-full`, enableChannelBinding: true },
      ignored: [],
    });
  });

  test.for([
    ["", ""],
    ["?sslmode=disable", "?sslmode=disable"],
    ["?sslmode=prefer", "?sslmode=verify-full"],
    ["?sslmode=verify-ca&sslrootcert=/ca.pem", "?sslmode=verify-full&sslrootcert=%2Fca.pem"],
    ["?sslmode=verify-full&sslrootcert=system", "?sslmode=verify-full"],
    ["?sslmode=no-verify", "?sslmode=no-verify"],
    ["?application_name=mine", "?application_name=mine"],
  ])("makes of %s %s", ([given, expected]) => {
    expect(connectionOptions(`${NEON}${given}`).connection.connectionString).toBe(`${NEON}${expected}`);
    expect(connectionOptions(`${NEON}${given}`).ignored).toEqual([]);
  });

  test("leaves out and names what node-pg would not understand or a pooler would refuse", () => {
    const { connection, ignored } = connectionOptions(`${NEON}?pgbouncer=true&sslmode=require&options=-c%20jit%3Doff`);

    expect(connection).toEqual({ connectionString: `${NEON}?sslmode=verify-full`, enableChannelBinding: false });
    expect(ignored).toEqual(["pgbouncer", "options"]);
  });
});

describe("isPostgresUrl", () => {
  test.for([NEON, "postgresql://localhost/x"])("takes %s", (url) => {
    expect(isPostgresUrl(url)).toBe(true);
  });

  test.for([
    "",
    "localhost",
    "mysql://h/x",
    "postgresql://h",
    "postgresql://h/",
    "postgresql:///x",
    "postgresql://u:a#b@h/x",
  ])("refuses %s", (url) => {
    expect(isPostgresUrl(url)).toBe(false);
  });
});
