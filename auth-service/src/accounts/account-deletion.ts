import type { BetterAuthOptions } from "better-auth";
import { APIError, getSessionFromCtx } from "better-auth/api";
import type { Pool } from "pg";
import { digest } from "../database/limits.ts";
import { execute } from "../database/pool.ts";

/** Accounts without a password must have signed in recently. */
const FRESH_MS = 10 * 60_000;

/** Whether the sign-in is recent enough to count as proof of identity. */
export const isFresh = ({ createdAt }: { createdAt: Date }): boolean => Date.now() - createdAt.getTime() <= FRESH_MS;

/**
 * Require a password or, for accounts without one, a recent sign-in.
 *
 * Better Auth requires neither while the session is less than a day old, so an unattended browser would be enough. It
 * verifies the password itself.
 */
export async function requireProofToDelete(context: Parameters<typeof getSessionFromCtx>[0]): Promise<void> {
  if (context.body?.password) return;
  const session = await getSessionFromCtx(context);
  if (session === null) return; // Better Auth answers 401.
  const account = await context.context.internalAdapter.findCredentialAccount(session.user.id);
  if (account?.password) {
    throw new APIError("BAD_REQUEST", {
      code: "PASSWORD_REQUIRED",
      message: "Enter your password to delete your account",
    });
  }
  if (!isFresh(session.session)) {
    throw new APIError("FORBIDDEN", {
      code: "SESSION_NOT_FRESH",
      message: "Sign in again to delete your account",
    });
  }
}

/**
 * Delete a user and everything that belongs to them, in one statement.
 *
 * Better Auth deletes sessions, accounts and the user one by one, so a crash could leave a user who can't sign in.
 * Foreign keys cascade to sessions, accounts and everything in schema chat. Verifications have no foreign key, but contain
 * the user's id. The keys of counters contain a digest of the address.
 */
const DELETE_USER = `
  with verifications as (delete from verification where strpos(value, $1::text) > 0),
       counts as (delete from "rateLimit" where strpos(key, '|' || $2) > 0)
  delete from "user" where id = $1::uuid`;

/** Runs after Better Auth verified the password. When Better Auth deletes its rows afterwards, they are gone. */
export function accountDeletion(pool: Pool): NonNullable<NonNullable<BetterAuthOptions["user"]>["deleteUser"]> {
  return {
    enabled: true,
    beforeDelete: async ({ id, email }) => {
      await execute(pool, DELETE_USER, [id, digest(email)]);
    },
  };
}
