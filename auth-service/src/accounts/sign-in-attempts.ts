import { APIError, getIP, type getSessionFromCtx } from "better-auth/api";
import type { Pool } from "pg";
import { consume, refund, reset } from "../database/limits.ts";
import { execute } from "../database/pool.ts";
import { currentScope } from "../http/request-scope.ts";

/** How many wrong passwords are tried for one account from one address; and from wherever they come. */
const PER_ADDRESS = { max: 20, windowSeconds: 3_600 };
const PER_ACCOUNT = { max: 100, windowSeconds: 3_600 };
/** Past these, from an address where the account is signed in: others may come from there too. */
const PER_KNOWN_ADDRESS = { max: 200, windowSeconds: 3_600 };
const TRIES = "tries";

/**
 * Counts a password that is about to be tried, and refuses it when there were too many.
 *
 * It slows down guessing that is spread over many addresses, which the limit of each address lets through. One address
 * alone cannot use up what there is for an account, or anybody could lock anybody out; and from an address where the
 * account is signed in at the moment more is let through.
 */
export async function recordAttempt(
  context: Parameters<typeof getSessionFromCtx>[0],
  pool: Pool,
  email: string,
): Promise<void> {
  const address = (context.headers && getIP(context.headers, context.context.options)) ?? "";
  const wait =
    (await consume(pool, TRIES, [email, address], PER_ADDRESS)) || (await consume(pool, TRIES, [email], PER_ACCOUNT));
  const scope = currentScope();
  if (wait === 0 && scope) scope.attempt = { email, address };
  if (wait === 0) return;
  const known = await execute(pool, SIGNED_IN_FROM, [email.toLowerCase(), address]);
  if (known.length > 0 && (await consume(pool, TRIES, [email, address, "known"], PER_KNOWN_ADDRESS)) === 0) return;
  throw new APIError("TOO_MANY_REQUESTS", { code: "TOO_MANY_TRIES" }, { "x-retry-after": String(Math.ceil(wait)) });
}

/** The password was right. */
export async function refundAttempt(pool: Pool): Promise<void> {
  const { email, address } = currentScope()?.attempt ?? {};
  if (email === undefined || address === undefined) return;
  await refund(pool, TRIES, [email, address]);
  await refund(pool, TRIES, [email]);
}

/** The password is another now. */
export const resetAttempts = (pool: Pool, email: string) => reset(pool, TRIES, email);

const SIGNED_IN_FROM = `
  select from session join "user" on "user".id = session."userId"
   where "user".email = $1 and session."ipAddress" = $2 and session."expiresAt" > now() limit 1`;
