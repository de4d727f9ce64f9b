import { type BetterAuthOptions, getCurrentAdapter } from "better-auth";
import { APIError } from "better-auth/api";
import { hashPassword, verifyPassword } from "better-auth/crypto";
import type { Pool } from "pg";
import { execute } from "../database/pool.ts";
import { currentScope } from "../http/request-scope.ts";

type Passwords = NonNullable<NonNullable<BetterAuthOptions["emailAndPassword"]>["password"]>;

/** Better Auth's own hashing, which also records the hash that a request checked a password against. */
export const passwordHashing: Passwords = {
  hash: hashPassword,
  verify: async ({ hash, password }) => {
    const scope = currentScope();
    if (scope) scope.checkedHash = hash;
    return verifyPassword({ hash, password });
  },
};

/** The endpoints that check a password, and how each rejects one. */
const REFUSALS: Record<string, () => APIError> = {
  "/sign-in/email": () =>
    new APIError("UNAUTHORIZED", { code: "INVALID_EMAIL_OR_PASSWORD", message: "Invalid email or password" }),
  "/change-password": () => new APIError("BAD_REQUEST", { code: "INVALID_PASSWORD", message: "Invalid password" }),
};

/**
 * Reject a password that another request replaced while this one was checking it.
 *
 * Checking a password takes a while. A session that starts with a replaced password ends at once, and a change that was
 * authorized by one is refused. Better Auth stores a new password and ends the sessions in one transaction; a session that
 * another request stores and checks between these two steps escapes both, so END_OTHER_SESSIONS follows.
 */
export function stalePasswordGuard(pool: Pool) {
  return {
    account: {
      update: {
        before: async ({ password }, context) => {
          const scope = currentScope();
          const refuse = REFUSALS[context?.path ?? ""];
          if (!scope || !context || !refuse || typeof password !== "string") return;
          // In Better Auth's transaction: through another connection, a failure later on would keep the new password.
          const adapter = await getCurrentAdapter(context.context.adapter);
          const replaced = await adapter.updateMany({
            model: "account",
            where: [
              { field: "userId", value: context.context.session?.user.id ?? null },
              { field: "providerId", value: "credential" },
              { field: "password", value: scope.checkedHash ?? null },
            ],
            update: { password, updatedAt: new Date() },
          });
          if (replaced === 0) throw refuse();
          scope.checkedHash = password;
          return false; // The update is done.
        },
      },
    },
    session: {
      create: {
        after: async ({ id, userId }, context) => {
          const refuse = REFUSALS[context?.path ?? ""];
          if (!refuse) return;
          const values = [id, userId, currentScope()?.checkedHash];
          const [row] = await execute<{ isCurrent: boolean }>(pool, END_UNLESS_CURRENT, values);
          if (!row?.isCurrent) throw refuse();
        },
      },
    },
  } satisfies BetterAuthOptions["databaseHooks"];
}

/** Ends the sessions that were stored while the password was being replaced. */
export const END_OTHER_SESSIONS = 'delete from session where "userId" = $1::uuid and id is distinct from $2::uuid';

/** `for share` waits for a transaction that is replacing the password. */
const END_UNLESS_CURRENT = `
  with current as (
    select from account where "userId" = $2::uuid and "providerId" = 'credential' and password = $3 for share),
  ended as (delete from session where id = $1::uuid and not exists (select from current))
  select exists (select from current) as "isCurrent"`;
