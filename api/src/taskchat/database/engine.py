"""The connection to Postgres: the engine, sessions, and the errors of the driver.

Each statement is its own transaction (AUTOCOMMIT). Changes that belong together are one statement or one SQL function,
because a round trip to a remote database costs milliseconds.
"""

import asyncio
import logging
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import asyncpg
import orjson
from sqlalchemy import ExceptionContext, Result, ScalarResult, event, text
from sqlalchemy.exc import DBAPIError, DisconnectionError, StatementError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine

from taskchat.database.pool import FairPool
from taskchat.database.retry import ConnectionLost, retry_once
from taskchat.database.url import DatabaseUrl
from taskchat.errors import DatabaseUnavailable, RateLimited, Unauthenticated

logger = logging.getLogger(__name__)

STATEMENT_SECONDS = 12
"""The limit for a statement of a turn and all its waits: for the pool, a connection and a retry. The driver needs two
more seconds to abandon a hanging connection. Longer than for other statements, because many turns may begin at once."""
SESSION_STATEMENT_SECONDS = 6
"""Likewise for all other statements."""
CONNECT_TIMEOUT_SECONDS = 5
"""Part of both limits. A suspended database takes some seconds to wake up."""
COMMAND_TIMEOUT_SECONDS = 4
"""Part of both limits, for servers that vanished without closing the connection. Statements take milliseconds."""
CONNECT_PATIENCE_SECONDS = 1.0
"""How long to retry a refused connection, because the database may be restarting."""
FIRST_PAUSE_SECONDS = 0.05
IDLE_SECONDS = 60
"""Replace connections idle for this long: routers and suspended databases drop them silently."""
NOT_YET = (OSError, asyncpg.PostgresConnectionError, asyncpg.CannotConnectNowError, asyncpg.TooManyConnectionsError)
POOL_TIMEOUT_SECONDS = 10
"""Part of STATEMENT_SECONDS."""
READY_TIMEOUT_SECONDS = 3

# After a failover, we may still be connected to the server that became read-only.
READ_ONLY = "25006"
# Class 08: connection; 28: user or password; 3D: no such database; 40: transaction rollback, such as a deadlock;
# 53: insufficient resources; 57: an operator. Source: PostgreSQL documentation, appendix A.
UNAVAILABLE_SQLSTATES = ("08", READ_ONLY, "28", "3D", "40", "53", "57")
# Class XX: internal error; 58: system error. For a statement, they are a bug to log. While connecting, proxies and
# servers use them to say that they cannot.
NO_CONNECTION_SQLSTATES = ("XX", "58")
FOREIGN_KEY_VIOLATION = "23503"
# Raised by count_request; its detail is the seconds to wait.
RATE_LIMITED = "TC002"
# A migration changed a column's type after this connection had planned: "cached plan must not change result type" for a
# prepared statement, "type of parameter … does not match that when preparing the plan" inside a function. The statement
# was rolled back.
PLAN_OUTDATED = (asyncpg.InvalidCachedStatementError, asyncpg.DatatypeMismatchError)
# No such prepared statement, or one with that name exists: a pooler mixed up sessions.
PREPARED_STATEMENT_SQLSTATES = ("26000", "42P05")
NO_PREPARED_STATEMENTS = {"statement_cache_size": 0, "prepared_statement_cache_size": 0}
PREPARED_STATEMENTS_REFUSED = (
    "the database's pooler keeps no prepared statements: set DATABASE_PREPARED_STATEMENTS=false, "
    "or give PgBouncer (1.21 or newer) a max_prepared_statements above 0"
)


def create_engine(url: DatabaseUrl, *, pool_size: int, prepared_statements: bool = True) -> AsyncEngine:
    """Create the engine of this process; it connects when first used."""
    if url.ignored:
        logger.warning("parameters of API_DATABASE_URL are ignored", extra={"parameters": url.ignored})
    arguments = url.asyncpg_arguments("taskchat-api") | {
        "timeout": CONNECT_TIMEOUT_SECONDS,
        "command_timeout": COMMAND_TIMEOUT_SECONDS,
        "async_creator_fn": _connect,
    }
    if not prepared_statements:
        arguments |= NO_PREPARED_STATEMENTS
    engine = create_async_engine(
        "postgresql+asyncpg://",
        connect_args=arguments,
        isolation_level="AUTOCOMMIT",
        json_deserializer=orjson.loads,  # of 1e30, Postgres makes an integer of 31 digits, which orjson can't write
        poolclass=FairPool,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=POOL_TIMEOUT_SECONDS,
        hide_parameters=True,  # people wrote them
    )
    event.listen(engine.sync_engine, "checkin", _note_time)
    event.listen(engine.sync_engine, "checkout", _refuse_stale_connection)
    event.listen(engine.sync_engine, "handle_error", _replace_unusable_connection)
    return engine


