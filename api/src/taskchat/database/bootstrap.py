"""Creates the database's roles and schemas, and sets the roles' passwords.

    python -m taskchat.database.bootstrap

Settings: DATABASE_URL, the URL of the database's owner; AUTH_SERVICE_PASSWORD, CHAT_API_PASSWORD, AUTH_OWNER_PASSWORD
and CHAT_OWNER_PASSWORD; DATABASE_DIRECT_HOST, where that URL leads to a pooler other than Neon's.

Run it before the migrations, and again at each update. It needs no psql.
"""

import asyncio
import os
import random
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from taskchat.database.connection_errors import explain_connection_error
from taskchat.database.url import (
    DatabaseUrl,
    InvalidDatabaseUrl,
    load_database_url,
    load_direct_database_url,
    url_for_role,
)
from taskchat.streams import use_utf8

ROLES_SQL = Path(__file__).with_name("roles.sql")
ROLES = ("auth_service", "chat_api", "auth_owner", "chat_owner")
CONNECT_SECONDS = 30.0
RUN_SECONDS = 60.0
ATTEMPTS = 5
PAUSE_SECONDS = 1.0
"""At most, between attempts. Random, so that those that collided do not collide again."""
SET_PASSWORD = "SELECT set_config('taskchat.' || $1 || '_password', $2, true)"  # noqa: S105
COLLISIONS = (
    # With a bootstrap of another database: they share the server's roles, but roles.sql can lock only its own database.
    *(asyncpg.DuplicateObjectError, asyncpg.UniqueViolationError, asyncpg.InternalServerError),
    # With running services, while tables of an older release change owner.
    *(asyncpg.DeadlockDetectedError, asyncpg.LockNotAvailableError),
)


class BootstrapError(Exception):
    """One line: why the database can't be prepared and how to fix it. Contains no password."""


@dataclass(frozen=True)
class RoleUrls:
    """The URL of each role.

    Attributes:
        auth, api: for the services.
        auth_migration, api_migration: the schemas' owners, for the migrations only.
    """

    auth: str
    api: str
    auth_migration: str
    api_migration: str


def password_setting(role: str) -> str:
    """Return the name of the setting with a role's password."""
    return f"{role.upper()}_PASSWORD"


async def bootstrap(
    admin_url: str,
    passwords: Mapping[str, str],
    *,
    name: str = "DATABASE_URL",
    direct_host: str | None = None,
) -> RoleUrls:
    """Run roles.sql in a database. Idempotent; sets the passwords each time.

    Args:
        admin_url: the URL of the database's owner or of a superuser.
        passwords: one for each of ROLES.
        name: the setting that contains the URL, for messages.
        direct_host: `host` or `host:port` of the database behind a pooler. Neon's is known.

    Raises:
        InvalidDatabaseUrl: a setting is wrong.
        BootstrapError: the database can't be reached, or it refuses.
    """
    url = load_direct_database_url(admin_url, name, direct_host)
    for role in ROLES:
        _check_password(role, passwords[role])
    connection = await _connect(url, name)
    try:
        for attempts_left in reversed(range(ATTEMPTS)):
            try:
                await _run_roles_sql(connection, passwords)
                break
            except COLLISIONS:
                if not attempts_left:
                    raise
                await asyncio.sleep(random.uniform(0.2, 1) * PAUSE_SECONDS)  # noqa: S311
    except asyncpg.InsufficientPrivilegeError as error:
        raise BootstrapError(
            f"{name}: the role {url.user} may not create roles and schemas in {url.address} ({_reason(error)}). "
            "Use the owner of the database, with CREATEROLE."
        ) from error
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
        raise BootstrapError(f"{name}: can't prepare {url.address}: {_reason(error)}") from error
    finally:
        with suppress(TimeoutError):  # asyncpg has then aborted the connection
            await connection.close(timeout=5)
    return RoleUrls(*(url_for_role(admin_url, role, passwords[role]) for role in ROLES))


def _check_password(role: str, password: str) -> None:
    """Refuse text that Postgres cannot take. The driver's own error would quote it."""
    try:
        password.encode()
    except UnicodeEncodeError:
        raise BootstrapError(f"{password_setting(role)} is not UTF-8.") from None


async def check_connection(url: str, name: str) -> None:
    """Connect once, to the URL in the setting `name`. Raises like `bootstrap`."""
    connection = await _connect(load_database_url(url, name), name)
    await connection.close(timeout=5)


async def _run_roles_sql(connection: "asyncpg.Connection[asyncpg.Record]", passwords: Mapping[str, str]) -> None:
    # One transaction, so that it also works through a pooler in transaction mode.
    async with connection.transaction():
        for role in ROLES:
            await connection.execute(SET_PASSWORD, role, passwords[role])
        await connection.execute(ROLES_SQL.read_text(encoding="utf-8"), timeout=RUN_SECONDS)


async def _connect(url: DatabaseUrl, name: str) -> "asyncpg.Connection[asyncpg.Record]":
    try:
        # A pooler in transaction mode may run each statement on another connection.
        return await asyncpg.connect(
            **url.asyncpg_arguments("taskchat-bootstrap"),
            timeout=CONNECT_SECONDS,
            command_timeout=RUN_SECONDS,
            statement_cache_size=0,
        )
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise BootstrapError(f"{name}: {explain_connection_error(error, url)}.") from error


def _reason(error: Exception) -> str:
    """Return the message without the details and hints that asyncpg appends."""
    return str(error.args[-1]) if error.args else type(error).__name__


def main() -> int:
    use_utf8()
    if not (admin_url := os.environ.get("DATABASE_URL")):
        sys.stdout.write("bootstrap: nothing to do, because DATABASE_URL is empty\n")
        return 0
    passwords = {role: os.environ.get(password_setting(role), "") for role in ROLES}
    direct_host = os.environ.get("DATABASE_DIRECT_HOST") or None
    try:
        asyncio.run(bootstrap(admin_url, passwords, direct_host=direct_host))
    except (BootstrapError, InvalidDatabaseUrl) as error:
        sys.stderr.write(f"bootstrap: {error}\n")
        return 1
    sys.stdout.write("bootstrap: roles and schemas are up to date\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
