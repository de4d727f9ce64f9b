"""Alembic's environment: the role `chat_api`, its own schema, one migrator at a time."""

import asyncio
import os
import sys
from typing import Any

from alembic import context
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool
from sqlmodel import SQLModel

import taskchat.conversations.models
import taskchat.tasks.models  # noqa: F401 (both for their tables)
from taskchat.database import translate_url

SCHEMA = "chat"
LOCK = 7_429_001
"""Any number, the same in every migrator of this schema."""

ROLES = "run packages/shared-schema/roles.sql first"
AUTH = "auth-service's migration has to run first: node auth-service/src/migrate.ts"
PRECONDITIONS = {
    f"select current_schema() = '{SCHEMA}'": ROLES,
    """select to_regclass('auth."user"') is not null""": AUTH,
    """select has_column_privilege('auth."user"', 'id', 'REFERENCES')""": AUTH,
}
"""What must hold, and what to do where it does not."""


def is_ours(_object: Any, name: str | None, kind: str, _reflected: bool, _compare_to: Any) -> bool:
    """Leaves auth-service's table out: we refer to its ids, and its migrations are its own."""
    return not (kind == "table" and name == "user")


def migrate(connection: Connection) -> None:
    for query, remedy in PRECONDITIONS.items():
        if not connection.scalar(text(query)):
            sys.exit(f"The migration of schema {SCHEMA} cannot start: {remedy}.")
    context.configure(
        connection, target_metadata=SQLModel.metadata, include_object=is_ours, compare_server_default=True
    )
    with context.begin_transaction():
        connection.execute(text("set local statement_timeout = 0"))
        connection.execute(text("set local lock_timeout = '30s'"))
        connection.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        context.run_migrations()


async def connect_and_migrate() -> None:
    url, arguments = translate_url(os.environ["API_DATABASE_URL"])
    engine = create_async_engine(url, connect_args=arguments, poolclass=NullPool, hide_parameters=True)
    try:
        async with engine.connect() as connection:
            await connection.run_sync(migrate)
            await connection.commit()
    finally:
        await engine.dispose()


if "API_DATABASE_URL" not in os.environ:
    sys.exit("API_DATABASE_URL is missing: the database's URL for the role chat_api.")
try:
    asyncio.run(connect_and_migrate())
except (OSError, DBAPIError) as error:
    reason = str(error.orig if isinstance(error, DBAPIError) else error).splitlines()[0]
    sys.exit(f"The migration of schema {SCHEMA} failed: {reason}")
