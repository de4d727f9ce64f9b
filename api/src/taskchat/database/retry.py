"""Sending a statement once more after its connection broke.

The other side may have closed a connection while it was idle, which shows only when it is used. So what is retried
may be executed twice.
"""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from sqlalchemy.exc import DBAPIError

from taskchat.errors import DatabaseUnavailable

T = TypeVar("T")


class ConnectionLost(DatabaseUnavailable):
    """The connection broke under a statement: nobody knows whether it was executed."""


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
