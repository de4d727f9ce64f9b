import type { Pool, PoolClient } from "pg";
import { type AuthOptions, createAuth } from "../auth.ts";
import { inLockedTransaction } from "../database/locked-transaction.ts";
import { MISSING, pendingMigrations } from "../database/readiness.ts";
import { canSign, hasSigningKey } from "../keys/key-checks.ts";
import { CommandError } from "./command.ts";

/** What a run changed. */
export interface Migrated {
  readonly createdTables: number;
  readonly changedTables: number;
  readonly createdKey: boolean;
}

/** The lock that a migration of this database holds. */
export const MIGRATIONS_LOCK = "taskchat.auth.migrations";

const PRECONDITIONS = `
  select current_user as role, pg_get_userbyid(nspowner) as owner,
         exists (select from pg_roles where rolname = 'chat_owner') as "hasApiRole"
    from (select) as always left join pg_namespace on nspname = 'auth'`;

const RUN_ROLES = "run the bootstrap as the owner of the database first: python -m taskchat.database.bootstrap";

/** For the foreign key of chat.owner, which the api's migrations create. The role chat_api gets no privilege. */
const GRANT = 'grant references (id) on "user" to chat_owner';

/**
 * Make provider accounts unique, and delete duplicates.
 *
 * Better Auth checks before it inserts, so two concurrent sign-ins can store the same account twice, after which it rejects
 * that account forever.
 */
const ONE_ACCOUNT_OF_PROVIDER = [
  `delete from account doubled using account kept
    where (doubled."providerId", doubled."accountId", doubled."userId")
        = (kept."providerId", kept."accountId", kept."userId") and doubled.id > kept.id`,
  'create unique index if not exists account_of_provider on account ("providerId", "accountId")',
];

/**
 * Bring schema `auth` up to date, and create the first signing key.
 *
 * Safe to repeat and to run concurrently. Needs two connections.
 *
 * @throws CommandError - roles or schemas are missing, existing rows prevent a change, or the secret does not match the
 * signing key.
 */
export async function migrate(options: AuthOptions, pool: Pool): Promise<Migrated> {
  const tables = await inLockedTransaction(pool, MIGRATIONS_LOCK, (client) => migrateTables(options, client));
  // Better Auth stores the key on its own connection, which sees the tables only after the commit.
  const createdKey = await inLockedTransaction(pool, MIGRATIONS_LOCK, () => ensureSigningKey(options, pool));
  return { ...tables, createdKey };
}

async function migrateTables(options: AuthOptions, client: PoolClient) {
  await checkPreconditions(client);
  const { toBeCreated, toBeAdded, unsafeChanges, compileMigrations } = await pendingMigrations(options);
  if (unsafeChanges.length > 0) throw new CommandError(unsafeChanges.join(" "));
  await client.query(await compileMigrations());
  for (const statement of [GRANT, ...ONE_ACCOUNT_OF_PROVIDER]) await client.query(statement);
  return { createdTables: toBeCreated.length, changedTables: toBeAdded.length };
}

async function checkPreconditions(client: PoolClient): Promise<void> {
  const { rows } = await client.query<{ role: string; owner: string | null; hasApiRole: boolean }>(PRECONDITIONS);
  const [found] = rows;
  if (!found?.owner) throw new CommandError(`there is no schema auth: ${RUN_ROLES}`);
  if (!found.hasApiRole) throw new CommandError(`there is no role chat_owner: ${RUN_ROLES}`);
  if (found.role === found.owner) return;
  throw new CommandError(
    `AUTH_MIGRATION_DATABASE_URL names the role ${found.role}, but schema auth belongs to ${found.owner}: ` +
      (found.owner === "auth_owner" ? "connect as auth_owner" : RUN_ROLES),
  );
}

async function ensureSigningKey(options: AuthOptions, pool: Pool): Promise<boolean> {
  const auth = createAuth(options);
  const isFirst = !(await hasSigningKey(pool));
  // Better Auth creates the first key here.
  if (!(await canSign(auth))) throw new CommandError(MISSING.secret);
  return isFirst;
}
