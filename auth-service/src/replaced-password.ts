import type { BetterAuthOptions } from "better-auth";
import { APIError } from "better-auth/api";
import { hashPassword, verifyPassword } from "better-auth/crypto";
import type { Pool } from "pg";
import { execute } from "./database.ts";
import { currentScope } from "./request-scope.ts";

type Passwords = NonNullable<NonNullable<BetterAuthOptions["emailAndPassword"]>["password"]>;

/** Better Auth's own way with passwords, and a note for the request at hand of the hash that a password was held against. */
export const notedPasswords: Passwords = {
  hash: hashPassword,
  verify: async ({ hash, password }) => {
    const scope = currentScope();
    if (scope) scope.checkedHash = hash;
    return verifyPassword({ hash, password });
  },
};

/**
 * Ends a session that was begun with a password which is none any more.
 *
 * Checking a password takes its time. When it is replaced meanwhile and all sessions end, this one is not among them
 * yet. Whoever replaces a password stores it first and deletes the sessions then: a session that came after the
 * deletion finds the new hash here.
 */
export function endSessionOfReplacedPassword(pool: Pool) {
  return {
    session: {
      create: {
        after: async (session, context) => {
          if (context?.path !== "/sign-in/email") return;
          const ended = await execute(pool, END_UNLESS_CURRENT, [
            session.id,
            session.userId,
            currentScope()?.checkedHash,
          ]);
          if (ended.length === 0) return;
          throw new APIError("UNAUTHORIZED", {
            code: "INVALID_EMAIL_OR_PASSWORD",
            message: "Invalid email or password",
          });
        },
      },
    },
  } satisfies BetterAuthOptions["databaseHooks"];
}

const END_UNLESS_CURRENT = `
  delete from session where id = $1::uuid and not exists (
    select from account where "userId" = $2::uuid and "providerId" = 'credential' and password = $3)
  returning id`;
