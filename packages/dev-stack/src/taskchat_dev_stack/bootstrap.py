"""Create the roles and their schemas in a database, and name the URLs they use."""

from collections.abc import Mapping
from dataclasses import dataclass

import asyncpg

from taskchat.database.connection_errors import explain_connection_error
from taskchat.database.url import DatabaseUrl
from taskchat_dev_stack.database_url import for_role, read_url
from taskchat_dev_stack.errors import DevStackError
from taskchat_dev_stack.repository import ROLES_SQL

CONNECT_SECONDS = 10.0
RUN_SECONDS = 60.0
ATTEMPTS = 5
ROLES = ("auth_service", "chat_api", "auth_owner", "chat_owner")
SET_PASSWORD = "SELECT set_config('taskchat.' || $1 || '_password', $2, true)"  # noqa: S105
# Two databases of one server share their roles, and roles.sql can lock only its own database.
COLLISIONS = (
    asyncpg.DuplicateObjectError,
    asyncpg.UniqueViolationError,
    asyncpg.InternalServerError,
    # With the services, where tables change owner in a database of an older release.
    asyncpg.DeadlockDetectedError,
)


@dataclass(frozen=True)
class RoleUrls:
    """The URLs of the roles.

    Attributes:
        auth, api: what the services connect with.
        auth_migration, api_migration: the owners of the schemas, for the migrations alone.
    """

    auth: str
    api: str
    auth_migration: str
    api_migration: str


async def bootstrap(
    admin_url: str,
    passwords: Mapping[str, str],
    name: str = "DATABASE_URL",
    direct_host: str | None = None,
) -> RoleUrls:
    """Runs roles.sql in the database of `admin_url`. Idempotent; sets the passwords each time.

    Args:
        admin_url: the URL of the database's owner or of a superuser.
        passwords: of each of ROLES.
        name: the setting that the URL came from, for messages.
        direct_host: where the same database is reached past its pooler, `host` or `host:port`; Neon's is known.

    Raises:
        DevStackError: the database cannot be reached or refuses; one line saying what to do.
    """
    # roles.sql holds a lock, in one transaction: it works through a pooler too, and better without.
    url = read_url(admin_url, name).direct(direct_host)
    connection = await _connect(url, name)
    try:
        for attempt in range(ATTEMPTS):
            try:
                async with connection.transaction():
                    for role in ROLES:
                        await connection.execute(SET_PASSWORD, role, passwords[role])
                    await connection.execute(ROLES_SQL.read_text(), timeout=RUN_SECONDS)
                break
            except COLLISIONS:
                if attempt + 1 == ATTEMPTS:
                    raise
    except asyncpg.InsufficientPrivilegeError as error:
        raise DevStackError(
            f"{name}: the role {url.user} may not make roles and schemas in {url.address} ({_reason(error)}). "
            f"Use the database's owner, with CREATEROLE."
        ) from error
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
        raise DevStackError(f"{name}: {url.address} cannot be prepared: {_reason(error)}") from error
    finally:
        await connection.close(timeout=5)
    return role_urls(admin_url, passwords)


def role_urls(admin_url: str, passwords: Mapping[str, str]) -> RoleUrls:
    """The URLs of the roles in the database of `admin_url`."""
    return RoleUrls(*(for_role(admin_url, role, passwords[role]) for role in ROLES))


async def require_connection(url: str, name: str) -> None:
    """Connects once.

    Raises:
        DevStackError: that fails; one line saying what to do.
    """
    connection = await _connect(read_url(url, name), name)
    await connection.close(timeout=5)


async def _connect(url: DatabaseUrl, name: str) -> "asyncpg.Connection[asyncpg.Record]":
    try:
        # No statement cache: a pooler in transaction mode may hand each statement to another server.
        return await asyncpg.connect(
            **url.asyncpg_arguments("taskchat-bootstrap"), timeout=CONNECT_SECONDS, statement_cache_size=0
        )
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise DevStackError(f"{name}: {explain_connection_error(error, url)}.") from error


def _reason(error: Exception) -> str:
    """The message alone: asyncpg adds detail and hint on further lines, the system an error number."""
    return str(error.args[-1]) if error.args else type(error).__name__
