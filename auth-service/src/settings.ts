import { BlockList } from "node:net";
import { join, resolve } from "node:path";
import { z } from "zod";
import { asciiDomain, type SignUpRules } from "./accounts/sign-up-rules.ts";
import {
  addressOf,
  connectionOptions,
  type DatabaseUrl,
  direct,
  InvalidDatabaseUrl,
  parseDatabaseUrl,
} from "./database/database-url.ts";
import { parseAddresses } from "./http/client-address.ts";
import { readListenAddress, replacementOfFormerAddress } from "./http/listen-address.ts";

const LOG_LEVELS = ["fatal", "error", "warn", "info", "debug", "trace", "silent"] as const;
const SECRET_MIN_LENGTH = 32;
const DAYS_RANGE = { error: "must be a whole number of days from 1 to 3650" };
const SECONDS_RANGE = { error: "must be a number of seconds greater than 0" };

/** Settings that require another one. */
const NEEDS = {
  SMTP_URL: "MAIL_FROM",
  GITHUB_CLIENT_ID: "GITHUB_CLIENT_SECRET",
  GITHUB_CLIENT_SECRET: "GITHUB_CLIENT_ID",
  GOOGLE_CLIENT_ID: "GOOGLE_CLIENT_SECRET",
  GOOGLE_CLIENT_SECRET: "GOOGLE_CLIENT_ID",
  // Without a mail server, anyone could claim an address at one of these domains.
  SIGN_UP_EMAIL_DOMAINS: "SMTP_URL",
};

/** Where mails go: to a server or, for trying things out locally, to files in a folder. */
export type MailSettings =
  | { readonly to: "server"; readonly url: string; readonly from: string }
  | { readonly to: "folder"; readonly folder: string; readonly from: string };

/** The OAuth credentials of this service at a provider. */
export interface ProviderSettings {
  readonly clientId: string;
  readonly clientSecret: string;
}

/** All settings; each field names its environment variable. */
export interface Settings {
  /** AUTH_DATABASE_URL, or AUTH_MIGRATION_DATABASE_URL for the migrations. A URL pasted from Neon works unchanged. */
  readonly databaseUrl: DatabaseUrl;
  /** DATABASE_DIRECT_HOST: the same database without its pooler, for the migrations. */
  readonly databaseDirectHost: string | undefined;
  /** BETTER_AUTH_SECRET: signs the cookies and encrypts the private signing keys. */
  readonly secret: string;
  /** PUBLIC_URL: the one origin that browsers use. */
  readonly publicUrl: string;
  /** JWT_ISSUER: the `iss` of access tokens; PUBLIC_URL unless set. */
  readonly jwtIssuer: string;
  /** JWT_AUDIENCE: the `aud` of access tokens. */
  readonly jwtAudience: string;
  /** The host in AUTH_LISTEN_ADDRESS. */
  readonly host: string;
  /** The port in AUTH_LISTEN_ADDRESS; 0 picks a free one, which the log names. */
  readonly port: number;
  /** LOG_LEVEL: the lowest level to log. */
  readonly logLevel: (typeof LOG_LEVELS)[number];
  /**
   * NODE_ENV=production, or a PUBLIC_URL that is not on localhost: requires https and a strong secret, and enables the
   * rate limits.
   */
  readonly production: boolean;
  /**
   * SMTP_URL and MAIL_FROM, or a folder in TASKCHAT_DATA if PUBLIC_URL is on localhost; undefined if no mail can be
   * delivered.
   */
  readonly mail?: MailSettings;
  /** GITHUB_CLIENT_ID and _SECRET, GOOGLE_CLIENT_ID and _SECRET: the providers to offer. */
  readonly providers: { readonly github?: ProviderSettings; readonly google?: ProviderSettings };
  /** SIGN_UP and SIGN_UP_EMAIL_DOMAINS: who may create an account. */
  readonly signUp: SignUpRules;
  /** SESSION_MAX_AGE_DAYS: the maximum age of a session, even if it is in use. */
  readonly sessionMaxAgeDays: number;
  /** CHECK_BREACHED_PASSWORDS: whether to look up new passwords at Have I Been Pwned. */
  readonly checkBreachedPasswords: boolean;
  /** TRUSTED_PROXIES: the proxies whose X-Forwarded-For is trusted. */
  readonly trustedProxies: BlockList;
  /** KEY_ROTATION_DAYS: the age at which a new signing key replaces the newest one. */
  readonly keyRotationDays: number;
  /** JWKS_MAX_AGE_SECONDS: how long the api caches the keys; a new key is published well before it signs. */
  readonly jwksMaxAgeSeconds: number;
  /** SHUTDOWN_GRACE_SECONDS: how long to wait for unsent mails on shutdown. */
  readonly shutdownGraceSeconds: number;
}

