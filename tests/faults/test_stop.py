"""Turns in progress when the api gets SIGTERM, as in every deployment.

The client gets an answer, the api releases the lease immediately, stores no partial data, and exits in time.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import httpx
import pytest
import pytest_asyncio

from support.api_process import ApiProcess
from support.client import Client, Person
from support.database import Database
from support.model_server import Hold, ModelServer, Reply
from support.processes import eventually
from support.tcp_proxy import Break, TcpProxy
from support.three_tasks import MESSAGE, STATEMENT_POINTS, Script, assert_exactly_once, count_rows, warm_up
from taskchat.chat.stopping import STOP_SECONDS
from taskchat_dev_stack.programs import API_STOP_SECONDS

GRACE_SECONDS = 1
SILENT_POINTS = [name for name in STATEMENT_POINTS if name.endswith(("begin", "tool call 1", "finish"))]


@pytest.fixture
def proxy(database: Database) -> Iterator[TcpProxy]:
    with TcpProxy(database.roles.api) as proxy:
        yield proxy


@pytest.fixture
def stopped(environment: dict[str, str], proxy: TcpProxy) -> Iterator[ApiProcess]:
    """The api that the test stops."""
    overrides = {"API_DATABASE_URL": proxy.url, "DATABASE_POOL_SIZE": "2"}
    with ApiProcess({**environment, **overrides}, grace_seconds=GRACE_SECONDS) as process:
        yield process


@pytest_asyncio.fixture(scope="module")
async def other(environment: dict[str, str]) -> AsyncIterator[Client]:
    """The replica that keeps running."""
    with ApiProcess(environment) as process:
        async with Client(base_url=process.url, timeout=60) as client:
            yield client


@pytest_asyncio.fixture
async def client(stopped: ApiProcess, alice: Person, model: ModelServer) -> AsyncIterator[Client]:
    async with Client(base_url=stopped.url, timeout=60) as client:
        await warm_up(client, alice, model)
        yield client


async def stop(process: ApiProcess) -> None:
    """Stop the process cleanly, before its supervisor would kill it."""
    await asyncio.to_thread(process.stop, GRACE_SECONDS + API_STOP_SECONDS)


async def wait_for_end_of_grace(process: ApiProcess) -> None:
    await asyncio.to_thread(eventually, lambda: "timeout graceful shutdown exceeded" in "".join(process.output))


async def wait_for_lock(database: Database) -> None:
    query = "select from pg_stat_activity where usename = 'chat_api' and wait_event_type = 'Lock'"
    async with asyncio.timeout(10):
        while not await database.fetch(query):
            pass


@asynccontextmanager
async def stopped_while_waiting(
    process: ApiProcess, database: Database, table: str, person: Person
) -> AsyncIterator[None]:
    """Stop the api while the work started in this block waits for the person's rows."""
    async with database.rows_locked(table, person.id):
        yield
        await wait_for_lock(database)
        stopping = asyncio.create_task(stop(process))
        await wait_for_end_of_grace(process)
    await stopping


def assert_asks_to_retry(response: httpx.Response) -> None:
    assert (response.status_code, response.json()["code"]) == (503, "model_unavailable")
    assert response.headers["retry-after"] == "1"


def test_supervisors_wait_longer_than_the_api_needs() -> None:
    assert API_STOP_SECONDS > STOP_SECONDS


async def test_a_turn_interrupted_while_it_begins_is_resumed(
    stopped: ApiProcess, client: Client, other: Client, bob: Person, database: Database, model: ModelServer
) -> None:
    model.always(Script())
    await database.fetch("insert into owner (user_id) values ($1)", bob.id)
    async with stopped_while_waiting(stopped, database, "owner", bob):
        turn = asyncio.create_task(client.chat(bob, MESSAGE, key="key-1"))
    response = await turn
    assert_asks_to_retry(response)
    assert await database.count("conversation", user_id=bob.id, id=response.json()["conversation_id"]) == 1
    await assert_exactly_once(database, bob, await other.chat(bob, MESSAGE, key="key-1"))


@pytest.mark.parametrize("nth", [1, 2, 3])
async def test_a_turn_interrupted_during_a_model_call_is_resumed(
    stopped: ApiProcess,
    client: Client,
    other: Client,
    bob: Person,
    database: Database,
    model: ModelServer,
    nth: int,
) -> None:
    hold, script = Hold(Reply("never")), Script()
    asked = iter(range(1, 10))
    model.always(lambda request: hold if next(asked) == nth else script(request))
    turn = asyncio.create_task(client.chat(bob, MESSAGE, key="key-1"))
    await hold.arrival()
    await stop(stopped)
    response = await turn
    hold.release()
    assert_asks_to_retry(response)
    model.always(script)
    await assert_exactly_once(database, bob, await other.chat(bob, MESSAGE, key="key-1"))


async def test_a_turn_interrupted_during_a_tool_call_is_resumed(
    stopped: ApiProcess, client: Client, other: Client, bob: Person, database: Database, model: ModelServer
) -> None:
    hold, script = Hold(Reply()), Script()
    model.script(hold)
    model.always(script)
    turn = asyncio.create_task(client.chat(bob, MESSAGE, key="key-1"))
    await hold.arrival()
    async with stopped_while_waiting(stopped, database, "owner", bob):
        hold.reply = script(model.requests[-1])
        hold.release()
    response = await turn
    assert_asks_to_retry(response)
    await assert_exactly_once(database, bob, await other.chat(bob, MESSAGE, key="key-1"))


async def test_a_turn_whose_answer_is_being_stored_is_answered(
    stopped: ApiProcess, client: Client, other: Client, bob: Person, database: Database, model: ModelServer
) -> None:
    hold = Hold(Reply("Hello."))
    model.script(hold)
    turn = asyncio.create_task(client.chat(bob, "hello", key="key-1"))
    await hold.arrival()
    async with stopped_while_waiting(stopped, database, "conversation", bob):
        hold.release()
    response = await turn
    assert (response.status_code, response.json()["response"]) == (200, "Hello.")
    again = await other.chat(bob, "hello", key="key-1")
    assert again.json() == response.json()
    assert again.headers["idempotent-replayed"] == "true"


@pytest.mark.parametrize("name", SILENT_POINTS)
async def test_a_turn_interrupted_during_a_statement_is_resumed(
    stopped: ApiProcess,
    client: Client,
    other: Client,
    proxy: TcpProxy,
    bob: Person,
    database: Database,
    model: ModelServer,
    name: str,
) -> None:
    """The stopped api's connection is silent; the other replica still reaches the database."""
    point = STATEMENT_POINTS[name]
    proxy.break_at(Break(point.moment, point.round_trip, is_silent=True))
    model.always(Script())
    turn = asyncio.create_task(client.chat(bob, MESSAGE, key="key-1"))
    await asyncio.to_thread(eventually, lambda: proxy.is_broken)
    await stop(stopped)
    response = await turn
    assert_asks_to_retry(response)
    then = await count_rows(database, bob)
    assert (then.user, then.answers) == (name != "before begin", name == "after finish")
    await assert_exactly_once(database, bob, await other.chat(bob, MESSAGE, key="key-1"))
