import { type BetterAuthOptions, betterAuth } from "better-auth";
import { jwt } from "better-auth/plugins/jwt";
import type { Pool } from "pg";
import type { Logger } from "pino";
import { accountDeletion, requirePasswordToDelete } from "./account-deletion.ts";
import { observed } from "./database.ts";
import { betterAuthLog } from "./log.ts";
import type { Settings } from "./settings.ts";

export const BASE_PATH = "/api/auth";
export const PASSWORD_LENGTH = { min: 8, max: 128 };
const DAY_SECONDS = 86_400;

/** The one description of Better Auth that the server, the migrations and the signing key are made from. */
export type AuthOptions = ReturnType<typeof authOptions>;

export type Auth = ReturnType<typeof createAuth>;

/** @param pool - connections whose role has `auth` as its search_path: the tables carry no schema of their own. */
export function authOptions(settings: Settings, pool: Pool, log: Logger) {
  return {
    appName: "Taskchat",
    baseURL: settings.publicUrl,
    basePath: BASE_PATH,
    trustedOrigins: [settings.publicUrl],
    secret: settings.secret,
    database: observed(pool),
    emailAndPassword: { enabled: true, minPasswordLength: PASSWORD_LENGTH.min, maxPasswordLength: PASSWORD_LENGTH.max },
    user: { deleteUser: accountDeletion(pool) },
    hooks: { before: requirePasswordToDelete },
    plugins: [accessTokens(settings)],
    rateLimit: rateLimit(settings),
    advanced: {
      database: { generateId: "uuid" },
      // Its default is off wherever NODE_ENV or TEST say test; here the check never depends on that.
      disableOriginCheck: false,
    },
    logger: betterAuthLog(log),
    // What is not an answer to the request is thrown, so that app.ts logs it without what it quotes.
    onAPIError: { throw: true },
    telemetry: { enabled: false },
  } satisfies BetterAuthOptions;
}

export function createAuth(options: AuthOptions) {
  return betterAuth(options);
}

/** The tokens that api accepts; see packages/shared-schema/claims.schema.json. */
function accessTokens({ jwtIssuer, jwtAudience }: Settings) {
  return jwt({
    jwks: { keyPairConfig: { alg: "ES256" }, rotationInterval: 90 * DAY_SECONDS },
    jwt: {
      issuer: jwtIssuer,
      audience: jwtAudience,
      expirationTime: "5m",
      definePayload: ({ session }) => ({ sid: session.id }),
    },
    // Tokens are asked for at /token; one in a header of every /get-session would only lie around.
    disableSettingJwtHeader: true,
  });
}

/**
 * Better Auth's own limits hold for sign-in and sign-up. A window starts anew only after that long a silence, so what
 * clients call steadily needs a wide one, and the key set, which api asks for, none.
 */
function rateLimit({ production }: Settings): NonNullable<BetterAuthOptions["rateLimit"]> {
  const steady = { window: 10, max: 1_000 };
  const guessing = { window: 60, max: 5 };
  return {
    enabled: production,
    storage: "database",
    customRules: {
      "/jwks": false,
      "/ok": false,
      "/token": steady,
      "/get-session": steady,
      "/delete-user": guessing,
      "/verify-password": guessing,
    },
  };
}
