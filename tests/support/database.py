"""A real database, created as in production: roles.sql, then both services' migrations."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg

from taskchat.database.bootstrap import ROLES, RoleUrls, bootstrap
from taskchat_dev_stack.postgres import EmbeddedPostgres

ROOT = Path(__file__).resolve().parents[2]
WAIT_SECONDS = 30
PASSWORDS = {role: f"password-of-{role}" for role in ROLES}
SECRET = "only-for-tests-only-for-tests-only-for-tests"


@dataclass(frozen=True)
class Database:
    """A database, with the URLs of its superuser and roles."""

    admin_url: str
    roles: RoleUrls

    async def fetch(self, query: str, *parameters: Any) -> list[asyncpg.Record]:
        """Run a query as the superuser, with schema `chat` first in the search path."""
        connection = await asyncpg.connect(self.admin_url, server_settings={"search_path": "chat, auth"})
        try:
            return list(await connection.fetch(query, *parameters))
        finally:
            await connection.close()

    async def count(self, table: str, **where: Any) -> int:
        condition = " and ".join(f"{column} = ${n}" for n, column in enumerate(where, 1)) or "true"
        [row] = await self.fetch(f"select count(*) from {table} where {condition}", *where.values())  # noqa: S608
        return int(row["count"])

    @asynccontextmanager
    async def locked(self, table: str, mode: str = "access exclusive") -> AsyncIterator["TableLock"]:
        """Lock the table, by default everyone else out of it; commit what was written on the connection at the end."""
        connection = await asyncpg.connect(self.admin_url, server_settings={"search_path": "chat, auth"})
        try:
            async with connection.transaction():
                await connection.execute(f"lock table {table} in {mode} mode")
                yield TableLock(connection)
        finally:
            await connection.close()

    @asynccontextmanager
    async def rows_locked(self, table: str, user_id: UUID) -> AsyncIterator[None]:
        """Block all writes to this user's rows."""
        connection = await asyncpg.connect(self.admin_url, server_settings={"search_path": "chat"})
        try:
            async with connection.transaction():
                await connection.execute(f"select from {table} where user_id = $1 for update", user_id)
                yield
        finally:
            await connection.close()

    async def create_user(self) -> UUID:
        """Insert an account with the columns that this service reads."""
        user_id = uuid4()
        await self.fetch(
            """insert into auth."user" (id, name, email, "emailVerified", "createdAt", "updatedAt")
               values ($1, 'Test', $2, false, now(), now())""",
            user_id,
            f"{user_id}@example.com",
        )
        return user_id

    async def create_conversation(self, user_id: UUID, title: str = "hello") -> UUID:
        """Insert an empty conversation."""
        conversation_id = uuid4()
        await self.fetch("insert into owner (user_id) values ($1) on conflict do nothing", user_id)
        query = "insert into conversation (id, user_id, title) values ($1, $2, $3)"
        await self.fetch(query, conversation_id, user_id, title)
        return conversation_id

    async def delete_user(self, user_id: UUID) -> None:
        await self.fetch('delete from auth."user" where id = $1', user_id)


class TableLock:
    """An exclusive lock on a table."""

    def __init__(self, connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        self.connection = connection

    async def wait_for_waiter(self) -> None:
        """Wait until another connection waits for a lock."""
        async with asyncio.timeout(WAIT_SECONDS):
            while not await self.connection.fetchval("select count(*) from pg_locks where not granted"):
                pass


async def execute(url: str, *statements: str) -> None:
    """Run each statement separately, over a new connection."""
    connection = await asyncpg.connect(url)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


def migrate_auth(owner_url: str) -> subprocess.CompletedProcess[str]:
    """Run auth-service's migration as a deployment does."""
    environment = {"BETTER_AUTH_SECRET": SECRET, "PUBLIC_URL": "http://localhost:3000"}
    return _run(
        ["node", "auth-service/src/commands/migrate.ts"], {"AUTH_MIGRATION_DATABASE_URL": owner_url, **environment}
    )


def migrate_api(owner_url: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the api's migration as a deployment does."""
    command = [sys.executable, "-m", "alembic", "-c", "api/alembic.ini", *(arguments or ("upgrade", "head"))]
    return _run(command, {"API_MIGRATION_DATABASE_URL": owner_url})


def _run(command: list[str], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )


def migrate(postgres: EmbeddedPostgres) -> Database:
    """Create the roles in a running server's database, then run both migrations."""
    roles = asyncio.run(bootstrap(postgres.url, PASSWORDS))
    for migrated in (migrate_auth(roles.auth_migration), migrate_api(roles.api_migration)):
        if migrated.returncode != 0:
            raise RuntimeError(migrated.stderr)
    return Database(postgres.url, roles)


@contextmanager
def migrated_database() -> Iterator[Database]:
    """Start a new server with a migrated database, and delete it at the end.

    TASKCHAT_TEST_DATABASE_URL names an existing one, for mutation tests: they would start a server for each mutant.
    """
    if url := os.environ.get("TASKCHAT_TEST_DATABASE_URL"):
        yield Database(url, asyncio.run(bootstrap(url, PASSWORDS)))
        return
    with EmbeddedPostgres(durable=False) as postgres:
        yield migrate(postgres)