/** The settings that hold a database URL, and the role of each. */
const DATABASE_ROLES = {
  AUTH_DATABASE_URL: "auth_service",
  AUTH_MIGRATION_DATABASE_URL: "auth_owner, which owns the schema",
} as const;

/** AUTH_MIGRATION_DATABASE_URL for the migrations, AUTH_DATABASE_URL for everything else. */
export type DatabaseSetting = keyof typeof DATABASE_ROLES;

/** The settings, or one sentence for each invalid one. The sentences never contain values. */
type SettingsResult = { readonly settings: Settings } | { readonly problems: readonly string[] };

/** Read and validate all settings. An empty variable counts as unset. */
export function readSettings(
  env: NodeJS.ProcessEnv,
  databaseSetting: DatabaseSetting = "AUTH_DATABASE_URL",
): SettingsResult {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ""));
  const production = given.NODE_ENV === "production" || !isLocalhost(given.PUBLIC_URL ?? "");
  const { data, error } = schema(production, databaseSetting).safeParse({ ...given, database: given[databaseSetting] });
  const nameOf = (path: PropertyKey[]) => (path[0] === "database" ? databaseSetting : path.join("."));
  const problems = (error?.issues ?? []).map((issue) => `${nameOf(issue.path)} ${issue.message}`);
  const address = readListenAddress(env);
  if (address === undefined) problems.push("AUTH_LISTEN_ADDRESS must be host:port, such as 127.0.0.1:3001");
  for (const [name, needed] of Object.entries(NEEDS)) {
    if (given[name] && !given[needed]) problems.push(`${needed} is missing: ${name} needs it`);
  }
  if (data === undefined || address === undefined || problems.length > 0) return { problems };
  const mail = mailSettings(data);
  const github = provider(data.GITHUB_CLIENT_ID, data.GITHUB_CLIENT_SECRET);
  const google = provider(data.GOOGLE_CLIENT_ID, data.GOOGLE_CLIENT_SECRET);
  return {
    settings: {
      databaseUrl: data.database,
      databaseDirectHost: data.DATABASE_DIRECT_HOST,
      secret: data.BETTER_AUTH_SECRET,
      publicUrl: data.PUBLIC_URL,
      jwtIssuer: data.JWT_ISSUER ?? data.PUBLIC_URL,
      jwtAudience: data.JWT_AUDIENCE,
      ...address,
      logLevel: data.LOG_LEVEL,
      production,
      ...(mail && { mail }),
      providers: { ...(github && { github }), ...(google && { google }) },
      trustedProxies: parseAddresses(data.TRUSTED_PROXIES) ?? new BlockList(),
      signUp: { open: data.SIGN_UP === "open", emailDomains: data.SIGN_UP_EMAIL_DOMAINS },
      sessionMaxAgeDays: data.SESSION_MAX_AGE_DAYS,
      checkBreachedPasswords: data.CHECK_BREACHED_PASSWORDS === "true",
      keyRotationDays: data.KEY_ROTATION_DAYS,
      jwksMaxAgeSeconds: data.JWKS_MAX_AGE_SECONDS,
      shutdownGraceSeconds: data.SHUTDOWN_GRACE_SECONDS,
    },
  };
}

/** Variables that Better Auth reads by itself: more secrets, more trusted origins, whether it is under test. */
const BETTER_AUTH_VARIABLES = /^(BETTER_AUTH_\w+|AUTH_SECRET|TEST)$/;
/** Variables that a Kubernetes Service or linked container named better-auth sets. */
const SERVICE_LINK = /^BETTER_AUTH_(SERVICE_HOST|(SERVICE_)?PORT(_\w+)?)$/;

