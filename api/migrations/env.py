"""Alembic's environment: the role `chat_owner`, its own schema, one migrator at a time."""

import asyncio
import os
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

from alembic import context
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool
from sqlmodel import SQLModel

import taskchat
from taskchat.database.connection_errors import explain_connection_error
from taskchat.database.engine import NO_PREPARED_STATEMENTS
from taskchat.database.readiness import PREPARED, SCHEMA
from taskchat.database.revision import NEWEST_REVISION, is_newer
from taskchat.database.url import DatabaseUrl, InvalidDatabaseUrl, load_direct_database_url

for models in Path(taskchat.__path__[0]).glob("*/models.py"):
    import_module(f"taskchat.{models.parent.name}.models")  # for its tables

LOCK = 7_429_001
"""Any number, the same in every migrator of this schema."""

MESSAGE_BY_WORD = """
create index concurrently message_by_word on message using gin (message_words(user_id, content)) with (fastupdate = off)
"""
"""Built after the migrations, without blocking the services: it takes minutes per million messages.

Without fastupdate, no message and no search has to tidy up after others.
"""
BUILD_LOCK = LOCK + 1
POLL_SECONDS = 1.0

# Revisions that the baseline replaced before anything was released.
UNRELEASED = ("2026_11_20_1101", "2026_11_25_2040")


def is_ours(_object: Any, name: str | None, kind: str, _reflected: bool, _compare_to: Any) -> bool:
    """Leaves out auth-service's table, whose ids we refer to and whose migrations are its own, and MESSAGE_BY_WORD."""
    return (kind, name) not in {("table", "user"), ("index", "message_by_word")}


def migrate(connection: Connection) -> None:
    for precondition in PREPARED:
        if not connection.scalar(text(f"select {precondition.query}")):
            sys.exit(f"The migration of schema {SCHEMA} cannot start: {precondition.remedy}.")
    context.configure(
        connection, target_metadata=SQLModel.metadata, include_object=is_ours, compare_server_default=True
    )
    with context.begin_transaction():
        connection.execute(text("set local statement_timeout = 0"))
        connection.execute(text("set local lock_timeout = '30s'"))
        connection.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        adopt_unreleased(connection)
        if is_ahead(connection):
            return
        context.run_migrations()
        # New tables are the api's to write, by default privileges; which migrations have run is not.
        if connection.scalar(text("select to_regclass('alembic_version') is not null")):
            connection.execute(text("revoke insert, update, delete on alembic_version from chat_api"))


def adopt_unreleased(connection: Connection) -> None:
    """Bring the tables of a database made before the baseline to it; the next migration installs its functions."""
    if not connection.scalar(text("select to_regclass('alembic_version') is not null")):
        return
    if connection.scalar(text("select version_num from alembic_version")) in UNRELEASED:
        connection.execute(text("alter table owner add column requests_due timestamptz not null default now()"))
        connection.execute(text("update alembic_version set version_num = '2026_11_29_2240'"))


def is_ahead(connection: Connection) -> bool:
    """Report a database that a newer version has migrated. Ends the program if another program wrote the revision."""
    if not connection.scalar(text("select to_regclass('alembic_version') is not null")):
        return False
    found = connection.scalars(text("select version_num from alembic_version")).all()
    unknown = set(found) - {script.revision for script in context.script.walk_revisions()}
    if not unknown:
        return False
    if len(found) > 1 or not is_newer(found[0]):
        sys.exit(
            f"The migration of schema {SCHEMA} cannot start: {unknown.pop()!a} in {SCHEMA}.alembic_version is "
            f"neither a migration of this version nor newer than its last one, {NEWEST_REVISION}. "
            "Start the version that wrote it, or restore a backup."
        )
    sys.stdout.write(
        f"The database is ahead of this version, so nothing was done: schema {SCHEMA} is at revision {found[0]}, "
        f"and the newest one here is {NEWEST_REVISION}.\n"
    )
    return True


async def index_messages(engine: AsyncEngine) -> None:
    """Build MESSAGE_BY_WORD unless it is there, or wait until another migrator has."""
    missing = text(
        """select to_regproc('message_words') is not null
          and not exists (select from pg_index where indexrelid = to_regclass('message_by_word') and indisvalid)"""
    )
    building = text("select exists (select from pg_stat_progress_create_index where relid = to_regclass('message'))")
    async with engine.connect() as connection:
        if not await connection.scalar(missing):
            return
    # A separate connection holds the lock, in a transaction without a snapshot. Migrators that wait try again:
    # the index waits for every statement that has begun before, so one that waited for this lock would block it.
    async with engine.connect() as holder:
        while True:
            if await holder.scalar(text("select pg_try_advisory_xact_lock(:lock)"), {"lock": BUILD_LOCK}):
                break
            await holder.rollback()
            await asyncio.sleep(POLL_SECONDS)
        # A transaction keeps the snapshot of its last query until it runs something else. SET needs none.
        await holder.execute(text("set local idle_in_transaction_session_timeout = 0"))
        async with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
            # A migrator that was killed leaves its build running.
            while True:
                if not await connection.scalar(building):
                    break
                await asyncio.sleep(POLL_SECONDS)
            if await connection.scalar(missing):
                await connection.execute(text("set statement_timeout = 0"))
                # A build that was interrupted leaves an invalid index behind.
                await connection.execute(text("drop index concurrently if exists message_by_word"))
                await connection.execute(text(MESSAGE_BY_WORD))
                await connection.execute(text("reset statement_timeout"))


async def connect_and_migrate(url: DatabaseUrl) -> None:
    # Without prepared statements, so that it works through a pooler in transaction mode too, if only that can be had.
    arguments = url.asyncpg_arguments("taskchat-api-migration") | NO_PREPARED_STATEMENTS
    engine = create_async_engine(
        "postgresql+asyncpg://", connect_args=arguments, poolclass=NullPool, hide_parameters=True
    )
    try:
        async with engine.connect() as connection:
            await connection.run_sync(migrate)
            await connection.commit()
        await index_messages(engine)
    finally:
        await engine.dispose()


def database_url() -> DatabaseUrl:
    """Where to migrate: past the pooler, if one is known. Ends the program where a setting is wrong."""
    given, direct_host = os.environ.get("API_MIGRATION_DATABASE_URL"), os.environ.get("DATABASE_DIRECT_HOST")
    if not given:
        sys.exit(
            "API_MIGRATION_DATABASE_URL is missing: the database's URL for the role chat_owner. "
            "API_DATABASE_URL is not enough, because chat_api may not change the schema."
        )
    try:
        return load_direct_database_url(given, "API_MIGRATION_DATABASE_URL", direct_host)
    except InvalidDatabaseUrl as error:
        sys.exit(f"{error}.")


URL = database_url()
try:
    asyncio.run(connect_and_migrate(URL))
except (OSError, DBAPIError) as error:
    # SQLAlchemy wraps the driver's own errors twice.
    cause = error.orig.__cause__ if isinstance(error, DBAPIError) and error.orig else error
    sys.exit(f"The migration of schema {SCHEMA} failed: {explain_connection_error(cause or error, URL)}.")
