"""Ends the leases of runs without an answer, so that a retry resumes the turn at once."""

import asyncio
import logging
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from taskchat.chat.statements import count_tokens, release_turn, release_turns
from taskchat.chat.stopping import RELEASE_PAUSE_SECONDS, RELEASE_SECONDS, shield_until_done
from taskchat.errors import DatabaseUnavailable

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class PendingRelease:
    """A lease left behind by a dead run."""

    user_id: UUID
    ends_at: float
    """When the lease expires, by the event loop's clock."""
    tokens: int = 0
    """To count if the run held the lease. Otherwise its last statement has counted them."""


class Leases:
    """Releases leases, and retries until they expire while the database is unreachable.

    All pending releases share one statement. One for each would take every connection of the pool while the database
    is away.
    """

    def __init__(self, engine: AsyncEngine, lease: timedelta) -> None:
        self._engine = engine
        self._seconds = lease.total_seconds()
        self._pending: dict[UUID, PendingRelease] = {}
        self._releasing: set[asyncio.Task[None]] = set()
        self._retrying: asyncio.Task[None] | None = None
        self._has_new = asyncio.Event()

    async def release(self, user_id: UUID, run_id: UUID, tokens: int = 0) -> None:
        """End a run's lease and count its tokens before its caller is answered, within `RELEASE_SECONDS`."""
        releasing = asyncio.create_task(self._release(user_id, run_id, tokens))
        self._releasing.add(releasing)
        releasing.add_done_callback(self._releasing.discard)
        await shield_until_done(asyncio.wait([releasing], timeout=RELEASE_SECONDS))
        if releasing.done():
            releasing.result()  # raise what went wrong in our own code

    def release_later(self, user_id: UUID, run_id: UUID, tokens: int = 0) -> None:
        """End a run's lease as soon as the database can be reached, even if the run has yet to acquire it.

        A `begin_turn` that was abandoned may be executed after the statement that looks for its lease.
        """
        ends_at = asyncio.get_running_loop().time() + self._seconds
        self._pending[run_id] = PendingRelease(user_id, ends_at, tokens)
        self._has_new.set()
        if self._retrying is None or self._retrying.done():
            self._retrying = asyncio.create_task(self._retry())

    async def aclose(self) -> None:
        """Finish releases in progress, and try the pending ones once more."""
        try:
            while self._releasing:
                await asyncio.wait(self._releasing)
            await self._stop_retrying()
            while self._pending:
                if await self._release_pending():
                    return
                await asyncio.sleep(RELEASE_PAUSE_SECONDS)
        finally:
            for releasing in self._releasing:
                releasing.cancel()
            await self._stop_retrying()

    async def _stop_retrying(self) -> None:
        if self._retrying is not None:
            self._retrying.cancel()
            await asyncio.wait([self._retrying])

    async def _release(self, user_id: UUID, run_id: UUID, tokens: int) -> None:
        try:
            was_held = await release_turn(self._engine, user_id, run_id, tokens=tokens)
        except DatabaseUnavailable:
            self.release_later(user_id, run_id, tokens)
        else:
            if not was_held:
                self.release_later(user_id, run_id)

    async def _retry(self) -> None:
        while self._pending:
            self._has_new.clear()
            await self._release_pending()
            with suppress(TimeoutError):
                async with asyncio.timeout(RELEASE_PAUSE_SECONDS):
                    await self._has_new.wait()

    async def _release_pending(self) -> bool:
        """Try all pending releases; whether the database was reached."""
        now = asyncio.get_running_loop().time()
        self._pending = {run_id: lease for run_id, lease in self._pending.items() if lease.ends_at > now}
        users = {run_id: lease.user_id for run_id, lease in self._pending.items()}
        try:
            tokens: Counter[UUID] = Counter()
            for run_id in await release_turns(self._engine, users):
                lease = self._pending.pop(run_id)
                tokens[lease.user_id] += lease.tokens
            for user_id, used in (+tokens).items():
                await count_tokens(self._engine, user_id, used)
        except DatabaseUnavailable:
            return False
        except Exception:
            logger.exception("leases cannot be released")
            return False
        return True
