"""Per-user limits, and service for other users while one is over the limit."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx
import pytest
from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncEngine

import taskchat.conversations.search
import taskchat.database.engine
from support.client import Client, NewPerson, Person, StartApi
from support.database import Database
from support.model_server import ModelServer, Reply
from support.tcp_proxy import TcpProxy
from taskchat.settings import MAX_RATE

FLOOD = 60


def assert_rate_limited(response: httpx.Response) -> None:
    assert (response.status_code, response.json()["code"]) == (429, "rate_limited")
    assert response.headers["content-type"] == "application/problem+json"
    assert int(response.headers["retry-after"]) >= 1


class TestConcurrentRequests:
    @pytest.fixture(autouse=True)
    def _long_timeouts(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Requests that wait for a lock must not time out on a busy machine."""
        for limit in ("SESSION_STATEMENT_SECONDS", "COMMAND_TIMEOUT_SECONDS"):
            monkeypatch.setattr(taskchat.database.engine, limit, 30)

    async def test_others_are_served_while_one_user_floods(
        self, start_api: StartApi, alice: Person, bob: Person, database: Database
    ) -> None:
        messages = f"/conversations/{await database.create_conversation(alice.id)}/messages"
        with start_api(requests_at_once=4, database_pool_size=5) as url:
            async with Client(base_url=url, timeout=60, limits=httpx.Limits(max_connections=FLOOD + 1)) as client:
                async with database.locked("message") as lock:
                    flood = [asyncio.create_task(client.as_person(alice, "GET", messages)) for _ in range(FLOOD)]
                    await lock.wait_for_waiter()
                    answers = [await client.as_person(bob, "GET", "/conversations") for _ in range(20)]
                    assert [answer.status_code for answer in answers] == [200] * 20
                    async with asyncio.timeout(60):
                        while sum(request.done() for request in flood) < FLOOD - 4:
                            await asyncio.wait([r for r in flood if not r.done()], return_when=asyncio.FIRST_COMPLETED)
                    assert sum(request.done() for request in flood) == FLOOD - 4
                responses = await asyncio.gather(*flood)
                assert Counter(response.status_code for response in responses) == {200: 4, 429: FLOOD - 4}
                for response in responses:
                    if response.status_code == 429:
                        assert_rate_limited(response)
                # Once they have finished, new requests are accepted.
                assert (await client.as_person(alice, "GET", "/conversations")).status_code == 200

    async def test_a_disconnected_client_frees_its_slot(
        self, start_api: StartApi, alice: Person, database: Database
    ) -> None:
        with start_api(requests_at_once=1) as url:
            async with Client(base_url=url, timeout=60) as client:
                async with database.locked("conversation") as lock:
                    leaving = asyncio.create_task(client.as_person(alice, "GET", "/conversations"))
                    await lock.wait_for_waiter()
                    assert_rate_limited(await client.as_person(alice, "GET", "/conversations"))
                    leaving.cancel()
                assert (await first_admitted(client, alice)).status_code == 200

    async def test_unknown_paths_and_refused_bodies_free_their_slots(self, start_api: StartApi, alice: Person) -> None:
        with start_api(requests_at_once=1) as url:
            async with Client(base_url=url, timeout=60) as client:
                assert (await client.as_person(alice, "GET", "/nothing")).status_code == 404
                assert (await client.as_person(alice, "POST", "/chat", json={})).status_code == 422
                assert (await client.as_person(alice, "POST", "/chat", content=b"x" * 300_000)).status_code == 413
                assert (await client.as_person(alice, "GET", "/conversations")).status_code == 200


async def first_admitted(client: Client, person: Person) -> httpx.Response:
    async with asyncio.timeout(60):
        while (response := await client.as_person(person, "GET", "/conversations")).status_code == 429:
            pass
        return response


