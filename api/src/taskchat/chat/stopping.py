"""Cleanup of turns while the server stops.

The server gives running requests a grace period (`SHUTDOWN_GRACE_SECONDS`), then cancels each once, and still sends
their answers. A cancelled turn waits for its current statement, releases its lease, and answers.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

SETTLE_SECONDS = 3
"""For a statement that was sent: only its outcome tells whether the turn has begun or ended."""
RELEASE_SECONDS = 2
RELEASE_PAUSE_SECONDS = 1
"""Between two attempts while the database is unreachable."""
STOP_SECONDS = SETTLE_SECONDS + RELEASE_SECONDS + 1
"""How long the process may run past its grace period. Killing it earlier leaves leases behind."""

T = TypeVar("T")


async def shield_until_done(statement: Coroutine[Any, Any, T]) -> T:
    """Await a statement that was sent, even if the caller is cancelled.

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
    """Stop here if `shield_until_done` held off a cancellation.

    Raises:
        CancelledError: the caller was cancelled.
    """
    current = asyncio.current_task()
    if current is not None and current.cancelling():
        raise asyncio.CancelledError