/** Unset the variables that would bypass our settings; returns the names that are not one of our settings. */
export function unsetBetterAuthVariables(env: NodeJS.ProcessEnv): string[] {
  const names = Object.keys(env).filter((name) => BETTER_AUTH_VARIABLES.test(name));
  for (const name of names) delete env[name];
  return names.filter((name) => name !== "BETTER_AUTH_SECRET" && !SERVICE_LINK.test(name));
}

type Given = z.output<ReturnType<typeof schema>>;

function mailSettings(given: Given): MailSettings | undefined {
  const from = given.MAIL_FROM ?? "Taskchat <taskchat@localhost>";
  if (given.SMTP_URL !== undefined) return { to: "server", url: given.SMTP_URL, from };
  if (given.TASKCHAT_DATA === undefined || !isLocalhost(given.PUBLIC_URL)) return undefined;
  return { to: "folder", folder: join(resolve(given.TASKCHAT_DATA), "mail"), from };
}

const provider = (clientId?: string, clientSecret?: string): ProviderSettings | undefined =>
  clientId && clientSecret ? { clientId, clientSecret } : undefined;

/** Read the settings of a program. Prints invalid ones, one line each, and exits with status 1. */
export function settingsOrExit(env: NodeJS.ProcessEnv, databaseSetting?: DatabaseSetting): Settings {
  const result = readSettings(env, databaseSetting);
  const note = (text: string) => process.stderr.write(`auth-service: ${text}\n`);
  for (const name of unsetBetterAuthVariables(env)) note(`${name} has no effect`);
  const address = replacementOfFormerAddress(env);
  if (address) note(`AUTH_HOST and AUTH_PORT are deprecated: set AUTH_LISTEN_ADDRESS=${address}`);
  if ("settings" in result) return result.settings;
  result.problems.forEach(note);
  process.exit(1);
}

function schema(production: boolean, databaseSetting: DatabaseSetting) {
  return z.object({
    database: z
      .string(`is missing: set it to the Postgres URL of the role ${DATABASE_ROLES[databaseSetting]}`)
      .transform((text, context) => parsed(context, () => withReadableFiles(parseDatabaseUrl(text)))),
    DATABASE_DIRECT_HOST: z
      .string()
      .transform((text, context) => parsed(context, () => addressOf(direct(ANY_DATABASE, text))))
      .optional(),
    BETTER_AUTH_SECRET: z
      .string(`is missing: set it to ${SECRET_MIN_LENGTH} or more random characters, such as: openssl rand -base64 32`)
      .min(SECRET_MIN_LENGTH, `is too short: ${SECRET_MIN_LENGTH} random characters are required`)
      .refine((secret) => !production || !isWeakSecret(secret), {
        error: "is too easy to guess for production: use random characters, such as: openssl rand -base64 32",
        when: ({ issues }) => issues.length === 0,
      }),
    PUBLIC_URL: z
      .string("is missing: set it to the origin that browsers use, such as https://chat.example.com")
      .refine(
        isOrigin,
        "must be an origin such as https://chat.example.com, without a path, a trailing slash or the default port",
      )
      .refine((url) => !production || isTransportSecure(url), {
        error: "must start with https:// unless it is on localhost, to encrypt passwords and cookies",
        when: ({ issues }) => issues.length === 0,
      }),
    JWT_ISSUER: z.string().optional(),
    JWT_AUDIENCE: z.string().default("chat-api"),
    LOG_LEVEL: z.enum(LOG_LEVELS, `must be one of ${LOG_LEVELS.join(", ")}`).default("info"),
    SMTP_URL: z
      .string()
      .refine(isSmtpUrl, {
        error:
          "must look like smtps://user:password@smtp.example.com:465 or smtp://…:587 with nothing after the port, and special characters of the password percent-encoded",
      })
      .optional(),
    MAIL_FROM: z
      .string()
      .regex(/^(?:[^<>\r\n]*<[^<>@\s]+@[^<>@\s]+>|[^<>@\s]+@[^<>@\s]+)$/, {
        error: "must be an email address, such as Taskchat <taskchat@example.com>",
      })
      .optional(),
    TASKCHAT_DATA: z.string().optional(),
    GITHUB_CLIENT_ID: z.string().optional(),
    GITHUB_CLIENT_SECRET: z.string().optional(),
    GOOGLE_CLIENT_ID: z.string().optional(),
    GOOGLE_CLIENT_SECRET: z.string().optional(),
    SIGN_UP: z.enum(["open", "closed"], "must be open or closed").default("open"),
    SIGN_UP_EMAIL_DOMAINS: z.string().default("").transform(emailDomains),
    TRUSTED_PROXIES: z
      .string()
      .refine((text) => parseAddresses(text) !== undefined, {
        error: "must be addresses, ranges such as 10.0.0.0/8, or the word private, separated by commas",
      })
      .default(""),
    SESSION_MAX_AGE_DAYS: z.coerce
      .number(DAYS_RANGE)
      .int(DAYS_RANGE)
      .min(1, DAYS_RANGE)
      .max(3650, DAYS_RANGE)
      .default(30),
    CHECK_BREACHED_PASSWORDS: z.enum(["true", "false"], "must be true or false").default("false"),
    KEY_ROTATION_DAYS: z.coerce.number(DAYS_RANGE).int(DAYS_RANGE).min(1, DAYS_RANGE).max(3650, DAYS_RANGE).default(90),
    JWKS_MAX_AGE_SECONDS: z.coerce.number(SECONDS_RANGE).positive(SECONDS_RANGE).default(300),
    SHUTDOWN_GRACE_SECONDS: z.coerce.number(SECONDS_RANGE).positive(SECONDS_RANGE).default(3),
  });
}