class TestRate:
    async def test_requests_per_minute_are_limited_per_user(
        self, start_api: StartApi, alice: Person, bob: Person, model: ModelServer
    ) -> None:
        model.always(lambda _: Reply("hi"))
        with start_api(requests_per_minute=3) as url:
            async with Client(base_url=url) as client:
                for person in (alice, bob):
                    assert (await client.chat(person, "hello")).status_code == 200  # turns have a separate rate
                for path in ("/conversations", "/conversations?q=hello"):
                    assert (await client.as_person(alice, "GET", path)).status_code == 200
                unknown = await client.as_person(alice, "DELETE", f"/conversations/{uuid4()}")
                assert unknown.status_code == 404  # but it counts

                requests: list[tuple[str, str, Any]] = [
                    ("GET", "/conversations", None),
                    ("GET", "/conversations?q=hello", None),
                    ("GET", f"/conversations/{uuid4()}/messages", None),
                    ("PATCH", f"/conversations/{uuid4()}", {"title": "milk"}),
                    ("DELETE", f"/conversations/{uuid4()}", None),
                    ("GET", "/export", None),
                    ("GET", f"/conversations/{uuid4()}/export.md", None),
                ]
                for method, path, body in requests:
                    refused = await client.as_person(alice, method, path, json=body)
                    assert_rate_limited(refused)
                    assert int(refused.headers["retry-after"]) <= 20
                assert (await client.as_person(bob, "GET", "/conversations")).status_code == 200
                assert (await client.chat(alice, "and again")).status_code == 200

    async def test_the_database_can_count_the_highest_rates(
        self, start_api: StartApi, alice: Person, model: ModelServer
    ) -> None:
        model.always(lambda _: Reply("hi"))
        for name in ("requests_per_minute", "turns_per_minute"):
            with (
                pytest.raises(ValidationError, match=f"{name}\n.*less than or equal to"),
                start_api(**{name: MAX_RATE + 1}),
            ):
                pass
        with start_api(requests_per_minute=MAX_RATE, turns_per_minute=MAX_RATE) as url:
            async with Client(base_url=url) as client:
                assert (await client.chat(alice, "hello")).status_code == 200
                assert (await client.as_person(alice, "GET", "/conversations")).status_code == 200

    async def test_the_rate_is_shared_by_all_processes(
        self, start_api: StartApi, alice: Person, database: Database
    ) -> None:
        await database.fetch("insert into owner (user_id) values ($1)", alice.id)
        with start_api(requests_per_minute=20) as first, start_api(requests_per_minute=20) as second:
            async with Client(base_url=first) as one, Client(base_url=second) as other:
                responses = await asyncio.gather(
                    *(client.as_person(alice, "GET", "/conversations") for client in (one, other) for _ in range(20))
                )
        assert Counter(response.status_code for response in responses) == {200: 20, 429: 20}

    async def test_counting_takes_no_round_trip(self, start_api: StartApi, alice: Person, database: Database) -> None:
        conversation = f"/conversations/{await database.create_conversation(alice.id)}"
        with TcpProxy(database.roles.api) as proxy, start_api(api_database_url=proxy.url, database_pool_size=1) as url:
            async with Client(base_url=url) as client:
                costs = []
                requests = (("PATCH", conversation, {"title": "milk"}), ("GET", "/conversations", None))
                for method, path, body in requests * 2:
                    before = proxy.round_trips
                    assert (await client.as_person(alice, method, path, json=body)).is_success
                    costs.append(proxy.round_trips - before)
        assert costs[2:] == [1, 1]  # the first two prepare the statements

    async def test_a_request_that_only_reads_leaves_no_row(
        self, client: Client, alice: Person, database: Database
    ) -> None:
        assert (await client.as_person(alice, "GET", "/conversations")).status_code == 200
        assert await database.count("owner", user_id=alice.id) == 0


class TestSearch:
    @pytest.fixture
    async def heavy_user(self, new_person: NewPerson, database: Database) -> AsyncIterator[Person]:
        """A user with 30,000 conversations, the oldest about milk."""
        person = await new_person()
        await database.fetch("insert into owner (user_id) values ($1)", person.id)
        await database.fetch(
            """insert into conversation (id, user_id, title, updated_at)
               select gen_random_uuid(), $1, case n when 30000 then 'Buy MILK' else 'Plan ' || n end,
                 now() - n * interval '1 s' from generate_series(1, 30000) n""",
            person.id,
        )
        await database.fetch("analyze conversation")
        yield person
        await database.delete_user(person.id)

    async def test_a_search_reads_a_bounded_part_of_the_index(self, engine: AsyncEngine, heavy_user: Person) -> None:
        statement = taskchat.conversations.search.search(heavy_user.id, "milk", None, 30)
        compiled = statement.compile(engine.sync_engine, compile_kwargs={"literal_binds": True})
        async with engine.connect() as connection:
            explain = f"explain (analyze, costs off, timing off, summary off, format json) {compiled}"
            [plan] = (await connection.exec_driver_sql(explain)).scalars()
        scans = [node for node in _nodes(plan[0]["Plan"]) if node.get("Relation Name") == "conversation"]
        assert [scan["Index Name"] for scan in scans] == ["conversation_newest_first"], plan
        assert scans[0]["Actual Rows"] <= taskchat.conversations.search.SEARCHED_AT_ONCE + 1  # a window reads ahead
        assert scans[0].get("Rows Removed by Filter", 0) == 0

    async def test_following_the_cursor_finds_old_conversations(self, client: Client, heavy_user: Person) -> None:
        found, pages, cursor = [], 0, None
        while pages == 0 or cursor:
            params = {"q": "milk", **({"cursor": cursor} if cursor else {})}
            page = (await client.as_person(heavy_user, "GET", "/conversations", params=params)).json()
            found += [item["title"] for item in page["items"]]
            pages, cursor = pages + 1, page["next_cursor"]
        assert found == ["Buy MILK"]
        assert pages == 30_000 // taskchat.conversations.search.SEARCHED_AT_ONCE + 1

    async def test_every_match_is_found_once(
        self, client: Client, alice: Person, database: Database, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Pages end when they are full or when enough rows were searched."""
        monkeypatch.setattr(taskchat.conversations.search, "SEARCHED_AT_ONCE", 7)
        await database.fetch("insert into owner (user_id) values ($1)", alice.id)
        await database.fetch(
            """insert into conversation (id, user_id, title, updated_at)
               select gen_random_uuid(), $1, case when n % 3 = 0 then 'milk ' else 'eggs ' end || n,
                 now() - (n / 4) * interval '1 s' from generate_series(1, 50) n""",
            alice.id,
        )
        expected = [f"milk {n}" for n in range(3, 51, 3)]
        for limit in range(1, 10):
            found, cursor, is_first = [], None, True
            while is_first or cursor:
                params = {"q": "milk", "limit": limit, **({"cursor": cursor} if cursor else {})}
                page = (await client.as_person(alice, "GET", "/conversations", params=params)).json()
                assert len(page["items"]) <= limit
                found += [item["title"] for item in page["items"]]
                is_first, cursor = False, page["next_cursor"]
            assert sorted(found) == sorted(expected)


def _nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [plan, *(node for child in plan.get("Plans", ()) for node in _nodes(child))]
