import type { BetterAuthOptions } from "better-auth";
import { APIError, getSessionFromCtx } from "better-auth/api";
import type { Pool } from "pg";
import { digest } from "../database/limits.ts";
import { execute } from "../database/pool.ts";

/** Who has no password proves with a sign-in that they are who they were. */
const FRESH_MS = 10 * 60_000;

/** Whether the sign-in is recent enough to count as proof of identity. */
export const isFresh = ({ createdAt }: { createdAt: Date }): boolean => Date.now() - createdAt.getTime() <= FRESH_MS;

/**
 * Refuses to delete an account without its password or, where it has none, in a session that is not fresh.
 *
 * Better Auth itself asks for nothing while the session is less than a day old, so a browser left open would do.
 * Whether the password is right, it checks itself.
 */
export async function requireProofToDelete(context: Parameters<typeof getSessionFromCtx>[0]): Promise<void> {
  if (context.body?.password) return;
  const session = await getSessionFromCtx(context);
  if (session === null) return; // Better Auth answers 401 to that.
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
 * The user's row and all that hangs on it, in one statement: all of it goes or nothing.
 *
 * Better Auth deletes sessions, accounts and user one by one, and a crash in between would leave a user whom nobody
 * can sign in as. Foreign keys take sessions and accounts along, and in schema chat whatever that user owns. A
 * verification has none; it names its user inside its value. Counts that concern a user hold a digest of the address.
 */
const DELETE_USER = `
  with verifications as (delete from verification where strpos(value, $1::text) > 0),
       counts as (delete from "rateLimit" where strpos(key, '|' || $2) > 0)
  delete from "user" where id = $1::uuid`;

/** Runs once the proof was found right. What Better Auth deletes after it is gone already. */
export function accountDeletion(pool: Pool): NonNullable<NonNullable<BetterAuthOptions["user"]>["deleteUser"]> {
  return {
    enabled: true,
    beforeDelete: async ({ id, email }) => {
      await execute(pool, DELETE_USER, [id, digest(email)]);
    },
  };
}