const ANY_DATABASE = parseDatabaseUrl("postgresql://user@localhost/database");

/** The URL, once the certificate files that it names were read. */
function withReadableFiles(url: DatabaseUrl): DatabaseUrl {
  connectionOptions(url, "");
  return url;
}

/** The parsed value, or an issue if it is invalid. */
function parsed<Parsed>(context: z.RefinementCtx, parse: () => Parsed): Parsed {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof InvalidDatabaseUrl)) throw error;
    context.addIssue(error.message);
    return z.NEVER;
  }
}

/** The domains of a list with commas, without repetitions. */
function emailDomains(text: string, context: z.RefinementCtx): string[] {
  const given = text.split(",").map((part) => part.trim());
  const domains = given.flatMap((part) => (part === "" ? [] : [asciiDomain(part)]));
  const isEmptyList = text !== "" && domains.length === 0; // A comma alone must not permit all.
  if (!isEmptyList && domains.every((domain) => domain !== undefined)) return [...new Set(domains)];
  context.addIssue("must be domains such as example.com, separated by commas, without @ and *");
  return z.NEVER;
}

/** Reject a path or query: nodemailer would read options from it that can disable encryption. */
function isSmtpUrl(text: string): boolean {
  const { protocol, hostname, username, password, pathname, search, hash } = URL.parse(text) ?? {};
  const hasMore = search !== "" || hash !== "" || !["", "/"].includes(pathname ?? "");
  return /^smtps?:$/.test(protocol ?? "") && hostname !== "" && !hasMore && isEncoded(`${username}${password}`);
}

function isEncoded(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

function isOrigin(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && /^https?:$/.test(url.protocol) && url.origin === text;
}

/** https, or a browser on the same machine. */
const isTransportSecure = (origin: string) => new URL(origin).protocol === "https:" || isLocalhost(origin);

export const isLocalhost = (origin: string) =>
  ["localhost", "127.0.0.1", "[::1]"].includes(URL.parse(origin)?.hostname ?? "");

/** Words of examples, of documentation and of Better Auth's default secret. */
const WELL_KNOWN =
  /secret|password|better-?auth|change.?me|(^|[-_ ])your[-_ ]|example|default|placeholder|1234567|abcdefg|qwerty/i;

/** A short piece and nothing but repetitions of it. */
const REPETITION = /^(.{1,16})\1+$/s;

/** A random text of 32 characters has more: 32 hexadecimal digits have seven distinct ones or fewer once in 28 million. */
const MIN_DISTINCT_CHARS = 8;

/** Whether a secret is likely to be guessed. A random one is rejected less than once in a million. */
export const isWeakSecret = (secret: string) =>
  WELL_KNOWN.test(secret) || REPETITION.test(secret) || new Set(secret).size < MIN_DISTINCT_CHARS;
