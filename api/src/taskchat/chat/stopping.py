"""What a turn may still do when the server stops.

The server gives running requests its grace (`SHUTDOWN_GRACE_SECONDS`), then cancels each once, and still sends what
it answers. A turn that is cancelled lets the statement under way take place, releases its lease, and answers.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

SETTLE_SECONDS = 3
"""For a statement that was sent: without its outcome nobody knows whether the turn has begun or has ended."""
RELEASE_SECONDS = 2
RELEASE_PAUSE_SECONDS = 1
"""Between two attempts, while the database cannot be reached."""
STOP_SECONDS = SETTLE_SECONDS + RELEASE_SECONDS + 1
"""What the process may take past its grace. Whoever starts it kills it later than that, or leases are left behind."""

T = TypeVar("T")


async def shield_until_done(statement: Coroutine[Any, Any, T]) -> T:
    """The outcome of a statement, also when this task is cancelled while it is under way.

    Raises:
        CancelledError: cancelled, and no outcome within `SETTLE_SECONDS`.
        Exception: what the statement raised.
    """
    sent = asyncio.create_task(statement)
    try:
        return await asyncio.shield(sent)
    except asyncio.CancelledError:
        done, _ = await asyncio.wait([sent], timeout=SETTLE_SECONDS)
        if not done:
            raise
        return sent.result()
    finally:
        sent.cancel()


def raise_if_cancelled() -> None:
    """Go no further in a task whose cancellation was held off by `shield_until_done`.

    Raises:
        CancelledError: it was.
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError
