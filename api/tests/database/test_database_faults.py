"""A database that fails, hangs and recovers."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from sqlalchemy import Engine, event

import taskchat.chat.statements
import taskchat.database.engine
from support.client import Client, Person, StartApi
from support.database import Database, migrate
from support.issuer import Issuer
from support.model_server import Hold, ModelServer, Reply
from support.tcp_proxy import Break, Moment, TcpProxy
from taskchat.database.engine import STATEMENT_SECONDS
from taskchat_dev_stack.postgres import EmbeddedPostgres
from taskchat_dev_stack.postgres.data_folder import temporary_folder

LEASE_OF_HOURS = {"model_timeout_seconds": 7200, "turn_timeout_seconds": 7200}


@pytest.fixture(autouse=True)
def _short_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stop without the long wait for leases, which `tests/faults/test_stop.py` tests."""
    monkeypatch.setattr("taskchat.chat.service.STOP_SECONDS", 0.3)


@pytest.fixture
def postgres() -> Iterator[EmbeddedPostgres]:
    with temporary_folder() as folder, EmbeddedPostgres(folder, durable=False) as postgres:
        yield postgres


@pytest.fixture
def empty_database(postgres: EmbeddedPostgres) -> Database:
    return migrate(postgres)


def assert_unavailable(response: httpx.Response) -> None:
    assert (response.status_code, response.json()["code"]) == (503, "database_unavailable")
    assert int(response.headers["retry-after"]) >= 1


async def wait_until_released(database: Database, person: Person) -> None:
    """Wait until no run holds a lease on this person's conversations."""
    async with asyncio.timeout(30):
        while await database.fetch("select from conversation where user_id = $1 and run_id is not null", person.id):
            pass


async def wait_for_release_attempt(database: Database, application_name: str) -> None:
    """Wait until the api with this application name has tried to release its leases."""
    query = """select from pg_stat_activity where application_name = $1 and state = 'idle'
                 and query ilike '%update conversation set running_turn%'"""
    async with asyncio.timeout(30):
        while not await database.fetch(query, application_name):
            pass


async def test_requests_are_503_during_an_outage_and_work_again_afterwards(
    postgres: EmbeddedPostgres, start_api: StartApi, issuer: Issuer, model: ModelServer
) -> None:
    database: Database = await asyncio.to_thread(migrate, postgres)
    user_id = await database.create_user()
    alice = Person(user_id, issuer.token(user_id))
    hold = Hold(Reply("Too late to be stored."))
    model.script(Reply("hi"), hold, Reply("Welcome back."))
    with start_api(api_database_url=database.roles.api) as url:
        async with Client(base_url=url, timeout=60) as client:
            conversation_id = (await client.chat(alice, "hello", key="key-1")).json()["conversation_id"]
            begun = asyncio.create_task(client.chat(alice, "again", key="key-2", conversation_id=conversation_id))
            await hold.arrival()
            await asyncio.to_thread(postgres.stop)
            hold.release()
            assert_unavailable(await begun)
            assert_unavailable(await client.chat(alice, "again", key="key-2", conversation_id=conversation_id))
            assert_unavailable(await client.as_person(alice, "GET", "/conversations"))
            assert_unavailable(await client.get("/readyz"))

            await asyncio.to_thread(postgres.start)
            await wait_until_released(database, alice)
            answer = await client.chat(alice, "again", key="key-2", conversation_id=conversation_id)
            assert (answer.status_code, answer.json()["response"]) == (200, "Welcome back.")
            assert (await client.get("/readyz")).status_code == 200
    assert await database.count("message", user_id=alice.id) == 4


async def test_requests_survive_terminated_idle_connections(
    client: Client, alice: Person, model: ModelServer, database: Database
) -> None:
    model.always(lambda _: Reply("hi"))
    for _ in range(5):
        await asyncio.gather(*(client.as_person(alice, "GET", "/conversations") for _ in range(20)))  # fills the pool
        killed = await database.fetch(
            "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'chat_api' and state = 'idle'"
        )
        assert len(killed) > 1
        requests = [client.as_person(alice, "GET", "/conversations") for _ in range(10)]
        turns = [client.chat(alice, f"message {n}") for n in range(10)]
        responses = await asyncio.gather(*requests, *turns)
        assert [response.status_code for response in responses] == [200] * 20


