"""A pool of connections that serves those who wait in the order of their arrival."""

import asyncio
from collections import deque
from typing import Any, TypeVar

from sqlalchemy.pool import AsyncAdaptedQueuePool, ConnectionPoolEntry
from sqlalchemy.util import await_only
from sqlalchemy.util.queue import Empty, QueueCommon

T = TypeVar("T", bound=Any)


class FairQueue(QueueCommon[T]):
    """Hands each item to the one who has waited longest.

    SQLAlchemy's own queue only wakes that one. Before it runs, a later arrival may take the item, and then it waits
    again, behind all others. So in a burst, some time out however quick the database is.
    """

    def __init__(self, maxsize: int = 0, use_lifo: bool = False) -> None:
        self.maxsize = maxsize
        self.use_lifo = use_lifo
        self._items: deque[T] = deque()
        self._waiting: deque[asyncio.Future[T]] = deque()

    def qsize(self) -> int:
        return len(self._items)

    def put(self, item: T, block: bool = True, timeout: float | None = None) -> None:
        while self._waiting:
            waiting = self._waiting.popleft()
            if not waiting.done():
                waiting.set_result(item)
                return
        self._items.append(item)

    def get(self, block: bool = True, timeout: float | None = None) -> T:
        if self._items:
            return self._items.popleft()
        if not block:
            raise Empty
        item: T = await_only(self._wait(timeout))
        return item

    async def _wait(self, seconds: float | None) -> T:
        waiting: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._waiting.append(waiting)
        try:
            async with asyncio.timeout(seconds):
                return await waiting
        except BaseException as error:
            if waiting.done() and not waiting.cancelled():  # it got an item just before it was cancelled
                self.put(waiting.result())
            if isinstance(error, TimeoutError):
                raise Empty from None
            raise


class FairPool(AsyncAdaptedQueuePool):
    """The pool of an asynchronous engine, with a fair queue."""

    _queue_class: type[QueueCommon[ConnectionPoolEntry]] = FairQueue
