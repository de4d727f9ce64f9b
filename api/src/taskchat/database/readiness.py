"""Checks that the database is ready for requests, with a remedy for each failure."""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TypeAlias
from uuid import uuid4

import asyncpg
from sqlalchemy.ext.asyncio import AsyncEngine

from taskchat.database.connection_errors import explain_connection_error
from taskchat.database.engine import PREPARED_STATEMENT_SQLSTATES, PREPARED_STATEMENTS_REFUSED, is_reachable
from taskchat.database.revision import NEWEST_REVISION, REVISION_ID
from taskchat.database.url import DatabaseUrl

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

logger = logging.getLogger(__name__)

TIMEOUT_SECONDS = 3
SCHEMA = "chat"
RUN_BOOTSTRAP = "run the bootstrap as the owner of the database: python -m taskchat.database.bootstrap"
MIGRATE_AUTH = "auth-service's migration has to run first: node auth-service/src/commands/migrate.ts"
MIGRATE_API = "run the migrations of the api: alembic -c api/alembic.ini upgrade head"


@dataclass(frozen=True)
class Precondition:
    """A query that must return true, and the remedy if it does not."""

    query: str
    remedy: str


MAY_REFERENCE_USERS = "coalesce(has_column_privilege(to_regclass('auth.\"user\"'), 'id', 'REFERENCES'), false)"
PREPARED = (
    Precondition(f"to_regnamespace('{SCHEMA}') is not null", f"schema {SCHEMA} is missing: {RUN_BOOTSTRAP}"),
    Precondition(
        f"(select pg_get_userbyid(nspowner) = current_user from pg_namespace where nspname = '{SCHEMA}')",  # noqa: S608
        f"API_MIGRATION_DATABASE_URL has to be the URL of the owner of schema {SCHEMA}: connect as chat_owner, "
        f"or {RUN_BOOTSTRAP}",
    ),
    Precondition(f"current_schema() is not distinct from '{SCHEMA}'", RUN_BOOTSTRAP),
    Precondition("to_regclass('auth.\"user\"') is not null", MIGRATE_AUTH),
    Precondition(MAY_REFERENCE_USERS, MIGRATE_AUTH),
)
"""Required before our migrations."""


def _limit(query: str, excess: str) -> Precondition:
    return Precondition(query, f"the role in API_DATABASE_URL {excess}: connect as chat_api, or {RUN_BOOTSTRAP}")


# Postgres may run what a role creates with the privileges of others. auth-service checks the same, in readiness.ts.
LEAST_PRIVILEGE = (
    Precondition(
        """not exists (
          select from pg_class
          where relnamespace = to_regnamespace('auth') and relkind in ('r', 'p', 'v', 'm')
            and has_any_column_privilege(oid, 'SELECT'))""",
        "the role in API_DATABASE_URL can read accounts and sessions: "
        "connect as chat_api, or revoke what it was granted",
    ),
    _limit(
        """(select not (rolsuper or rolcreaterole or rolcreatedb or rolreplication or rolbypassrls)
          from pg_roles where rolname = current_user)""",
        "has the attributes of an administrator",
    ),
    _limit(
        "not exists (select from pg_auth_members where member = to_regrole(quote_ident(current_user)))",
        "is a member of another role",
    ),
    _limit(
        """not exists (
          select from pg_shdepend
          where refclassid = 'pg_authid'::regclass and refobjid = to_regrole(quote_ident(current_user))
            and deptype = 'o' and classid <> 'pg_default_acl'::regclass
            and dbid in (0, (select oid from pg_database where datname = current_database())))""",
        "owns objects in the database",
    ),
    _limit(
        """not exists (select from pg_database where has_database_privilege(oid, 'CREATE'))
          and not exists (
            select from pg_namespace where nspname !~ '^pg_(toast_)?temp_' and has_schema_privilege(oid, 'CREATE'))""",
        "can create objects in a schema or database",
    ),
    _limit(
        """not exists (
          select from pg_class
          where oid >= 16384 and relkind in ('r', 'p', 'v', 'm', 'f')
            and (has_table_privilege(oid, 'TRIGGER, TRUNCATE') or has_any_column_privilege(oid, 'REFERENCES')))""",
        "has more than SELECT, INSERT, UPDATE and DELETE on a table",
    ),
)
"""Checks that whoever steals our role gets access to our rows only."""
MIGRATED = Precondition(
    f"""(select count(*) = 1 and bool_and(
          version_num = '{NEWEST_REVISION}'
          or version_num ~ '{REVISION_ID}' and version_num collate "C" > '{NEWEST_REVISION}')
        from alembic_version)""",  # noqa: S608
    f"schema {SCHEMA} is not that of this version: {MIGRATE_API}",
)
"""At our newest revision, or ahead of it after a rollback. `is_newer` in revision.py compares the same way."""
GRANTED = Precondition(
    """coalesce(has_function_privilege(to_regproc('begin_turn_2'), 'EXECUTE')
      and has_table_privilege(to_regclass('tool_call'), 'INSERT'), false)""",
    f"the role in API_DATABASE_URL lacks privileges in schema {SCHEMA}: connect as chat_api, or {RUN_BOOTSTRAP}",
)
SERVING = (
    *LEAST_PRIVILEGE,
    Precondition(f"current_schema() is not distinct from '{SCHEMA}'", f"schema {SCHEMA} is missing: {RUN_BOOTSTRAP}"),
    MIGRATED,
    GRANTED,
)
"""Required before we serve requests."""


