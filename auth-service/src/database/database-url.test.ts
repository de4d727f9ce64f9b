import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { addressOf, connectionOptions, type DatabaseUrl, direct, parseDatabaseUrl } from "./database-url.ts";

interface Example {
  readonly about: string;
  readonly url: string;
  /** The start of the message. */
  readonly refused?: string;
  readonly means?: Record<string, unknown>;
  readonly direct_host?: string;
}

const file = new URL("../../../packages/shared-schema/database-urls.json", import.meta.url);
const { unless_said, examples } = JSON.parse(readFileSync(file, "utf8")) as {
  unless_said: Record<string, unknown>;
  examples: Example[];
};
const NEON = examples[0]?.url ?? "";

test.for(examples)("$about: $url", (example) => {
  if (example.refused !== undefined) {
    expect(() => parseDatabaseUrl(example.url)).toThrow(example.refused);
    expect(() => parseDatabaseUrl(example.url)).not.toThrow("u:p");
    return;
  }
  const url = parseDatabaseUrl(example.url);
  expect(inTheWordsOfTheExamples(url)).toEqual({ ...unless_said, ...example.means });
  expect(direct(url).host).toBe(example.direct_host ?? url.host);
});

function inTheWordsOfTheExamples(url: DatabaseUrl): Record<string, unknown> {
  const { rootCertificate, clientCertificate, clientKey, applicationName, channelBinding: _, ...rest } = url;
  return {
    ...rest,
    root_certificate: rootCertificate,
    client_certificate: clientCertificate,
    client_key: clientKey,
    application_name: applicationName,
  };
}

test("Neon's channel binding is used", () => {
  expect(connectionOptions(parseDatabaseUrl(NEON), "name")).toMatchObject({
    ssl: { secureContext: expect.anything() },
    enableChannelBinding: true,
    application_name: "name",
  });
});

test.for(["/nowhere.pem", import.meta.filename])("rejects a file that is not a root certificate: %s", (path) => {
  const url = parseDatabaseUrl(`postgresql://u:p@host/d?sslrootcert=${path}`);
  expect(() => connectionOptions(url, "name")).toThrow("names a file in sslrootcert");
});

test.for([
  ["db", "db:5432"],
  ["db.example.com:6000", "db.example.com:6000"],
  ["[::1]", "[::1]:5432"],
] as const)("uses a direct host that is set: %s", ([given, expected]) => {
  expect(addressOf(direct(parseDatabaseUrl(NEON), given))).toBe(expected);
});
