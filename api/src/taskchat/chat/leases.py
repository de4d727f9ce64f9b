"""Ends the leases of runs that have no answer, so that a retry resumes the turn at once."""

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from taskchat.chat.statements import release_turn, release_turns
from taskchat.chat.stopping import RELEASE_PAUSE_SECONDS, RELEASE_SECONDS, shield_until_done
from taskchat.errors import DatabaseUnavailable

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Left:
    """A lease that may be held, by nobody who needs it."""

    user_id: UUID
    ends_at: float
    """When it has ended by itself, by the event loop's clock."""


class Leases:
    """Releases leases: now if the database can be reached, else again and again for as long as they would last.

    One task tries all that are left together, in one statement: a task for each would keep everybody else from the
    pool's connections while the database is away.
    """

    def __init__(self, engine: AsyncEngine, lease: timedelta) -> None:
        self._engine = engine
        self._seconds = lease.total_seconds()
        self._left: dict[UUID, Left] = {}
        self._releasing: set[asyncio.Task[None]] = set()
        self._trying: asyncio.Task[None] | None = None
        self._has_more = asyncio.Event()

    async def release(self, user_id: UUID, run_id: UUID) -> None:
        """End a run's lease before its caller is answered; but keep nobody waiting."""
        releasing = asyncio.create_task(self._release(user_id, run_id))
        self._releasing.add(releasing)
        releasing.add_done_callback(self._releasing.discard)
        await shield_until_done(asyncio.wait([releasing], timeout=RELEASE_SECONDS))
        if releasing.done():
            releasing.result()  # a fault of our own is told

    def release_later(self, user_id: UUID, run_id: UUID) -> None:
        """End a run's lease as soon as the database can be reached, also one that it takes only now.

        A begin that nobody waited for may be executed later than the statement that looks for its lease.
        """
        self._left[run_id] = Left(user_id, asyncio.get_running_loop().time() + self._seconds)
        self._has_more.set()
        if self._trying is None or self._trying.done():
            self._trying = asyncio.create_task(self._keep_trying())

    async def aclose(self) -> None:
        """Wait until the leases that are being released are, and all that are left were looked for once more."""
        try:
            while self._releasing:
                await asyncio.wait(self._releasing)
            await self._stop_trying()
            while self._left:
                if await self._try():
                    return
                await asyncio.sleep(RELEASE_PAUSE_SECONDS)
        finally:
            for releasing in self._releasing:
                releasing.cancel()
            await self._stop_trying()

    async def _stop_trying(self) -> None:
        if self._trying is not None:
            self._trying.cancel()
            await asyncio.wait([self._trying])

    async def _release(self, user_id: UUID, run_id: UUID) -> None:
        try:
            was_held = await release_turn(self._engine, user_id, run_id)
        except DatabaseUnavailable:
            was_held = False
        if not was_held:
            self.release_later(user_id, run_id)

    async def _keep_trying(self) -> None:
        while self._left:
            self._has_more.clear()
            await self._try()
            with suppress(TimeoutError):
                async with asyncio.timeout(RELEASE_PAUSE_SECONDS):
                    await self._has_more.wait()

    async def _try(self) -> bool:
        """Whether all that are left were looked for."""
        now = asyncio.get_running_loop().time()
        self._left = {run_id: left for run_id, left in self._left.items() if left.ends_at > now}
        users = {run_id: left.user_id for run_id, left in self._left.items()}
        try:
            released = await release_turns(self._engine, users)
        except DatabaseUnavailable:
            return False
        except Exception:
            logger.exception("leases cannot be released")
            return False
        for run_id in released:
            del self._left[run_id]
        return True
