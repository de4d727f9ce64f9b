import type { BetterAuthOptions } from "better-auth";
import { APIError, createAuthMiddleware, getSessionFromCtx, isAPIError } from "better-auth/api";
import type { Pool } from "pg";
import { execute } from "../database/pool.ts";
import type { Mail } from "../mail/mail.ts";
import { requireProofToDelete } from "./account-deletion.ts";
import { requireProofToRevoke } from "./devices.ts";
import { requireEmailLength, requireName } from "./names.ts";
import { DELETE_RESET_LINKS } from "./password-accounts.ts";
import { endPreviousSession } from "./sessions.ts";
import { recordAttempt, refundAttempt } from "./sign-in-attempts.ts";
import { requireSignUpAllowed, type SignUpRules } from "./sign-up-rules.ts";
import { END_OTHER_SESSIONS } from "./stale-password-guard.ts";

type Context = Parameters<typeof getSessionFromCtx>[0];

const SIGN_UP_FIELDS = ["name", "email", "password", "callbackURL", "rememberMe"];

/** The claims of a verification mail's token. */
const VERIFICATION_CLAIMS = ["email", "userId", "iat", "exp"];

/** Our checks before, and our work after, Better Auth's endpoints. */
export function hooks(
  pool: Pool,
  mail: Mail | undefined,
  limited: boolean,
  signUp: SignUpRules,
  screenPassword: (context: Context) => Promise<void>,
): NonNullable<BetterAuthOptions["hooks"]> {
  return {
    before: createAuthMiddleware(async (context) => {
      const body = context.body ?? {};
      requireEmailLength(body.email);
      switch (context.path) {
        case "/sign-up/email":
          requireSignUpAllowed(signUp, body.email); // Before Better Auth answers existing addresses differently.
          requireKnownFields(body);
          requireName(body.name);
          return screenPassword(context);
        case "/reset-password":
          return screenPassword(context);
        case "/verify-email":
          // An empty token makes Better Auth answer as it does to any invalid one.
          return isPlainVerification(context.query?.token) ? undefined : { context: { query: { token: "" } } };
        case "/sign-in/email":
          if (limited && typeof body.email === "string") await recordAttempt(context, pool, body.email);
          return;
        case "/change-password":
          if (limited) await recordOwnAttempt(context, pool);
          await screenPassword(context);
          // The old password may have leaked.
          return { context: { body: { ...body, revokeOtherSessions: true } } };
        case "/revoke-device":
        case "/revoke-other-sessions":
        case "/revoke-sessions":
          if (limited && body.password) await recordOwnAttempt(context, pool);
          return requireProofToRevoke(context);
        case "/update-user":
          // Only the name can be changed.
          return requireName(Object.keys(body).length === 1 && body.name);
        case "/delete-user":
          if (limited) await recordOwnAttempt(context, pool);
          return requireProofToDelete(context);
      }
    }),
    after: createAuthMiddleware(async (context) => {
      await endPreviousSession(context); // First, because a provider's callback ends in a redirect, which is an APIError.
      if (isAPIError(context.context.returned)) return;
      await refundAttempt(pool);
      if (context.path !== "/change-password") return;
      const session = context.context.newSession ?? context.context.session;
      if (!session) return;
      await execute(pool, DELETE_RESET_LINKS, [session.user.id]);
      await execute(pool, END_OTHER_SESSIONS, [session.user.id, session.session.id]);
      mail?.send("password_changed", session.user.email);
    }),
  };
}

function requireKnownFields(body: object): void {
  const unknown = Object.keys(body).filter((field) => !SIGN_UP_FIELDS.includes(field));
  if (unknown.length === 0) return;
  throw new APIError("BAD_REQUEST", {
    code: "UNKNOWN_FIELD",
    message: `Only these fields are allowed: ${SIGN_UP_FIELDS.join(", ")}`,
  });
}

/**
 * Whether a token for /verify-email only confirms an address.
 *
 * Better Auth also accepts tokens that change an account's address. We never issue those, but anyone who knows the secret
 * could.
 */
function isPlainVerification(token: unknown): boolean {
  if (typeof token !== "string") return true; // Better Auth answers 400.
  const payload = token.split(".")[1] ?? "";
  const decoded = Buffer.from(payload, "base64url");
  // Reject other encodings of the same payload: the library that checks the signature may decode them differently.
  if (decoded.toString("base64url") !== payload) return false;
  try {
    return Object.keys(JSON.parse(decoded.toString())).every((claim) => VERIFICATION_CLAIMS.includes(claim));
  } catch {
    return false;
  }
}

async function recordOwnAttempt(context: Context, pool: Pool): Promise<void> {
  const session = await getSessionFromCtx(context);
  if (session) await recordAttempt(context, pool, session.user.email);
}