async def _connect(*args: Any, **kwargs: Any) -> "asyncpg.Connection[asyncpg.Record]":
    """Connect, with retries for a moment. Nothing was sent yet, so nothing can happen twice."""
    give_up_at = time.monotonic() + CONNECT_PATIENCE_SECONDS
    pause = FIRST_PAUSE_SECONDS
    while True:
        try:
            return await asyncpg.connect(*args, **kwargs)
        except ssl.SSLError:
            raise
        except NOT_YET:
            if time.monotonic() + pause > give_up_at:
                raise
        except asyncpg.PostgresError as error:
            if not (error.sqlstate or "").startswith(NO_CONNECTION_SQLSTATES):
                raise
            raise NoConnection(error.sqlstate) from error
        await asyncio.sleep(pause)
        pause *= 2


def _note_time(_dbapi_connection: Any, record: Any) -> None:
    record.info["idle_since"] = time.monotonic()


def _refuse_stale_connection(dbapi_connection: Any, record: Any, _proxy: Any) -> None:
    # Unlike pool_pre_ping, this costs no round trip: asyncpg knows when its socket has closed. A router may have
    # dropped an idle connection without notice, so long idleness counts as closed.
    idle_seconds = time.monotonic() - record.info.get("idle_since", time.monotonic())
    if idle_seconds > IDLE_SECONDS or dbapi_connection.driver_connection.is_closed():
        raise DisconnectionError


def _replace_unusable_connection(context: ExceptionContext) -> None:
    # Treat it as lost, with the rest of the pool: the statement is retried once on a new connection, which may lead to
    # the server that accepts writes and has no outdated plans.
    error = context.sqlalchemy_exception
    if sqlstate(error) == READ_ONLY or isinstance(_driver_error(error), PLAN_OUTDATED):
        context.is_disconnect = True


def sqlstate(error: StatementError | None) -> str:
    """Return Postgres' five-character error code, or an empty string."""
    return getattr(error and error.orig, "sqlstate", None) or ""


def violated_constraint(error: StatementError | None) -> str:
    """The name of the constraint that a statement violated; empty if the error has none."""
    return getattr(_driver_error(error), "constraint_name", None) or ""


class NoConnection(OSError):
    """The server, or a proxy in front of it, could not connect."""

    def __init__(self, sqlstate: str | None) -> None:
        super().__init__()
        self.sqlstate = sqlstate


@contextmanager
def database_errors() -> Iterator[None]:
    """Map the driver's errors to those of the HTTP contract.

    Raises:
        DatabaseUnavailable: the database is unreachable, starting, or out of connections.
        ConnectionLost: the connection broke under a statement.
        RateLimited: the user sends requests faster than allowed.
        Unauthenticated: the user's account is gone, so nothing can be written for it.
    """
    try:
        yield
    except (OSError, PoolTimeout) as error:
        _warn(error)
        raise DatabaseUnavailable from error
    except DBAPIError as error:
        code = sqlstate(error)
        if error.connection_invalidated or code.startswith(UNAVAILABLE_SQLSTATES):
            _warn(error.orig or error)
        if error.connection_invalidated:
            raise ConnectionLost from error
        if code == RATE_LIMITED:
            raise RateLimited(retry_after_seconds=float(_driver_error(error).detail)) from None
        if code in PREPARED_STATEMENT_SQLSTATES:
            logger.error(PREPARED_STATEMENTS_REFUSED)
            raise DatabaseUnavailable from error
        if code.startswith(UNAVAILABLE_SQLSTATES):
            raise DatabaseUnavailable from error
        if code == FOREIGN_KEY_VIOLATION and violated_constraint(error).endswith("user_id_fkey"):
            raise Unauthenticated("The account that this access token was issued to no longer exists.") from error
        raise


def _driver_error(error: StatementError | None) -> Any:
    """asyncpg's own exception."""
    return error and error.orig and error.orig.__cause__


def _warn(error: BaseException) -> None:
    """Log the reason without the message, which may quote what people wrote."""
    reason = {"reason": type(error).__name__, "sqlstate": getattr(error, "sqlstate", None)}
    logger.warning("the database is unavailable", extra=reason)


async def is_reachable(engine: AsyncEngine) -> bool:
    """Whether the database answers and finds our tables by their unqualified names."""
    try:
        async with asyncio.timeout(READY_TIMEOUT_SECONDS), engine.connect() as connection:
            return (await connection.execute(text("select to_regclass('tool_call')"))).scalar() is not None
    except (OSError, PoolTimeout, DBAPIError):
        return False


class Session(AsyncSession):
    """A session of independent statements, each of which is retried once if its connection breaks.

    Attributes:
        requests_per_minute: the rate limit that `count_request` enforces.
        was_repeated: whether the last statement was retried. Its first attempt may have deleted what it did not find.
    """

    requests_per_minute: int
    was_repeated = False

    async def execute(self, statement: Any, *args: Any, **kwargs: Any) -> Result[Any]:
        self.was_repeated = False

        async def reset() -> None:
            await self.rollback()
            self.was_repeated = True

        async with asyncio.timeout(SESSION_STATEMENT_SECONDS):
            result: Result[Any] = await retry_once(partial(super().execute, statement, *args, **kwargs), reset=reset)
        return result

    async def scalars(self, statement: Any, *args: Any, **kwargs: Any) -> ScalarResult[Any]:
        return (await self.execute(statement, *args, **kwargs)).scalars()
