import { setTimeout as delay } from "node:timers/promises";
import { BetterAuthError } from "better-auth";
import type { Pool } from "pg";
import type { Logger } from "pino";
import { type Auth, type AuthOptions, createAuth } from "./auth.ts";
import { whyRefused } from "./database-refusal.ts";
import type { DatabaseUrl } from "./database-url.ts";
import { describeError } from "./log.ts";
import { pendingMigrations } from "./pending-migrations.ts";
import { canSign, hasSigningKey } from "./signing-key.ts";

/** What may be missing, in the words of /readyz and of the log. */
export const MISSING = {
  database: "the database cannot be reached",
  schema: "schema auth lacks tables or columns: run the migrations of auth-service",
  signing_key: "there is no signing key: run the migrations of auth-service",
  secret:
    "the signing key in the database was made with another BETTER_AUTH_SECRET: set that one, or run rotate-secret.ts if it was lost or leaked",
} as const;

export type Missing = keyof typeof MISSING;

const RETRY_MS = 500;

/** What stands between a request and Better Auth. */
export interface Gate {
  /** Better Auth; undefined until all that it needs was there once. */
  auth(): Auth | undefined;
  /** What is missing right now; undefined when requests can be served. */
  missing(): Promise<Missing | undefined>;
}

/**
 * Waits in the background until database, schema and signing key are there, and then lets requests through for good.
 *
 * Better Auth is made only then: one made earlier keeps in mind that tables are missing and fails until a restart.
 */
export function openWhenReady(options: AuthOptions, pool: Pool, url: DatabaseUrl, log: Logger): Gate {
  let auth: Auth | undefined;
  let missing: Missing = "database";

  async function wait(): Promise<void> {
    let told = "";
    for (;;) {
      const found = await prepare(options, pool);
      if ("auth" in found) {
        auth = found.auth;
        log.info("ready");
        return;
      }
      missing = found.missing;
      const error = found.error === undefined ? undefined : describeError(found.error);
      const reason = missing === "database" ? whyRefused(found.error, url) : MISSING[missing];
      if (reason !== told) log.warn({ error, reason }, `waiting: ${MISSING[missing]}`);
      told = reason;
      await delay(RETRY_MS);
    }
  }

  void wait();
  return {
    auth: () => auth,
    missing: async () => (auth ? missingToSign(auth, pool).catch(() => "database" as const) : missing),
  };
}

type Found = { readonly auth: Auth } | { readonly missing: Missing; readonly error?: unknown };

/** Better Auth, when all that it needs is there; or else what is missing. */
export async function prepare(options: AuthOptions, pool: Pool): Promise<Found> {
  try {
    const { toBeCreated, toBeAdded } = await pendingMigrations(options);
    if (toBeCreated.length + toBeAdded.length > 0) return { missing: "schema" };
    const auth = createAuth(options);
    const missing = await missingToSign(auth, pool);
    return missing ? { missing } : { auth };
  } catch (error) {
    return { missing: error instanceof BetterAuthError ? "schema" : "database", error };
  }
}

/** Checks that tokens can be signed. The secret may have been replaced while this process runs with the old one. */
async function missingToSign(auth: Auth, pool: Pool): Promise<Missing | undefined> {
  if (!(await hasSigningKey(pool))) return "signing_key";
  return (await canSign(auth)) ? undefined : "secret";
}
