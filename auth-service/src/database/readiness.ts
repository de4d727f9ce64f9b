import { setTimeout as delay } from "node:timers/promises";
import { BetterAuthError } from "better-auth";
import type { Pool } from "pg";
import type { Logger } from "pino";
import { type Auth, type AuthOptions, createAuth } from "../auth.ts";
import { canSign, hasSigningKey } from "../keys/key-checks.ts";
import { describeError } from "../log.ts";
import { explainConnectionError } from "./connection-errors.ts";
import type { DatabaseUrl } from "./database-url.ts";
import { pendingMigrations } from "./pending-migrations.ts";
import { execute } from "./pool.ts";

const MIGRATE = "run the migrations of auth-service: node auth-service/src/commands/migrate.ts";
const RUN_ROLES = "run the bootstrap as the owner of the database: python -m taskchat.database.bootstrap";

/** The role in AUTH_DATABASE_URL has more privileges than it needs. */
const excess = (what: string) =>
  `the role in AUTH_DATABASE_URL ${what}: connect as auth_service, or ${RUN_ROLES}` as const;

/** The things that may be missing, as /readyz and the log report them. */
export const MISSING = {
  database: "the database cannot be reached",
  role_reads_chat: excess("can read conversations and tasks"),
  role_administers: excess("has the attributes of an administrator"),
  role_is_member: excess("is a member of another role"),
  role_owns: excess("owns objects in the database"),
  role_creates: excess("can create objects in a schema or database"),
  role_changes_tables: excess("has more than SELECT, INSERT, UPDATE and DELETE on a table"),
  role_has_no_schema: excess("has no schema auth to work in"),
  schema: `schema auth is not that of this version: ${MIGRATE}`,
  schema_too_new:
    "schema auth requires columns that this version doesn't write: run the version that added them, or give them a default",
  signing_key: `there is no signing key: ${MIGRATE}`,
  secret:
    "the signing key in the database was made with another BETTER_AUTH_SECRET: set that one, or run rotate-secret.ts if it was lost or leaked",
} as const;

type Missing = keyof typeof MISSING;

/**
 * The first problem of our role. Objects that a role creates may run with the privileges of other roles.
 *
 * The api makes the same checks.
 */
const ROLE = `
  select case
    when exists (
      select from pg_class where relnamespace = to_regnamespace('chat') and relkind in ('r', 'p', 'v', 'm')
        and has_any_column_privilege(oid, 'SELECT'))
      then 'role_reads_chat'
    when (select rolsuper or rolcreaterole or rolcreatedb or rolreplication or rolbypassrls
            from pg_roles where rolname = current_user)
      then 'role_administers'
    when exists (select from pg_auth_members where member = to_regrole(quote_ident(current_user)))
      then 'role_is_member'
    when exists (
      select from pg_shdepend
       where refclassid = 'pg_authid'::regclass and refobjid = to_regrole(quote_ident(current_user))
         and deptype = 'o' and classid <> 'pg_default_acl'::regclass
         and dbid in (0, (select oid from pg_database where datname = current_database())))
      then 'role_owns'
    when exists (select from pg_database where has_database_privilege(oid, 'CREATE')) or exists (
      select from pg_namespace where nspname !~ '^pg_(toast_)?temp_' and has_schema_privilege(oid, 'CREATE'))
      then 'role_creates'
    when exists (
      select from pg_class where oid >= 16384 and relkind in ('r', 'p', 'v', 'm', 'f')
        and (has_table_privilege(oid, 'TRIGGER, TRUNCATE') or has_any_column_privilege(oid, 'REFERENCES')))
      then 'role_changes_tables'
    when current_schema() is distinct from 'auth' then 'role_has_no_schema'
  end as wrong`;

const RETRY_MS = 500;

/** Holds back requests until Better Auth is ready. */
export interface Gate {
  /** Better Auth; undefined until everything it needs was available once. */
  auth(): Auth | undefined;
  /** The first missing thing; undefined if requests can be served. */
  missing(): Promise<Missing | undefined>;
}

/**
 * Wait in the background for database, schema and signing key, then open permanently.
 *
 * Better Auth is created only then: created earlier, it would remember that tables are missing and fail until a restart.
 */
export function createGate(options: AuthOptions, pool: Pool, url: DatabaseUrl, log: Logger): Gate {
  let auth: Auth | undefined;
  let missing: Missing = "database";

  async function wait(): Promise<void> {
    let lastReason = "";
    for (;;) {
      const found = await checkReadiness(options, pool);
      if ("auth" in found) {
        auth = found.auth;
        log.info("ready");
        return;
      }
      missing = found.missing;
      const error = found.error === undefined ? undefined : describeError(found.error);
      const reason = missing === "database" ? explainConnectionError(found.error, url) : MISSING[missing];
      if (reason !== lastReason) log.warn({ error, reason }, `waiting: ${MISSING[missing]}`);
      lastReason = reason;
      await delay(RETRY_MS);
    }
  }

  void wait();
  return {
    auth: () => auth,
    missing: async () => (auth ? missingToSign(auth, pool).catch(() => "database" as const) : missing),
  };
}

type Found = { readonly auth: Auth } | { readonly missing: Missing; readonly error?: unknown };

/** Better Auth if everything it needs is available, or else what is missing. */
export async function checkReadiness(options: AuthOptions, pool: Pool): Promise<Found> {
  try {
    const [role] = await execute<{ wrong: Missing | null }>(pool, ROLE);
    if (role?.wrong) return { missing: role.wrong };
    const { isPending, schemaProblems } = await pendingMigrations(options, pool);
    if (isPending) return { missing: "schema" };
    if (schemaProblems.length > 0) return { missing: "schema_too_new" };
    const auth = createAuth(options);
    const missing = await missingToSign(auth, pool);
    return missing ? { missing } : { auth };
  } catch (error) {
    return { missing: error instanceof BetterAuthError ? "schema" : "database", error };
  }
}

/** Check that tokens can be signed. The secret may have been replaced while this process runs with the old one. */
async function missingToSign(auth: Auth, pool: Pool): Promise<Missing | undefined> {
  if (!(await hasSigningKey(pool))) return "signing_key";
  return (await canSign(auth)) ? undefined : "secret";
}
