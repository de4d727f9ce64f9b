import { type BetterAuthOptions, betterAuth } from "better-auth";
import { jwt } from "better-auth/plugins/jwt";
import type { Pool } from "pg";
import type { Logger } from "pino";
import { accountDeletion } from "./accounts/account-deletion.ts";
import { devices } from "./accounts/devices.ts";
import { hooks } from "./accounts/hooks.ts";
import { setConfirmationDeadline } from "./accounts/housekeeping.ts";
import { sanitizeName } from "./accounts/names.ts";
import { passwordAccounts } from "./accounts/password-accounts.ts";
import { passwordScreening } from "./accounts/password-screening.ts";
import { discardProviderTokens, providerOptions, validateUserInfo } from "./accounts/providers.ts";
import { cookieOptions, sessionLifetime, sessionOptions } from "./accounts/sessions.ts";
import { stalePasswordGuard } from "./accounts/stale-password-guard.ts";
import { observedPool } from "./database/pool.ts";
import { CLIENT_ADDRESS_HEADER, rateLimit } from "./http/endpoints.ts";
import { ACCESS_TOKEN_SECONDS, keyAdapter, keyTimes } from "./keys/key-store.ts";
import { betterAuthLog } from "./log.ts";
import type { Mail } from "./mail/mail.ts";
import type { Settings } from "./settings.ts";

export const BASE_PATH = "/api/auth";

/** Better Auth's options, the same for the server, the migrations and the commands. */
export type AuthOptions = ReturnType<typeof authOptions>;

export type Auth = ReturnType<typeof createAuth>;

/**
 * @param pool - its role must have `auth` as its search_path, since table names carry no schema.
 * @param mail - undefined for commands, and where no mail can be delivered.
 */
export function authOptions(settings: Settings, pool: Pool, log: Logger, mail?: Mail) {
  return {
    appName: "Taskchat",
    baseURL: settings.publicUrl,
    basePath: BASE_PATH,
    trustedOrigins: [settings.publicUrl],
    secret: settings.secret,
    database: observedPool(pool),
    ...passwordAccounts(pool, mail, settings.mail?.to === "server"),
    ...providerOptions(settings),
    session: sessionOptions,
    user: { deleteUser: accountDeletion(pool), validateUserInfo: validateUserInfo(settings.signUp) },
    // The secrets of links are stored as hashes, so that reading the table does not give access. Our own housekeeping
    // deletes expired rows, because it needs them to find unconfirmed accounts.
    verification: { storeIdentifier: "hashed", disableCleanup: true },
    hooks: hooks(pool, mail, settings.production, settings.signUp, passwordScreening(settings, log)),
    databaseHooks: databaseHooks(settings, pool),
    plugins: [accessTokens(settings, pool), devices(pool)],
    rateLimit: rateLimit(settings.production),
    advanced: {
      ...cookieOptions(settings),
      database: { generateId: "uuid" },
      // The default turns the check off if NODE_ENV or TEST say so.
      disableOriginCheck: false,
      ipAddress: { ipAddressHeaders: [CLIENT_ADDRESS_HEADER] },
    },
    logger: betterAuthLog(log),
    // Unexpected errors are thrown, so that app.ts logs them without their messages.
    onAPIError: { throw: true, errorURL: `${settings.publicUrl}/sign-in` },
    telemetry: { enabled: false },
  } satisfies BetterAuthOptions;
}

export function createAuth(options: AuthOptions) {
  return betterAuth(options);
}

function databaseHooks(settings: Settings, pool: Pool) {
  const { account, session } = stalePasswordGuard(pool);
  const lifetime = sessionLifetime(settings).session;
  return {
    user: { create: { before: sanitizeName, after: setConfirmationDeadline(settings, pool) } },
    session: { create: { ...lifetime.create, ...session.create }, update: lifetime.update },
    account: { ...account, ...discardProviderTokens.account },
  };
}

/** The tokens that api accepts; see packages/shared-schema/claims.schema.json. */
function accessTokens(settings: Settings, pool: Pool) {
  return jwt({
    jwks: { keyPairConfig: { alg: "ES256" } },
    adapter: keyAdapter(pool, keyTimes(settings)),
    jwt: {
      issuer: settings.jwtIssuer,
      audience: settings.jwtAudience,
      expirationTime: `${ACCESS_TOKEN_SECONDS}s`,
      definePayload: ({ session }) => ({ sid: session.id }),
    },
    // Clients get tokens from /token; another one in each /get-session response would only be exposed.
    disableSettingJwtHeader: true,
  });
}
