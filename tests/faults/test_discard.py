"""A turn that is discarded at any of its statements, from another process: it does nothing more.

The turn is that of the kill matrix. At each point, the other replica discards it and the connection is cut, so that the
run sends its statement again. A process that was frozen at the time does nothing either.
"""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
import pytest_asyncio

from support.api_process import ApiProcess
from support.client import Client, NewPerson, Person
from support.database import Database
from support.model_server import Hold, ModelServer, Reply
from support.report import Report
from support.tcp_proxy import TcpProxy
from support.three_tasks import MESSAGE, STATEMENT_POINTS, STATEMENTS, Rows, Script, count_rows, warm_up
from taskchat.chat.steps import STOPPED_NOTE

HEADER = ("discarded", "answer to the discard", "answer to the message", "rows after: user / effects / answer")


@pytest.fixture(scope="module")
def proxy(database: Database) -> Iterator[TcpProxy]:
    with TcpProxy(database.roles.api) as proxy:
        yield proxy


@pytest.fixture(scope="module")
def process(environment: dict[str, str], proxy: TcpProxy) -> Iterator[ApiProcess]:
    """The api that runs the turn."""
    with ApiProcess({**environment, "API_DATABASE_URL": proxy.url}) as process:
        yield process


@pytest.fixture(scope="module")
def other_url(environment: dict[str, str]) -> Iterator[str]:
    with ApiProcess(environment) as process:
        yield process.url


@pytest_asyncio.fixture
async def client(process: ApiProcess, new_person: NewPerson, model: ModelServer) -> AsyncIterator[Client]:
    async with Client(base_url=process.url, timeout=60) as client:
        await warm_up(client, await new_person(), model)
        yield client


def discard(url: str, person: Person) -> int:
    headers = {**person.headers, "idempotency-key": "key-1"}
    return httpx.delete(f"{url}/api/{person.id}/chat", headers=headers, timeout=30).status_code


@pytest.mark.parametrize("name", STATEMENT_POINTS)
async def test_nothing_more_is_done(
    name: str,
    client: Client,
    proxy: TcpProxy,
    other_url: str,
    alice: Person,
    database: Database,
    model: ModelServer,
    report: Report,
) -> None:
    point = STATEMENT_POINTS[name]
    discards: list[int] = []
    proxy.break_at(point, lambda: discards.append(discard(other_url, alice)))
    model.always(Script())
    answer = await client.chat(alice, MESSAGE, key="key-1")
    rows = await count_rows(database, alice)
    report.add("a turn is discarded", HEADER, name, discards, answer.status_code, rows)
    executed = point.round_trip - (point.moment == "before")
    if executed == len(STATEMENTS):
        assert (discards, answer.status_code) == ([409], 200)
        assert rows == Rows(1, (1, 1, 1), 1)
        return
    assert discards == [204]
    assert (answer.status_code, answer.json()["code"]) == (409, "turn_discarded")
    effects = max(executed - 1, 0)
    assert rows == Rows(bool(effects), tuple(int(n < effects) for n in range(3)), bool(effects))
    assert await database.count("conversation", user_id=alice.id) == bool(effects)
    assert await database.count("tool_call", conversation_id=await conversation_of(database, alice)) == effects
    again = await client.chat(alice, MESSAGE, key="key-1")
    assert (again.status_code, again.json()["code"]) == (409, "turn_discarded")


async def conversation_of(database: Database, person: Person) -> object:
    rows = await database.fetch("select id from conversation where user_id = $1", person.id)
    return rows[0]["id"] if rows else None


async def test_a_frozen_process_does_nothing_when_it_wakes(
    process: ApiProcess, client: Client, other_url: str, alice: Person, database: Database, model: ModelServer
) -> None:
    script, hold = Script(), Hold(Reply())
    asked = iter(range(1, 10))
    model.always(lambda request: hold if next(asked) == 2 else script(request))
    turn = asyncio.create_task(client.chat(alice, MESSAGE, key="key-1"))
    await hold.arrival()
    hold.reply = script(model.requests[-1])
    os.kill(process.pid, signal.SIGSTOP)
    try:
        assert await asyncio.to_thread(discard, other_url, alice) == 204
        hold.release()
    finally:
        os.kill(process.pid, signal.SIGCONT)
    answer = await turn
    assert (answer.status_code, answer.json()["code"]) == (409, "turn_discarded")
    assert await count_rows(database, alice) == Rows(1, (1, 1, 0), 1)
    [stored] = await database.fetch("select content from message where user_id = $1 and role = 'assistant'", alice.id)
    assert stored["content"] == STOPPED_NOTE
