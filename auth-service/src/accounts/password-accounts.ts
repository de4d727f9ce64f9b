import type { BetterAuthOptions } from "better-auth";
import type { Pool } from "pg";
import { execute } from "../database/pool.ts";
import type { Mail } from "../mail/mail.ts";
import { RESET_SECONDS, VERIFICATION_SECONDS } from "../mail/mail-templates.ts";
import { resetAttempts } from "./sign-in-attempts.ts";
import { END_OTHER_SESSIONS, passwordHashing } from "./stale-password-guard.ts";

export const PASSWORD_LENGTH = { min: 8, max: 128 };

/**
 * Options for accounts with a password, and for the mails to them.
 *
 * @param mail - undefined if no mail can be delivered; passwords can't be reset then.
 * @param verifies - whether addresses must be verified, which needs a mail server.
 */
export function passwordAccounts(pool: Pool, mail: Mail | undefined, verifies: boolean) {
  return {
    emailAndPassword: {
      enabled: true,
      minPasswordLength: PASSWORD_LENGTH.min,
      maxPasswordLength: PASSWORD_LENGTH.max,
      password: passwordHashing,
      requireEmailVerification: verifies,
      revokeSessionsOnPasswordReset: true,
      resetPasswordTokenExpiresIn: RESET_SECONDS,
      ...(mail && {
        sendResetPassword: async ({ user, token }) => mail.send("reset", user.email, token),
        onExistingUserSignUp: async ({ user }) => mail.send("account_exists", user.email),
        onPasswordReset: async ({ user }) => {
          await execute(pool, AFTER_RESET, [user.id, verifies]);
          await execute(pool, END_OTHER_SESSIONS, [user.id, null]);
          await resetAttempts(pool, user.email);
          mail.send("password_changed", user.email);
        },
      }),
    },
    emailVerification: {
      // A stranger who signed up with this address may have chosen the password.
      autoSignInAfterVerification: false,
      expiresIn: VERIFICATION_SECONDS,
      ...(mail &&
        verifies && {
          sendOnSignUp: true,
          sendOnSignIn: true,
          sendVerificationEmail: async ({ user, token }) => mail.send("verification", user.email, token),
        }),
    },
  } satisfies Pick<BetterAuthOptions, "emailAndPassword" | "emailVerification">;
}

/** Invalidate the links of all reset mails to this user. */
export const DELETE_RESET_LINKS = "delete from verification where value = $1::text";

/**
 * Invalidate the user's other reset links. If the link came by mail, it also confirmed the address.
 */
const AFTER_RESET = `
  with others as (${DELETE_RESET_LINKS})
  update "user" set "emailVerified" = "emailVerified" or $2::boolean, "updatedAt" = now() where id = $1::uuid`;
