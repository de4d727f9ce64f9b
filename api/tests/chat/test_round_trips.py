"""The number of database round trips per turn, counted by a proxy."""

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from support.client import Client, Person, StartApi
from support.database import Database
from support.model_server import Call, ModelServer, Reply
from support.tcp_proxy import TcpProxy

ADD_MILK = Reply(calls=(Call("add_task", {"title": "milk", "description": None}),))


@pytest.fixture
def proxy(database: Database) -> Iterator[TcpProxy]:
    with TcpProxy(database.roles.api) as proxy:
        yield proxy


@pytest_asyncio.fixture
async def far_client(start_api: StartApi, proxy: TcpProxy) -> AsyncIterator[Client]:
    with start_api(api_database_url=proxy.url, database_pool_size=1) as url:
        async with Client(base_url=url) as client:
            yield client


async def test_a_plain_turn_takes_two_and_each_tool_call_one_more(
    far_client: Client, proxy: TcpProxy, alice: Person, model: ModelServer
) -> None:
    async def cost(*replies: Reply) -> int:
        model.script(*replies)
        before = proxy.round_trips
        response = await far_client.chat(alice, "add milk")
        assert response.status_code == 200
        return proxy.round_trips - before

    await cost(ADD_MILK, Reply("warm"))  # connects and prepares the statements
    assert await cost(Reply("hello")) == 2
    assert await cost(ADD_MILK, Reply("added")) == 3
    assert await cost(Reply(calls=ADD_MILK.calls * 3), Reply("added")) == 5
