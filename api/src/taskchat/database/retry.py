"""Sending a statement once more after its connection broke.

The server or a router may have closed an idle connection, which shows only on use. A retried statement may be executed
twice.
"""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from sqlalchemy.exc import DBAPIError

from taskchat.errors import DatabaseUnavailable

T = TypeVar("T")


class ConnectionLost(DatabaseUnavailable):
    """The connection broke during a statement, which may or may not have been executed."""


async def retry_once(attempt: Callable[[], Awaitable[T]], *, reset: Callable[[], Awaitable[None]] | None = None) -> T:
    """Await an attempt, and a second one if the first lost its connection.

    Args:
        reset: undoes in this process what the first attempt did, before the second.
    """
    try:
        return await attempt()
    except ConnectionLost:
        pass
    except DBAPIError as error:
        if not error.connection_invalidated:
            raise
    if reset is not None:
        await reset()
    return await attempt()
