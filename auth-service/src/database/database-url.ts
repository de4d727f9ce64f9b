import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { createSecureContext, getCACertificates, type SecureContext } from "node:tls";
import type { PoolConfig } from "pg";

/**
 * A parsed Postgres URL, with the same rules in every part of Taskchat.
 *
 * packages/shared-schema/README.md has the rules, and database-urls.json next to it has examples; the api implements them
 * in database_url.py. node-pg's own parser is not used, because it accepts other characters and modes than asyncpg's.
 */
export interface DatabaseUrl {
  readonly user: string;
  /** If null, PGPASSWORD or a password file provides it. */
  readonly password: string | null;
  readonly host: string;
  readonly port: number;
  readonly database: string;
  /** Whether to encrypt the connection and verify the server's certificate and host name. Never one without the other. */
  readonly tls: boolean;
  /** A file with trusted certificates; null trusts those of Node and the machine. */
  readonly rootCertificate: string | null;
  readonly clientCertificate: string | null;
  readonly clientKey: string | null;
  readonly channelBinding: boolean;
  readonly applicationName: string | null;
  /** Ignored parameters, in the order of the URL. */
  readonly ignored: readonly string[];
}

/** The URL is invalid. The message continues after the setting's name and contains no part of the URL. */
export class InvalidDatabaseUrl extends Error {}

const SHAPE = "it looks like postgresql://user:password@host:5432/database";
const DEFAULT_PORT = 5432;
const VERIFIED_MODES = ["require", "verify-ca", "verify-full"];
const MODES = [...VERIFIED_MODES, "", "allow", "prefer", "disable"];
const CHANNEL_BINDINGS = ["", "disable", "prefer", "require"];
const TLS_PARAMETERS = ["sslmode", "sslrootcert", "sslcert", "sslkey"];
const SILENT_PARAMETERS = [...TLS_PARAMETERS, "channel_binding", "application_name"];
const PLACE_PARAMETERS = [
  ...["user", "password", "passfile", "host", "hostaddr", "port"],
  ...["dbname", "database", "service", "servicefile"],
];
const WISHES_FOR_SECURITY = ["require_auth", "requirepeer"];

