import type { User } from "better-auth";
import type { Pool } from "pg";
import type { Logger } from "pino";
import { execute } from "../database/pool.ts";
import { describeError } from "../log.ts";
import type { Settings } from "../settings.ts";

/** In batches, to keep statements short; the rest follows an hour later. */
const EXPIRED_SESSIONS = `
  delete from session where id in (
    select id from session where "expiresAt" < now() or "createdAt" < now() - make_interval(days => $1) limit 10000)`;
const EXPIRED_VERIFICATIONS = `
  delete from verification where id in (select id from verification where "expiresAt" < now() limit 10000)`;

/**
 * The deadline to confirm an account's address.
 *
 * Only accounts that were created while mails are enabled have one. Older accounts may be unconfirmed too, but are in use.
 * The identifier is random because Better Auth looks up identifiers that requests contain.
 */
const INSERT_DEADLINE = `
  insert into verification (id, identifier, value, "expiresAt", "createdAt", "updatedAt")
  values (gen_random_uuid(), 'unconfirmed:' || gen_random_uuid(), $1, now() + interval '7 days', now(), now())`;

/** Foreign keys cascade to their other rows. */
const UNCONFIRMED_ACCOUNTS = `
  delete from "user" using verification
   where starts_with(verification.identifier, 'unconfirmed:') and verification.value = "user".id::text
     and verification."expiresAt" < now()
     and not "user"."emailVerified" and not exists (select from session where "userId" = "user".id)`;

/** Set a deadline to confirm a new account's address, so that strangers can't occupy an address forever. */
export function setConfirmationDeadline({ mail }: Settings, pool: Pool) {
  return async ({ id, emailVerified }: Pick<User, "id" | "emailVerified">) => {
    if (mail?.to === "server" && !emailVerified) await execute(pool, INSERT_DEADLINE, [id]);
  };
}

/**
 * Delete expired sessions, expired verifications and accounts that were not confirmed in time.
 *
 * Runs in the background. Sessions contain IP addresses, so they must not outlive their purpose.
 */
export function housekeeping({ mail, sessionMaxAgeDays }: Settings, pool: Pool, log: Logger): () => Promise<void> {
  const rows = async (statement: string, values: unknown[] = []) => (await pool.query(statement, values)).rowCount ?? 0;
  return async () => {
    try {
      // Older sessions may exceed the maximum age after the setting was lowered.
      const sessions = await rows(EXPIRED_SESSIONS, [sessionMaxAgeDays]);
      const accounts = mail?.to === "server" ? await rows(UNCONFIRMED_ACCOUNTS) : 0;
      const verifications = await rows(EXPIRED_VERIFICATIONS);
      log.info({ sessions, accounts, verifications }, "expired rows deleted");
    } catch (error) {
      log.warn({ error: describeError(error) }, "could not delete expired rows");
    }
  };
}
