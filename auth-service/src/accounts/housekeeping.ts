import type { User } from "better-auth";
import type { Pool } from "pg";
import type { Logger } from "pino";
import { execute } from "../database/pool.ts";
import { describeError } from "../log.ts";
import type { Settings } from "../settings.ts";

/** In batches, so that no statement takes long; the next hour takes the next. */
const EXPIRED_SESSIONS = `
  delete from session where id in (
    select id from session where "expiresAt" < now() or "createdAt" < now() - make_interval(days => $1) limit 10000)`;
const EXPIRED_VERIFICATIONS = `
  delete from verification where id in (select id from verification where "expiresAt" < now() limit 10000)`;

/**
 * Says until when an account may go unconfirmed. Only those that began so have it: where mails were turned on later, others
 * are not confirmed either, and are full of what people wrote. Its identifier is nobody's to know: Better Auth looks for
 * some that are in a request.
 */
const INSERT_DEADLINE = `
  insert into verification (id, identifier, value, "expiresAt", "createdAt", "updatedAt")
  values (gen_random_uuid(), 'unconfirmed:' || gen_random_uuid(), $1, now() + interval '7 days', now(), now())`;

/** Foreign keys take along what there is of them. */
const UNCONFIRMED_ACCOUNTS = `
  delete from "user" using verification
   where starts_with(verification.identifier, 'unconfirmed:') and verification.value = "user".id::text
     and verification."expiresAt" < now()
     and not "user"."emailVerified" and not exists (select from session where "userId" = "user".id)`;

/** Notes of a new account that its address is to be confirmed, or somebody could hold somebody else's for ever. */
export function setConfirmationDeadline({ mail }: Settings, pool: Pool) {
  return async ({ id, emailVerified }: Pick<User, "id" | "emailVerified">) => {
    if (mail?.to === "server" && !emailVerified) await execute(pool, INSERT_DEADLINE, [id]);
  };
}

/**
 * Clears away what has expired: sessions, which hold addresses, what was to be verified, and accounts that nobody confirmed.
 *
 * Once an hour in each process, beside requests: none waits for it or fails with it.
 */
export function housekeeping({ mail, sessionMaxAgeDays }: Settings, pool: Pool, log: Logger): () => Promise<void> {
  const rows = async (statement: string, values: unknown[] = []) => (await pool.query(statement, values)).rowCount ?? 0;
  return async () => {
    try {
      // Also sessions that are too old, from before the setting was lowered.
      const sessions = await rows(EXPIRED_SESSIONS, [sessionMaxAgeDays]);
      const accounts = mail?.to === "server" ? await rows(UNCONFIRMED_ACCOUNTS) : 0;
      const verifications = await rows(EXPIRED_VERIFICATIONS);
      log.info({ sessions, accounts, verifications }, "what has expired is cleared away");
    } catch (error) {
      log.warn({ error: describeError(error) }, "what has expired could not be cleared away");
    }
  };
}