const URL_PARTS = /^postgres(?:ql)?(?:\+\w+)?:\/\/(?:([^/?#]*)@)?([^/?#]*)(?:\/([^/?#]*))?(?:\?([^#]*))?$/i;
const HOST_AND_PORT = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::([0-9]*))?$/i;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it looks for
const UNPRINTABLE = /[\x00-\x20\x7f]/;
export const NEAR_HOST = /^(?:[^.:]+|127(\.\d+){3}|::1)$/;
const NEON_POOLER = /^([^.]+)-pooler(\..*\.neon\.tech)$/;

/** @throws InvalidDatabaseUrl - the URL is invalid or requests an unsupported feature. */
export function parseDatabaseUrl(given: string): DatabaseUrl {
  const text = given.trim();
  const match = URL_PARTS.exec(text);
  if (match === null || UNPRINTABLE.test(text)) {
    refuse(`is no PostgreSQL URL, or a character in it has to be percent-encoded: ${SHAPE}`);
  }
  const [, credentials = "", place = "", database = "", query = ""] = match;
  const address = hostAndPort(place);
  const colon = credentials.indexOf(":");
  const user = colon < 0 ? credentials : credentials.slice(0, colon);
  if (user === "") refuse(`names no user: ${SHAPE}`);
  if (database === "") refuse(`names no database: ${SHAPE}`);
  const parameters = parametersOf(query);
  const rootCertificate = parameters.get("sslrootcert") || null;
  return {
    user: decoded(user),
    password: (colon < 0 ? "" : decoded(credentials.slice(colon + 1))) || null,
    ...address,
    database: decoded(database),
    tls: wantsTls(parameters, address.host),
    rootCertificate: rootCertificate === "system" ? null : rootCertificate,
    clientCertificate: parameters.get("sslcert") || null,
    clientKey: parameters.get("sslkey") || null,
    channelBinding: /^(require|prefer)$/.test(parameters.get("channel_binding") ?? ""),
    applicationName: parameters.get("application_name") || null,
    ignored: [...parameters.keys()].filter((name) => !SILENT_PARAMETERS.includes(name)),
  };
}

/** Host and port, fit for a message: no user, no password. */
export const addressOf = ({ host, port }: DatabaseUrl): string =>
  host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;

/**
 * The same database without its pooler.
 *
 * @param directHost - `host` or `host:port`. If omitted, Neon's is derived, and other URLs stay unchanged.
 * @throws InvalidDatabaseUrl - `directHost` is invalid.
 */
export function direct(url: DatabaseUrl, directHost?: string): DatabaseUrl {
  if (directHost === undefined) return { ...url, host: url.host.replace(NEON_POOLER, "$1$2") };
  return { ...url, ...hostAndPort(directHost) };
}

/**
 * Options for node-pg.
 *
 * @throws InvalidDatabaseUrl - a file of the URL is unreadable or invalid.
 */
export function connectionOptions(url: DatabaseUrl, defaultApplicationName: string): PoolConfig {
  return {
    user: url.user,
    ...(url.password !== null && { password: url.password }),
    host: url.host,
    port: url.port,
    database: url.database,
    ssl: url.tls && { secureContext: secureContext(url) },
    enableChannelBinding: url.channelBinding,
    application_name: url.applicationName ?? defaultApplicationName,
  };
}

function secureContext({ rootCertificate, clientCertificate, clientKey }: DatabaseUrl): SecureContext {
  try {
    return createSecureContext({
      // Also the machine's certificates, because the api trusts those.
      ca: rootCertificate
        ? certificates(rootCertificate)
        : [...getCACertificates("default"), ...getCACertificates("system")],
      ...(clientCertificate && { cert: readFileSync(clientCertificate) }),
      ...(clientKey && { key: readFileSync(clientKey) }),
    });
  } catch {
    refuse("names a file in sslrootcert, sslcert or sslkey that cannot be read or holds no such thing");
  }
}

function certificates(file: string): string {
  const pem = readFileSync(file, "utf8");
  new X509Certificate(pem); // Throws if the file has no certificate; TLS would silently trust no one.
  return pem;
}

function hostAndPort(text: string): Pick<DatabaseUrl, "host" | "port"> {
  if (text.includes(",")) refuse("names several hosts: use one address, that of a pooler or of the primary");
  if (text === "" || /^%2f/i.test(text)) {
    refuse(`names no host, and sockets of the file system are not supported: ${SHAPE}`);
  }
  const match = HOST_AND_PORT.exec(text);
  if (match === null) {
    refuse(`has no proper host and port; characters in a password have to be encoded: ${SHAPE}`);
  }
  const port = Number(match[3] || DEFAULT_PORT);
  if (port < 1 || port > 65_535) refuse("has a port that is none: 1 to 65535");
  return { host: match[1] ?? match[2] ?? "", port };
}

/** The parameters by name; the last one counts if repeated, as in libpq. */
function parametersOf(query: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const part of query.split("&").filter(Boolean)) {
    const [name = "", ...value] = part.split("=");
    found.set(decoded(name), decoded(value.join("=")));
  }
  for (const name of found.keys()) {
    if (PLACE_PARAMETERS.includes(name)) {
      refuse(`has the parameter ${name}: write it before the question mark: ${SHAPE}`);
    }
    const isUnknownOfTls = name.startsWith("ssl") && !TLS_PARAMETERS.includes(name);
    if (isUnknownOfTls || WISHES_FOR_SECURITY.includes(name)) {
      refuse(`has the parameter ${name}, which is not supported: use sslmode and sslrootcert`);
    }
  }
  return found;
}

function wantsTls(parameters: ReadonlyMap<string, string>, host: string): boolean {
  const mode = parameters.get("sslmode") ?? "";
  const binding = parameters.get("channel_binding") ?? "";
  if (!MODES.includes(mode)) {
    refuse("has an unknown sslmode: use require, which verifies the server, or disable");
  }
  if (!CHANNEL_BINDINGS.includes(binding)) {
    refuse("has an unknown channel_binding: use require, prefer or disable");
  }
  if (Boolean(parameters.get("sslcert")) !== Boolean(parameters.get("sslkey"))) {
    refuse("has only one of sslcert and sslkey: they belong together");
  }
  if (mode === "disable") {
    if (binding === "require") refuse("has channel_binding=require and sslmode=disable: they exclude each other");
    return false;
  }
  const namesTrust = Boolean(parameters.get("sslrootcert") || parameters.get("sslcert"));
  return VERIFIED_MODES.includes(mode) || namesTrust || binding === "require" || !NEAR_HOST.test(host);
}

function decoded(text: string): string {
  try {
    const plain = decodeURIComponent(text);
    if (!plain.includes("\0")) return plain;
  } catch {
    // A stray percent sign or invalid UTF-8.
  }
  return refuse("has a % that encodes no character: write a % itself as %25");
}

function refuse(message: string): never {
  throw new InvalidDatabaseUrl(message);
}
