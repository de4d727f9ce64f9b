"""A database that goes away and comes back."""

import asyncio
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

import taskchat.chat.statements
import taskchat.database
from support.client import Client, Person, StartApi
from support.database import Database, migrate
from support.issuer import Issuer
from support.model_server import Hold, ModelServer, Reply
from support.wire import Break, Moment, Wire
from taskchat_dev_stack.data_folder import temporary_folder
from taskchat_dev_stack.postgres import EmbeddedPostgres

TOLD_WITHIN_SECONDS = 9


@pytest.fixture
def postgres() -> Iterator[EmbeddedPostgres]:
    with temporary_folder() as folder, EmbeddedPostgres(folder, durable=False) as postgres:
        yield postgres


def assert_unavailable(response: httpx.Response) -> None:
    assert (response.status_code, response.json()["code"]) == (503, "database_unavailable")
    assert int(response.headers["retry-after"]) >= 1


async def test_requests_are_503_while_it_is_away_and_go_on_when_it_is_back(
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
            assert_unavailable(await client.as_person(alice, "GET", "/tasks"))
            assert_unavailable(await client.get("/readyz"))

            await asyncio.to_thread(postgres.start)
            # Nobody could release the turn's lease, so it has to end first.
            await database.fetch("update conversation set lease_until = now()")
            answer = await client.chat(alice, "again", key="key-2", conversation_id=conversation_id)
            assert (answer.status_code, answer.json()["response"]) == (200, "Welcome back.")
            assert (await client.get("/readyz")).status_code == 200
    assert await database.count("message", user_id=alice.id) == 4


async def test_connections_that_are_killed_while_idle_cost_no_request_an_error(
    client: Client, alice: Person, model: ModelServer, database: Database
) -> None:
    model.always(lambda _: Reply("hi"))
    for _ in range(5):
        await asyncio.gather(*(client.as_person(alice, "GET", "/tasks") for _ in range(20)))  # fills the pool
        killed = await database.fetch(
            "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'chat_api' and state = 'idle'"
        )
        assert len(killed) > 1
        requests = [client.as_person(alice, "GET", "/tasks") for _ in range(10)]
        turns = [client.chat(alice, f"message {n}") for n in range(10)]
        responses = await asyncio.gather(*requests, *turns)
        assert [response.status_code for response in responses] == [200] * 20


async def test_a_connection_that_was_idle_for_long_is_replaced_before_it_is_used(
    start_api: StartApi, alice: Person, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def backends() -> set[int]:
        rows = await database.fetch("select pid from pg_stat_activity where application_name = 'idle-test'")
        return {row["pid"] for row in rows}

    url = f"{database.roles.api}?application_name=idle-test"
    with start_api(api_database_url=url, database_pool_size=1) as address:
        async with Client(base_url=address, timeout=30) as client:
            await client.as_person(alice, "GET", "/tasks")
            first = await backends()
            await client.as_person(alice, "GET", "/tasks")
            assert await backends() == first
            monkeypatch.setattr("taskchat.database.IDLE_SECONDS", 0)
            await client.as_person(alice, "GET", "/tasks")
            assert first.isdisjoint(await backends())


@pytest.mark.parametrize("moment", ["before", "after"])
async def test_a_connection_that_breaks_under_a_statement_costs_no_request_an_error(
    start_api: StartApi, alice: Person, database: Database, moment: Moment
) -> None:
    with Wire(database.roles.api) as wire, start_api(api_database_url=wire.url, database_pool_size=1) as url:
        async with Client(base_url=url, timeout=30) as client:

            async def unbroken_and_broken(method: str, path: str, **body: Any) -> httpx.Response:
                for is_broken in (False, True):  # the first time prepares the statement
                    if is_broken:
                        wire.break_at(Break(moment, 1))
                    response = await client.as_person(alice, method, path, json=body or None)
                assert wire.is_broken
                return response

            created = await unbroken_and_broken("POST", "/tasks", title="milk")
            assert created.status_code == 201
            path = f"/tasks/{created.json()['id']}"
            assert (await unbroken_and_broken("PATCH", path, completed=True)).json()["completed"] is True
            listed = await unbroken_and_broken("GET", "/tasks")
            assert [task["completed"] for task in listed.json()["items"]] == [False, True]
    assert await database.count("task", user_id=alice.id) == 2


async def test_a_server_that_only_reads_is_left_for_one_that_writes(
    postgres: EmbeddedPostgres, start_api: StartApi, issuer: Issuer, caplog: pytest.LogCaptureFixture
) -> None:
    """As after a failover, when the name leads to the new server and the connections to the old."""
    database: Database = await asyncio.to_thread(migrate, postgres)
    alice = Person(user_id := await database.create_user(), issuer.token(user_id))
    with start_api(api_database_url=database.roles.api, database_pool_size=1) as url:
        async with Client(base_url=url, timeout=30) as client:
            await database.fetch("alter role chat_api set default_transaction_read_only = on")
            assert_unavailable(await client.as_person(alice, "POST", "/tasks", json={"title": "milk"}))
            assert_unavailable(await client.chat(alice, "hello"))
            assert (await client.as_person(alice, "GET", "/tasks")).status_code == 200
            await database.fetch("alter role chat_api reset default_transaction_read_only")
            assert (await client.as_person(alice, "POST", "/tasks", json={"title": "milk"})).status_code == 201
    assert_logged(caplog, "25006")


async def test_credentials_that_are_refused_are_503_and_the_log_says_so(
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
                assert_unavailable(await client.as_person(alice, "GET", "/tasks"))
                assert_unavailable(await client.chat(alice, "hello"))
                assert_unavailable(await client.as_person(alice, "GET", "/export"))
                assert_unavailable(await client.get("/readyz"))
        assert_logged(caplog, code)
        assert "wrong-password" not in caplog.text


def assert_logged(caplog: pytest.LogCaptureFixture, code: str) -> None:
    unavailable = [record for record in caplog.records if record.msg == "the database is unavailable"]
    assert code in {getattr(record, "sqlstate", None) for record in unavailable}


async def test_an_answer_that_was_stored_unheard_is_no_replay(
    start_api: StartApi, alice: Person, model: ModelServer, database: Database
) -> None:
    model.always(lambda _: Reply("hi"))
    with Wire(database.roles.api) as wire, start_api(api_database_url=wire.url, database_pool_size=1) as url:
        async with Client(base_url=url, timeout=30) as client:
            assert (await client.chat(alice, "hello")).status_code == 200
            wire.break_at(Break("after", 2))  # of two: begin, and finish
            response = await client.chat(alice, "hello", key="key-1")
    assert wire.is_broken
    assert (response.status_code, response.json()["response"]) == (200, "hi")
    assert "idempotent-replayed" not in response.headers


@pytest.mark.parametrize("moment", ["before", "after"])
async def test_a_server_that_vanishes_without_a_word_holds_nobody_up_for_ever(
    start_api: StartApi, alice: Person, model: ModelServer, database: Database, moment: Moment
) -> None:
    model.always(lambda _: Reply("hi"))
    with Wire(database.roles.api) as wire, start_api(api_database_url=wire.url, database_pool_size=1) as url:
        async with Client(base_url=url, timeout=30) as client:
            assert (await client.chat(alice, "hello")).status_code == 200
            wire.break_at(Break(moment, 1, is_silent=True))
            assert_unavailable(await client.chat(alice, "again", key="key-1"))
            assert wire.is_broken
            assert (await client.as_person(alice, "GET", "/tasks")).status_code == 200


async def test_a_database_that_hangs_is_told_quickly_to_everybody(
    start_api: StartApi, alice: Person, model: ModelServer, database: Database
) -> None:
    """Also to those who wait for a connection of the pool, and to those whose connection is being made."""
    model.always(lambda _: Reply("hi"))

    async def turn(client: Client, n: int) -> tuple[httpx.Response, float]:
        began = time.monotonic()
        return await client.chat(alice, f"message {n}"), time.monotonic() - began

    with Wire(database.roles.api) as wire, start_api(api_database_url=wire.url, database_pool_size=2) as url:
        async with Client(base_url=url, timeout=60) as client:
            assert (await client.chat(alice, "hello")).status_code == 200
            with wire.silence():
                told = await asyncio.gather(*(turn(client, n) for n in range(20)))
                told.append(await turn(client, 20))
                began = time.monotonic()
                assert_unavailable(await client.as_person(alice, "GET", "/tasks"))
                assert time.monotonic() - began < TOLD_WITHIN_SECONDS
            assert (await client.chat(alice, "hello again")).status_code == 200
    for response, seconds in told:
        assert_unavailable(response)
        assert seconds < TOLD_WITHIN_SECONDS


async def test_all_that_a_statement_waits_for_counts(
    start_api: StartApi, alice: Person, model: ModelServer, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Told before any single limit is reached."""
    model.always(lambda _: Reply("hi"))
    for module in (taskchat.database, taskchat.chat.statements):
        monkeypatch.setattr(module, "STATEMENT_SECONDS", 0.2)
        for limit in ("CONNECT_TIMEOUT_SECONDS", "COMMAND_TIMEOUT_SECONDS", "POOL_TIMEOUT_SECONDS"):
            monkeypatch.setattr(module, limit, 60, raising=False)
    with Wire(database.roles.api) as wire, start_api(api_database_url=wire.url, database_pool_size=1) as url:
        async with Client(base_url=url, timeout=30) as client:
            with wire.silence():
                assert_unavailable(await client.chat(alice, "hello"))
                assert_unavailable(await client.as_person(alice, "GET", "/tasks"))
