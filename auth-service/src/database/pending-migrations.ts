import { getSchema } from "better-auth/db";
import { getMigrations } from "better-auth/db/migration";
import type { Pool } from "pg";
import type { AuthOptions } from "../auth.ts";
import { execute } from "./pool.ts";

/** A change to Better Auth's tables that Better Auth doesn't make. */
interface OwnMigration {
  /** An SQL condition that is true once the statements have run, also as seen by the role auth_service. */
  readonly isDone: string;
  readonly statements: readonly string[];
  /**
   * For statements that drop or change something: the release that stopped using it.
   *
   * That has to be the previous release, to which operators may roll back.
   */
  readonly unusedSince?: string;
}

const OWN_MIGRATIONS: readonly OwnMigration[] = [
  {
    // For the foreign key of chat.owner, which the api's migrations create. The role chat_api gets no privilege.
    isDone: `exists (
      select from pg_attribute where attrelid = to_regclass('"user"') and attname = 'id'
         and has_column_privilege(to_regrole('chat_owner')::oid, attrelid, attnum, 'REFERENCES'))`,
    statements: ['grant references (id) on "user" to chat_owner'],
  },
  {
    // Make provider accounts unique, and delete duplicates. Better Auth checks before it inserts, so two concurrent
    // sign-ins can store the same account twice, after which it rejects that account forever.
    isDone: "to_regclass('account_of_provider') is not null",
    statements: [
      `delete from account doubled using account kept
        where (doubled."providerId", doubled."accountId", doubled."userId")
            = (kept."providerId", kept."accountId", kept."userId") and doubled.id > kept.id`,
      'create unique index account_of_provider on account ("providerId", "accountId")',
    ],
  },
];

/**
 * Find what schema `auth` lacks for this version.
 *
 * Nothing is pending on the schema of a newer version either, because migrations only add. `unsafeChanges` lists changes
 * that need data which no default can provide; `schemaProblems`, columns that keep this version from inserting rows.
 *
 * @throws BetterAuthError - an index of the same name has another definition.
 */
export async function pendingMigrations(options: AuthOptions, pool: Pool) {
  const plan = await getMigrations(options, { throwOnUnsafe: false });
  const conditions = OWN_MIGRATIONS.map(({ isDone }) => isDone).join(", ");
  const [row] = await execute<{ done: boolean[] }>(pool, `select array[${conditions}] as done`);
  const ownMigrations = OWN_MIGRATIONS.filter((_, number) => row?.done[number] !== true);
  const changes = [plan.toBeCreated, plan.toBeAdded, plan.toBeAddedIndexes, ownMigrations];
  return { ...plan, ownMigrations, isPending: changes.some(({ length }) => length > 0) };
}

/** The tables and columns of schema `auth` that this version doesn't know, such as those of a newer one. */
export async function unknownToThisVersion(options: AuthOptions, pool: Pool): Promise<string[]> {
  const known = new Map(
    Object.entries(getSchema(options)).map(([table, { fields }]) => [table, new Set(["id", ...Object.keys(fields)])]),
  );
  const columns = await execute<{ table: string; column: string }>(
    pool,
    `select relname as table, attname as column
       from pg_class join pg_attribute on attrelid = pg_class.oid
      where relnamespace = to_regnamespace(current_schema()) and relkind in ('r', 'p') and attnum > 0 and not attisdropped
      order by relname, attnum`,
  );
  const unknown = columns.flatMap(({ table, column }) => {
    const fields = known.get(table);
    if (fields === undefined) return [table];
    return fields.has(column) ? [] : [`${table}.${column}`];
  });
  return [...new Set(unknown)];
}
