import type { BetterAuthOptions } from "better-auth";
import { APIError, createAuthMiddleware, getIP, getSessionFromCtx, isAPIError } from "better-auth/api";
import type { Pool } from "pg";
import { requireProofToDelete } from "./account-deletion.ts";
import { execute } from "./database.ts";
import { take } from "./limits.ts";
import type { Mail } from "./mail.ts";

type Context = Parameters<typeof getSessionFromCtx>[0];

const NAME_MAX_CHARS = 100;

/** How many passwords are tried for one account, from wherever they come. */
const TRIES_PER_ACCOUNT = { max: 100, windowSeconds: 3_600 };

/** What comes before and after Better Auth's own work. */
export function hooks(pool: Pool, mail: Mail | undefined, limited: boolean): NonNullable<BetterAuthOptions["hooks"]> {
  return {
    before: createAuthMiddleware(async (context) => {
      const body = context.body ?? {};
      switch (context.path) {
        case "/sign-up/email":
          return requireName(body.name);
        case "/sign-in/email":
          if (limited && typeof body.email === "string") await limitTries(context, pool, body.email);
          return;
        case "/change-password":
          if (limited) await limitTriesOfOwn(context, pool);
          // Whoever changes a password may do so because somebody else knows the old one.
          return { context: { body: { ...body, revokeOtherSessions: true } } };
        case "/update-user":
          // Of an account, its name can be changed and nothing else.
          return requireName(Object.keys(body).length === 1 && body.name);
        case "/delete-user":
          if (limited) await limitTriesOfOwn(context, pool);
          return requireProofToDelete(context);
      }
    }),
    after: createAuthMiddleware(async (context) => {
      if (context.path !== "/change-password" || isAPIError(context.context.returned)) return;
      const session = context.context.newSession ?? context.context.session;
      if (session) mail?.send("password_changed", session.user.email);
    }),
  };
}

function requireName(name: unknown): void {
  if (typeof name === "string" && name.trim() !== "" && name.length <= NAME_MAX_CHARS) return;
  throw new APIError("BAD_REQUEST", {
    code: "INVALID_NAME",
    message: `A name has 1 to ${NAME_MAX_CHARS} characters, and comes alone where it is changed`,
  });
}

async function limitTriesOfOwn(context: Context, pool: Pool): Promise<void> {
  const session = await getSessionFromCtx(context);
  if (session) await limitTries(context, pool, session.user.email);
}

/**
 * Slows down guessing that is spread over many addresses, which the limit of each address lets through.
 *
 * An address from which the account is signed in at the moment is let through, or anybody could lock anybody out.
 */
async function limitTries(context: Context, pool: Pool, email: string): Promise<void> {
  const wait = await take(pool, "tries", email, TRIES_PER_ACCOUNT);
  if (wait === 0) return;
  const address = context.headers && getIP(context.headers, context.context.options);
  const known = await execute(pool, SIGNED_IN_FROM, [email.toLowerCase(), address ?? ""]);
  if (known.length > 0) return;
  throw new APIError("TOO_MANY_REQUESTS", { code: "TOO_MANY_TRIES" }, { "x-retry-after": String(Math.ceil(wait)) });
}

const SIGNED_IN_FROM = `
  select from session join "user" on "user".id = session."userId"
   where "user".email = $1 and session."ipAddress" = $2 and session."expiresAt" > now() limit 1`;