async def test_a_long_idle_connection_is_replaced_before_use(
    start_api: StartApi, alice: Person, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def backends() -> set[int]:
        rows = await database.fetch("select pid from pg_stat_activity where application_name = 'idle-test'")
        return {row["pid"] for row in rows}

    url = f"{database.roles.api}?application_name=idle-test"
    with start_api(api_database_url=url, database_pool_size=1) as address:
        async with Client(base_url=address, timeout=30) as client:
            await client.as_person(alice, "GET", "/conversations")
            first = await backends()
            await client.as_person(alice, "GET", "/conversations")
            assert await backends() == first
            monkeypatch.setattr("taskchat.database.engine.IDLE_SECONDS", 0)
            await client.as_person(alice, "GET", "/conversations")
            assert first.isdisjoint(await backends())


@pytest.mark.parametrize("moment", ["before", "after"])
async def test_requests_survive_a_connection_that_breaks_during_a_statement(
    start_api: StartApi, alice: Person, model: ModelServer, database: Database, moment: Moment
) -> None:
    model.always(lambda _: Reply("hi"))
    with TcpProxy(database.roles.api) as proxy, start_api(api_database_url=proxy.url, database_pool_size=1) as url:
        async with Client(base_url=url, timeout=30) as client:

            async def request_twice(method: str, path: str, **body: Any) -> httpx.Response:
                for is_broken in (False, True):  # the first request prepares the statement
                    if is_broken:
                        proxy.break_at(Break(moment, 1))
                    response = await client.as_person(alice, method, path, json=body or None)
                assert proxy.is_broken
                return response

            conversation_id = (await client.chat(alice, "hello")).json()["conversation_id"]
            path = f"/conversations/{conversation_id}"
            assert (await request_twice("PATCH", path, title="milk")).json()["title"] == "milk"
            listed = await request_twice("GET", "/conversations")
            assert [conversation["title"] for conversation in listed.json()["items"]] == ["milk"]

            proxy.break_at(Break(moment, 1))
            deleted = await client.as_person(alice, "DELETE", f"/conversations/{conversation_id}")
            assert (deleted.status_code, proxy.is_broken) == (204, True)
            again = await client.as_person(alice, "DELETE", f"/conversations/{conversation_id}")
            assert (again.status_code, again.json()["code"]) == (404, "conversation_not_found")


async def test_connections_to_a_read_only_server_are_replaced(
    postgres: EmbeddedPostgres, start_api: StartApi, issuer: Issuer, caplog: pytest.LogCaptureFixture
) -> None:
    """After a failover, open connections lead to the old server, which has become read-only."""
    database: Database = await asyncio.to_thread(migrate, postgres)
    alice = Person(user_id := await database.create_user(), issuer.token(user_id))
    conversation = f"/conversations/{await database.create_conversation(alice.id)}"
    with start_api(api_database_url=database.roles.api, database_pool_size=1) as url:
        async with Client(base_url=url, timeout=30) as client:
            await database.fetch("alter role chat_api set default_transaction_read_only = on")
            assert_unavailable(await client.as_person(alice, "PATCH", conversation, json={"title": "milk"}))
            assert_unavailable(await client.chat(alice, "hello"))
            assert (await client.as_person(alice, "GET", "/conversations")).status_code == 200
            await database.fetch("alter role chat_api reset default_transaction_read_only")
            assert (await client.as_person(alice, "PATCH", conversation, json={"title": "milk"})).status_code == 200
    assert_logged(caplog, "25006")


async def test_rejected_credentials_are_503_and_logged(
    start_api: StartApi, alice: Person, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    parts = urlsplit(database.roles.api)
    for changed, code in (
        (parts._replace(netloc=f"chat_api:wrong-password@{parts.hostname}:{parts.port}"), "28P01"),
        (parts._replace(path="/no-such-database"), "3D000"),
    ):
        caplog.clear()
        with start_api(api_database_url=changed.geturl()) as url:
            async with Client(base_url=url, timeout=30) as client:
                assert_unavailable(await client.as_person(alice, "GET", "/conversations"))
                assert_unavailable(await client.chat(alice, "hello"))
                assert_unavailable(await client.as_person(alice, "GET", "/export"))
                assert_unavailable(await client.get("/readyz"))
        assert_logged(caplog, code)
        assert "wrong-password" not in caplog.text


@pytest.mark.parametrize("code", ["XX000", "58000"])
async def test_a_proxy_without_a_server_is_503(
    start_api: StartApi, alice: Person, caplog: pytest.LogCaptureFixture, code: str
) -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        fields = f"SFATAL\0VFATAL\0C{code}\0Mno server\0\0".encode()
        writer.write(b"E" + (len(fields) + 4).to_bytes(4) + fields)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(refuse, "127.0.0.1", 0) as proxy:
        port = proxy.sockets[0].getsockname()[1]
        database_url = f"postgresql://chat_api:password@127.0.0.1:{port}/taskchat?sslmode=disable"
        with start_api(api_database_url=database_url) as url:
            async with Client(base_url=url, timeout=30) as client:
                assert_unavailable(await client.as_person(alice, "GET", "/conversations"))
                assert_unavailable(await client.chat(alice, "hello"))
    assert_logged(caplog, code)


def assert_logged(caplog: pytest.LogCaptureFixture, code: str) -> None:
    unavailable = [record for record in caplog.records if record.msg == "the database is unavailable"]
    assert code in {getattr(record, "sqlstate", None) for record in unavailable}


async def test_an_answer_whose_commit_was_unconfirmed_is_not_a_replay(
    start_api: StartApi, alice: Person, model: ModelServer, database: Database
) -> None:
    model.always(lambda _: Reply("hi"))
    with TcpProxy(database.roles.api) as proxy, start_api(api_database_url=proxy.url, database_pool_size=1) as url:
        async with Client(base_url=url, timeout=30) as client:
            assert (await client.chat(alice, "hello")).status_code == 200
            proxy.break_at(Break("after", 2))  # the second of two statements: begin and finish
            response = await client.chat(alice, "hello", key="key-1")
    assert proxy.is_broken
    assert (response.status_code, response.json()["response"]) == (200, "hi")
    assert "idempotent-replayed" not in response.headers


@pytest.mark.parametrize("moment", ["before", "after"])
async def test_a_silent_server_blocks_requests_only_briefly(
    start_api: StartApi, alice: Person, model: ModelServer, database: Database, moment: Moment
) -> None:
    model.always(lambda _: Reply("hi"))
    with TcpProxy(database.roles.api) as proxy, start_api(api_database_url=proxy.url, database_pool_size=1) as url:
        async with Client(base_url=url, timeout=30) as client:
            assert (await client.chat(alice, "hello")).status_code == 200
            proxy.break_at(Break(moment, 1, is_silent=True))
            assert_unavailable(await client.chat(alice, "again", key="key-1"))
            assert proxy.is_broken
            assert (await client.as_person(alice, "GET", "/conversations")).status_code == 200


@pytest.mark.parametrize("point", [Break("after", 1, is_silent=True), Break("before", 2, is_silent=True)], ids=str)
async def test_a_running_process_releases_the_leases_of_failed_turns(
    start_api: StartApi, alice: Person, model: ModelServer, database: Database, point: Break
) -> None:
    """The connection hangs while the turn begins or ends."""
    model.always(lambda _: Reply("hi"))
    with (
        TcpProxy(database.roles.api) as proxy,
        start_api(api_database_url=proxy.url, database_pool_size=1, **LEASE_OF_HOURS) as url,
    ):
        async with Client(base_url=url, timeout=30) as client:
            conversation_id = (await client.chat(alice, "hello")).json()["conversation_id"]
            proxy.break_at(point)
            assert_unavailable(await client.chat(alice, "again", key="key-1", conversation_id=conversation_id))
            assert proxy.is_broken
            await wait_until_released(database, alice)
            assert (await client.chat(alice, "again", key="key-1", conversation_id=conversation_id)).status_code == 200
    assert await database.count("message", user_id=alice.id) == 4


async def test_many_abandoned_leases_are_released_together(
    start_api: StartApi, alice: Person, model: ModelServer, database: Database
) -> None:
    """One task per lease would block the pool for as long as the database is down."""
    holds = [Hold(Reply("hi")) for _ in range(30)]
    model.script(*holds)
    with TcpProxy(database.roles.api) as proxy, start_api(api_database_url=proxy.url, database_pool_size=1) as url:
        async with Client(base_url=url, timeout=60) as client:
            turns = [asyncio.create_task(client.chat(alice, f"message {n}")) for n in range(len(holds))]
            for hold in holds:
                await hold.arrival()
            with proxy.silence():
                for hold in holds:
                    hold.release()
                for turn in turns:
                    assert_unavailable(await turn)
            proxy.round_trips = 0
            await wait_until_released(database, alice)
    assert proxy.round_trips < len(holds)


async def test_a_turn_that_begins_after_its_timeout_is_released(
    start_api: StartApi, alice: Person, model: ModelServer, database: Database
) -> None:
    model.always(lambda _: Reply("hi"))
    with (
        TcpProxy(database.roles.api) as proxy,
        start_api(
            api_database_url=f"{proxy.url}?application_name=late-begin-test", database_pool_size=1, **LEASE_OF_HOURS
        ) as url,
    ):
        async with Client(base_url=url, timeout=60) as client:
            assert (await client.chat(alice, "hello")).status_code == 200
            async with database.locked("owner") as lock:
                turn = asyncio.create_task(client.chat(alice, "again", key="key-1"))
                await lock.wait_for_waiter()
                with proxy.silence():
                    assert_unavailable(await turn)
                await wait_for_release_attempt(database, "late-begin-test")
            while not await database.count("message", idempotency_key="key-1"):
                pass
            await wait_until_released(database, alice)
            assert (await client.chat(alice, "again", key="key-1")).status_code == 200


async def test_clients_that_do_not_read_hold_no_database_connection(
    start_api: StartApi, alice: Person, bob: Person, database: Database
) -> None:
    await database.fetch("insert into owner (user_id) values ($1)", alice.id)
    await database.fetch(
        """insert into conversation (id, user_id, title)
           select gen_random_uuid(), $1, repeat('x', 300000) from generate_series(1, 30) n""",
        alice.id,
    )
    asked = threading.Semaphore(0)

    def count(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if "FROM conversation" in statement:
            asked.release()

    event.listen(Engine, "after_cursor_execute", count)
    try:
        with start_api(database_pool_size=2) as url, ExitStack() as sockets:
            address = urlsplit(url)
            request = f"GET /api/{alice.id}/conversations HTTP/1.1\r\nhost: {address.netloc}\r\n"
            request += f"authorization: Bearer {alice.token}\r\n\r\n"
            for _ in range(2):
                unread = sockets.enter_context(socket.socket())
                unread.connect((address.hostname, address.port))
                # The first response overflows all buffers, so the second one has to wait.
                unread.sendall(request.encode() * 2)
                for _ in range(2):
                    assert await asyncio.to_thread(asked.acquire, timeout=60)
            async with Client(base_url=url, timeout=30) as client:
                assert (await client.as_person(bob, "GET", "/conversations")).status_code == 200
    finally:
        event.remove(Engine, "after_cursor_execute", count)
        await database.delete_user(alice.id)  # other tests alter the column, which these long titles would prevent


async def test_a_hanging_database_is_reported_to_every_request(
    start_api: StartApi, alice: Person, model: ModelServer, database: Database
) -> None:
    """Requests that wait for a pooled connection, or for a new one, don't wait for those before them.

    Two connections for 20 requests: if each had to wait its turn, the last would exceed the client's timeout.
    """
    model.always(lambda _: Reply("hi"))
    with TcpProxy(database.roles.api) as proxy, start_api(api_database_url=proxy.url, database_pool_size=2) as url:
        async with Client(base_url=url, timeout=5 * STATEMENT_SECONDS) as client:
            assert (await client.chat(alice, "hello")).status_code == 200
            with proxy.silence():
                answers = await asyncio.gather(*(client.chat(alice, f"message {n}") for n in range(20)))
                answers.append(await client.as_person(alice, "GET", "/conversations"))
            assert (await client.chat(alice, "hello again")).status_code == 200
    for answer in answers:
        assert_unavailable(answer)


async def test_the_time_limit_covers_everything_that_a_statement_waits_for(
    start_api: StartApi, alice: Person, model: ModelServer, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The total limit applies before any single limit is reached."""
    model.always(lambda _: Reply("hi"))
    for module in (taskchat.database.engine, taskchat.chat.statements):
        for limit in ("STATEMENT_SECONDS", "SESSION_STATEMENT_SECONDS"):
            monkeypatch.setattr(module, limit, 0.2, raising=False)
        for limit in ("CONNECT_TIMEOUT_SECONDS", "COMMAND_TIMEOUT_SECONDS", "POOL_TIMEOUT_SECONDS"):
            monkeypatch.setattr(module, limit, 60, raising=False)
    with TcpProxy(database.roles.api) as proxy, start_api(api_database_url=proxy.url, database_pool_size=1) as url:
        async with Client(base_url=url, timeout=30) as client:
            with proxy.silence():
                assert_unavailable(await client.chat(alice, "hello"))
                assert_unavailable(await client.as_person(alice, "GET", "/conversations"))


async def test_requests_survive_changed_column_types(
    start_api: StartApi, model: ModelServer, issuer: Issuer, empty_database: Database
) -> None:
    """A migration may change the result types of prepared statements on open connections."""
    database = empty_database  # Changing the types rewrites the tables.
    user_id = await database.create_user()
    alice = Person(user_id, issuer.token(user_id))
    columns = {"task": "title", "conversation": "title", "message": "content", "tool_call": "name"}
    model.always(lambda _: Reply("hi"))

    async def change(kind: str) -> None:
        for table, column in columns.items():
            await database.fetch(f"alter table {table} alter column {column} type {kind}")

    with start_api(api_database_url=database.roles.api, database_pool_size=3) as url:
        async with Client(base_url=url, timeout=30) as client:
            conversation_id = (await client.chat(alice, "hello")).json()["conversation_id"]

            async def use(title: str) -> list[int]:
                """Execute every statement on every connection of the pool."""
                created = await asyncio.gather(
                    *(client.as_person(alice, "POST", "/tasks", json={"title": title}) for _ in range(6))
                )
                messages = f"/conversations/{conversation_id}/messages"
                paths = ("/tasks", "/conversations", "/conversations?q=h", messages, "/export")
                turns = [client.chat(alice, title, key=f"{len(title)}-{title[:5]}-{n}") for n in range(3)]
                read = await asyncio.gather(*turns, *(client.as_person(alice, "GET", path) for path in paths * 3))
                task = f"/tasks/{created[0].json()['id']}"
                changed = [
                    await client.as_person(alice, "PATCH", task, json={"completed": True}),
                    await client.as_person(alice, "PATCH", f"/conversations/{conversation_id}", json={"title": title}),
                    await client.as_person(alice, "DELETE", task),
                ]
                # Some exports may be refused, since only one may run at a time.
                return [r.status_code for r in (*created, *read, *changed) if r.status_code != 429]

            for kind in ("varchar", "text"):
                try:
                    assert set(await use(f"before {kind}")) == {200, 201, 204}
                    await change(kind)
                    assert set(await use(f"after {kind}")) == {200, 201, 204}
                finally:
                    await change("text")
    for kind in ("varchar", "text"):
        for moment in ("before", "after"):
            title = f"{moment} {kind}"
            assert await database.count("task", user_id=alice.id, title=title) == 5  # six created, one deleted
            assert await database.count("message", user_id=alice.id, content=title) == 3
