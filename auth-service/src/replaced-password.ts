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

/** Where a password is checked, and how it is refused there. */
const REFUSALS: Record<string, () => APIError> = {
  "/sign-in/email": () =>
    new APIError("UNAUTHORIZED", { code: "INVALID_EMAIL_OR_PASSWORD", message: "Invalid email or password" }),
  "/change-password": () => new APIError("BAD_REQUEST", { code: "INVALID_PASSWORD", message: "Invalid password" }),
};

/**
 * Gives nothing to a password that is none any more.
 *
 * Checking a password takes its time. When it is replaced meanwhile and all sessions end, a session that is begun with it
 * is not among them yet, and a change of it would undo the replacement. Whoever replaces a password stores it first and
 * deletes the sessions then: a session that came after the deletion finds the new hash here. (A reset has deleted what
 * there was together with the password; Better Auth deletes afterwards what came in between.)
 */
export function refuseReplacedPassword(pool: Pool) {
  return {
    account: {
      update: {
        before: async ({ password }, context) => {
          const scope = currentScope();
          if (!scope || typeof password !== "string") return;
          if (scope.resetOf !== undefined) {
            await execute(pool, RESET, [password, scope.resetOf]);
            return false; // Better Auth has nothing left to store.
          }
          const refuse = REFUSALS[context?.path ?? ""];
          if (!refuse) return;
          const userId = context?.context.session?.user.id;
          const replaced = await execute(pool, REPLACE_CHECKED, [password, userId, scope.checkedHash]);
          if (replaced.length === 0) throw refuse();
          scope.checkedHash = password;
          return false;
        },
      },
    },
    verification: {
      delete: {
        after: async ({ value }, context) => {
          const scope = currentScope();
          if (scope && context?.path === "/reset-password") scope.resetOf = value;
        },
      },
    },
    session: {
      create: {
        after: async ({ id, userId }, context) => {
          const refuse = REFUSALS[context?.path ?? ""];
          if (!refuse) return;
          const ended = await execute(pool, END_UNLESS_CURRENT, [id, userId, currentScope()?.checkedHash]);
          if (ended.length > 0) throw refuse();
        },
      },
    },
  } satisfies BetterAuthOptions["databaseHooks"];
}

/** In one statement: were it two, a crash in between would leave a thief signed in, and the link used up. */
const RESET = `
  with replaced as (
    update account set password = $1, "updatedAt" = now() where "userId" = $2::uuid and "providerId" = 'credential')
  delete from session where "userId" = $2::uuid`;

const REPLACE_CHECKED = `
  update account set password = $1, "updatedAt" = now()
   where "userId" = $2::uuid and "providerId" = 'credential' and password = $3
  returning id`;

const END_UNLESS_CURRENT = `
  delete from session where id = $1::uuid and not exists (
    select from account where "userId" = $2::uuid and "providerId" = 'credential' and password = $3)
  returning id`;
