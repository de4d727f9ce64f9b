import { z } from "zod";
import {
  addressOf,
  connectionOptions,
  type DatabaseUrl,
  direct,
  InvalidDatabaseUrl,
  parseDatabaseUrl,
} from "./database-url.ts";

const LOG_LEVELS = ["fatal", "error", "warn", "info", "debug", "trace", "silent"] as const;
const SECRET_MIN_LENGTH = 32;
const PORT_RANGE = { error: "must be a number from 0 to 65535" };

/** What the environment decides. The name in the environment stands at each field. */
export interface Settings {
  /** AUTH_DATABASE_URL: Postgres as the role auth_service. A Neon URL works as it is pasted. */
  readonly databaseUrl: DatabaseUrl;
  /** DATABASE_DIRECT_HOST: where the migrations reach the same database past its pooler. */
  readonly databaseDirectHost: string | undefined;
  /** BETTER_AUTH_SECRET: signs the cookies and encrypts the private signing keys. */
  readonly secret: string;
  /** PUBLIC_URL: the one origin that browsers use. */
  readonly publicUrl: string;
  /** JWT_ISSUER: the `iss` of access tokens; PUBLIC_URL unless set. */
  readonly jwtIssuer: string;
  /** JWT_AUDIENCE: the `aud` of access tokens. */
  readonly jwtAudience: string;
  /** AUTH_HOST: the address to listen on. */
  readonly host: string;
  /** AUTH_PORT: 0 takes a free port, and the log says which. */
  readonly port: number;
  /** LOG_LEVEL: the least severe lines to write. */
  readonly logLevel: (typeof LOG_LEVELS)[number];
  /** NODE_ENV=production: demands https and turns the rate limits on. */
  readonly production: boolean;
}

/** The settings, or one sentence for each that is wrong. No sentence repeats a value. */
export type SettingsResult = { readonly settings: Settings } | { readonly problems: readonly string[] };

/** Reads and checks every setting. A variable that is set to nothing counts as not set. */
export function readSettings(env: NodeJS.ProcessEnv): SettingsResult {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ""));
  const production = given.NODE_ENV === "production";
  const { success, data, error } = schema(production).safeParse(given);
  if (!success) {
    return { problems: error.issues.map((issue) => `${issue.path.join(".")} ${issue.message}`) };
  }
  return {
    settings: {
      databaseUrl: data.AUTH_DATABASE_URL,
      databaseDirectHost: data.DATABASE_DIRECT_HOST,
      secret: data.BETTER_AUTH_SECRET,
      publicUrl: data.PUBLIC_URL,
      jwtIssuer: data.JWT_ISSUER ?? data.PUBLIC_URL,
      jwtAudience: data.JWT_AUDIENCE,
      host: data.AUTH_HOST,
      port: data.AUTH_PORT,
      logLevel: data.LOG_LEVEL,
      production,
    },
  };
}

/** The settings for a program: prints what is wrong with them, one line each, and ends with status 1. */
export function settingsOrExit(env: NodeJS.ProcessEnv): Settings {
  const result = readSettings(env);
  if ("settings" in result) return result.settings;
  for (const problem of result.problems) process.stderr.write(`auth-service: ${problem}\n`);
  process.exit(1);
}

function schema(production: boolean) {
  return z.object({
    AUTH_DATABASE_URL: z
      .string("is missing: set it to the Postgres URL of the role auth_service")
      .transform((text, context) => checked(context, () => usable(parseDatabaseUrl(text)))),
    DATABASE_DIRECT_HOST: z
      .string()
      .transform((text, context) => checked(context, () => addressOf(direct(ANY_DATABASE, text))))
      .optional(),
    BETTER_AUTH_SECRET: z
      .string(`is missing: set it to ${SECRET_MIN_LENGTH} or more random characters, such as: openssl rand -base64 32`)
      .min(SECRET_MIN_LENGTH, `is too short: ${SECRET_MIN_LENGTH} random characters are the least`),
    PUBLIC_URL: z
      .string("is missing: set it to the origin that browsers use, such as https://chat.example.com")
      .refine(
        isOrigin,
        "must be an origin such as https://chat.example.com, with no path, no slash at its end and no default port",
      )
      .refine((url) => !production || isConfidential(url), {
        error: "must begin with https:// in production, or passwords and cookies travel in the clear",
        when: ({ issues }) => issues.length === 0,
      }),
    JWT_ISSUER: z.string().optional(),
    JWT_AUDIENCE: z.string().default("chat-api"),
    AUTH_HOST: z.string().default("127.0.0.1"),
    AUTH_PORT: z.coerce.number(PORT_RANGE).int(PORT_RANGE).min(0, PORT_RANGE).max(65_535, PORT_RANGE).default(3001),
    LOG_LEVEL: z.enum(LOG_LEVELS, `must be one of ${LOG_LEVELS.join(", ")}`).default("info"),
  });
}

const ANY_DATABASE = parseDatabaseUrl("postgresql://user@localhost/database");

/** The URL, if the files that it names are there. */
function usable(url: DatabaseUrl): DatabaseUrl {
  connectionOptions(url, "");
  return url;
}

/** What is made, or the issue that it cannot be. */
function checked<Made>(context: z.RefinementCtx, make: () => Made): Made {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof InvalidDatabaseUrl)) throw error;
    context.addIssue(error.message);
    return z.NEVER;
  }
}

function isOrigin(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && /^https?:$/.test(url.protocol) && url.origin === text;
}

/** Whether nobody can listen in between: https, or a browser on this very machine. */
function isConfidential(origin: string): boolean {
  const { protocol, hostname } = new URL(origin);
  return protocol === "https:" || hostname === "localhost" || hostname === "127.0.0.1";
}
