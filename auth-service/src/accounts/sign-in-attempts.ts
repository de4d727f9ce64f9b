import { APIError, getIP, type getSessionFromCtx } from "better-auth/api";
import type { Pool } from "pg";
import { consume, refund, reset } from "../database/limits.ts";
import { execute } from "../database/pool.ts";
import { currentScope } from "../http/request-scope.ts";

/** Limits of wrong passwords for one account: from one IP address, and from all of them. */
const PER_ADDRESS = { max: 20, windowSeconds: 3_600 };
const PER_ACCOUNT = { max: 100, windowSeconds: 3_600 };
/** A further limit for addresses where the account is signed in, which others may share. */
const PER_KNOWN_ADDRESS = { max: 200, windowSeconds: 3_600 };
const COUNTER = "tries";

/**
 * Count a password attempt, and reject it if there were too many.
 *
 * This slows down guessing from many addresses, which the limit per address allows. A single address cannot use up the
 * limit of an account, or anyone could lock anyone out. Addresses where the account is signed in get more attempts.
 */
export async function recordAttempt(
  context: Parameters<typeof getSessionFromCtx>[0],
  pool: Pool,
  email: string,
): Promise<void> {
  const address = (context.headers && getIP(context.headers, context.context.options)) ?? "";
  const wait =
    (await consume(pool, COUNTER, [email, address], PER_ADDRESS)) ||
    (await consume(pool, COUNTER, [email], PER_ACCOUNT));
  const scope = currentScope();
  if (wait === 0 && scope) scope.attempt = { email, address };
  if (wait === 0) return;
  const known = await execute(pool, SIGNED_IN_FROM, [email.toLowerCase(), address]);
  if (known.length > 0 && (await consume(pool, COUNTER, [email, address, "known"], PER_KNOWN_ADDRESS)) === 0) return;
  throw new APIError("TOO_MANY_REQUESTS", { code: "TOO_MANY_TRIES" }, { "x-retry-after": String(Math.ceil(wait)) });
}

/** Take back the current attempt: the password was correct. */
export async function refundAttempt(pool: Pool): Promise<void> {
  const { email, address } = currentScope()?.attempt ?? {};
  if (email === undefined || address === undefined) return;
  await refund(pool, COUNTER, [email, address]);
  await refund(pool, COUNTER, [email]);
}

/** Reset the count after the password changed. */
export const resetAttempts = (pool: Pool, email: string) => reset(pool, COUNTER, email);

const SIGNED_IN_FROM = `
  select from session join "user" on "user".id = session."userId"
   where "user".email = $1 and session."ipAddress" = $2 and session."expiresAt" > now() limit 1`;
