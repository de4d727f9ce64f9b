import type { Pool, PoolClient } from "pg";
import { type AuthOptions, createAuth } from "../auth.ts";
import { inLockedTransaction } from "../database/locked-transaction.ts";
import { pendingMigrations, unknownToThisVersion } from "../database/pending-migrations.ts";
import { MISSING } from "../database/readiness.ts";
import { canSign, hasSigningKey } from "../keys/key-checks.ts";
import { CommandError } from "./command.ts";

/** What a run changed. */
export interface Migrated {
  readonly createdTables: number;
  readonly changedTables: number;
  /** Indexes and grants. */
  readonly otherChanges: number;
  readonly createdKey: boolean;
  /** The tables and columns that this version doesn't know. */
  readonly unknown: readonly string[];
}

/** The lock that a migration of this database holds. */
export const MIGRATIONS_LOCK = "taskchat.auth.migrations";

const PRECONDITIONS = `
  select current_user as role, pg_get_userbyid(nspowner) as owner,
         exists (select from pg_roles where rolname = 'chat_owner') as "hasApiRole"
    from (select) as always left join pg_namespace on nspname = 'auth'`;

const RUN_ROLES = "run the bootstrap as the owner of the database first: python -m taskchat.database.bootstrap";

/**
 * Bring schema `auth` up to date, and create the first signing key.
 *
 * Safe to repeat and to run concurrently. Needs two connections.
 *
 * @throws CommandError - roles or schemas are missing, existing rows prevent a change, or the secret does not match the
 * signing key.
 */
export async function migrate(options: AuthOptions, pool: Pool): Promise<Migrated> {
  const tables = await inLockedTransaction(pool, MIGRATIONS_LOCK, (client) => migrateTables(options, pool, client));
  // Better Auth stores the key on its own connection, which sees the tables only after the commit.
  const createdKey = await inLockedTransaction(pool, MIGRATIONS_LOCK, () => ensureSigningKey(options, pool));
  return { ...tables, createdKey, unknown: await unknownToThisVersion(options, pool) };
}

async function migrateTables(options: AuthOptions, pool: Pool, client: PoolClient) {
  await checkPreconditions(client);
  const pending = await pendingMigrations(options, pool);
  const obstacles = [...pending.unsafeChanges, ...pending.schemaProblems];
  if (obstacles.length > 0) throw new CommandError(obstacles.join(" "));
  await client.query(await pending.compileMigrations());
  for (const { statements } of pending.ownMigrations) for (const sql of statements) await client.query(sql);
  return {
    createdTables: pending.toBeCreated.length,
    changedTables: pending.toBeAdded.length,
    otherChanges: pending.toBeAddedIndexes.length + pending.ownMigrations.length,
  };
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