class Readiness:
    """Tracks whether the database is ready.

    Checks everything until it was ready once, and only reachability from then on.
    """

    def __init__(self, engine: AsyncEngine, url: DatabaseUrl, *, prepared_statements: bool) -> None:
        self._engine = engine
        self._url = url
        self._prepared_statements = prepared_statements
        self._was_ready = False

    async def missing(self) -> str | None:
        """Return what is missing and how to fix it, in one sentence; None when ready."""
        if self._was_ready and await is_reachable(self._engine):
            return None
        missing = await self._find_missing()
        self._was_ready = missing is None
        return missing

    async def report(self) -> None:
        """Log a line if something is missing."""
        if (missing := await self.missing()) is not None:
            logger.warning("not ready: %s", missing)

    async def _find_missing(self) -> str | None:
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS), connected(self._url) as connection:
                missing = await unmet(connection, *SERVING)
            if missing is None and self._prepared_statements:
                return await prepared_statements_refused(self._url)
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            return explain_connection_error(error, self._url)
        return missing


@asynccontextmanager
async def connected(url: DatabaseUrl) -> AsyncIterator[Connection]:
    """Open a connection outside the pool, without prepared statements."""
    connection = await asyncpg.connect(**url.asyncpg_arguments("taskchat-api"), statement_cache_size=0)
    try:
        yield connection
    finally:
        connection.terminate()


async def unmet(connection: Connection, *preconditions: Precondition) -> str | None:
    """Return the remedy of the first precondition that fails, in one round trip."""
    questions = ", ".join(precondition.query for precondition in preconditions)
    try:
        answers = await connection.fetchrow(f"select {questions}")
    except asyncpg.InsufficientPrivilegeError:  # to read alembic_version, or even to look up names in schema auth
        return await _unmet_unless_migrated(connection, preconditions, RUN_BOOTSTRAP)
    except (asyncpg.UndefinedTableError, asyncpg.UndefinedColumnError):  # no alembic_version, or not Alembic's
        return await _unmet_unless_migrated(connection, preconditions, MIGRATED.remedy)
    assert answers is not None
    return next((p.remedy for p, holds in zip(preconditions, answers, strict=True) if not holds), None)


async def _unmet_unless_migrated(
    connection: Connection, preconditions: Sequence[Precondition], remedy: str
) -> str | None:
    """Check again without a look at the migrations, which failed; its remedy keeps their place in the order."""
    if MIGRATED not in preconditions:
        return remedy
    replacement = Precondition("false", remedy)
    return await unmet(connection, *(replacement if p is MIGRATED else p for p in preconditions))


async def prepared_statements_refused(url: DatabaseUrl) -> str | None:
    """Return the remedy if a pooler loses prepared statements.

    None if it keeps them, or if the check is inconclusive.

    In transaction mode a pooler gives each transaction a free connection, the most recently used one first. So two
    clients that prepare a statement with the same name conflict on one connection, and a client loses its statement
    when another one gets its connection.
    """
    name = f"taskchat_{uuid4().hex}"
    try:
        async with asyncio.timeout(TIMEOUT_SECONDS), connected(url) as first, connected(url) as second:
            statement = await first.prepare("select 1", name=name)
            await statement.fetchval()  # ends the transaction for the pooler
            await second.prepare("select 1", name=name)
            async with second.transaction():
                await second.execute("select 1")
                await statement.fetchval()
    except asyncpg.PostgresError as error:
        if error.sqlstate not in PREPARED_STATEMENT_SQLSTATES:
            raise
        return PREPARED_STATEMENTS_REFUSED
    except TimeoutError:  # a pooler with a single connection, or a slow one
        return None
    return None
