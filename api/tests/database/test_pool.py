"""Who gets a connection when all are in use."""

import asyncio

from sqlalchemy.util import greenlet_spawn

from support.database import Database
from taskchat.database.engine import create_engine
from taskchat.database.pool import FairQueue
from taskchat.database.url import parse_database_url

WAITING = 20


async def test_connections_are_given_in_the_order_of_arrival(database: Database) -> None:
    engine = create_engine(parse_database_url(database.roles.api), pool_size=1)
    order = []

    async def connect_twice(number: int) -> None:
        for _ in range(2):
            async with engine.connect():
                order.append(number)

    try:
        await asyncio.gather(*(connect_twice(number) for number in range(WAITING)))
    finally:
        await engine.dispose()
    assert order == [*range(WAITING)] * 2


async def test_a_connection_is_not_lost_with_the_request_that_gets_it() -> None:
    queue = FairQueue[str](maxsize=1)
    getting = asyncio.create_task(greenlet_spawn(queue.get, True, 30))
    await asyncio.sleep(0)  # until it waits
    assert not getting.done()
    queue.put("connection")
    getting.cancel()
    await asyncio.wait([getting])
    assert getting.cancelled()
    assert await greenlet_spawn(queue.get, True, 30) == "connection"
