"""The daily budgets of model tokens: of each user, and of the whole service."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from pydantic import ValidationError

from support.api_process import ApiProcess
from support.client import Client, NewPerson, Person, StartApi
from support.database import Database
from support.model_server import Api, Call, Failure, Hold, ModelRequest, ModelServer, Reply
from taskchat.chat.usage import MAX_REPORTED, reported_tokens
from taskchat.settings import Settings

ADD_MILK = (Call("add_task", {"title": "milk"}),)
TEN = Reply("hi", tokens=(7, 3))


@pytest.fixture(autouse=True)
async def _no_tokens_yet(database: Database) -> None:
    """The service's count is shared with other tests of this database."""
    await database.fetch("delete from service_tokens")


@asynccontextmanager
async def client_of(start_api: StartApi, **settings: Any) -> AsyncIterator[Client]:
    with start_api(**settings) as url:
        async with Client(base_url=url, timeout=30) as client:
            yield client


async def used_by(database: Database, person: Person) -> int:
    [row] = await database.fetch("select tokens_used from owner where user_id = $1", person.id)
    return int(row["tokens_used"])


async def used_by_all(database: Database) -> int:
    [row] = await database.fetch(
        """select coalesce(sum(tokens_used), 0) as sum from service_tokens
           where tokens_used_on >= (now() at time zone 'UTC')::date"""
    )
    return int(row["sum"])


async def end_the_day(database: Database) -> None:
    await database.fetch("update owner set tokens_used_on = tokens_used_on - 1")
    await database.fetch("update service_tokens set tokens_used_on = tokens_used_on - 1")


def assert_budget_used(response: httpx.Response, detail: str = "You've used today's allowance.") -> None:
    assert (response.status_code, response.json()["code"]) == (429, "budget_used"), response.text
    assert response.json()["detail"] == f"{detail} Try again after midnight UTC."
    now = datetime.now(UTC)
    midnight = (now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    left = (midnight - now).total_seconds()
    assert abs(int(response.headers["retry-after"]) - left) < 60 or left > 86_340  # the day has just changed


class TestRefusal:
    async def test_a_user_who_used_the_budget_is_refused_and_others_are_not(
        self, start_api: StartApi, alice: Person, bob: Person, model: ModelServer, database: Database, openai_api: Api
    ) -> None:
        model.always(lambda _: TEN)
        async with client_of(start_api, model_tokens_per_user_per_day=11, openai_api=openai_api) as client:
            for message in ("one", "two"):  # the second begins with one token left
                assert (await client.chat(alice, message)).status_code == 200
            refused = await client.chat(alice, "three", key="key-3")
            assert_budget_used(refused)
            assert (await client.chat(bob, "hello")).status_code == 200
            assert len(model.requests) == 3
            assert await database.count("message", user_id=alice.id) == 4
            assert (await used_by(database, alice), await used_by(database, bob)) == (20, 10)

            await end_the_day(database)
            assert (await client.chat(alice, "three", key="key-3")).status_code == 200
            assert await used_by(database, alice) == 10

    async def test_a_clock_that_was_ahead_stops_nobody(
        self, start_api: StartApi, alice: Person, model: ModelServer, database: Database
    ) -> None:
        model.script(TEN, TEN, TEN)
        async with client_of(start_api, model_tokens_per_user_per_day=10, model_tokens_per_day=10) as client:
            assert (await client.chat(alice, "one")).status_code == 200
            await database.fetch("update owner set tokens_used_on = tokens_used_on + 400")
            await database.fetch("update service_tokens set tokens_used_on = tokens_used_on + 400")
            assert (await client.chat(alice, "two")).status_code == 200
            assert_budget_used(await client.chat(alice, "three"))
            assert await used_by(database, alice) == await used_by_all(database) == 10
            await end_the_day(database)
            assert (await client.chat(alice, "four")).status_code == 200

    async def test_the_services_budget_is_for_all_users_and_processes(
        self,
        start_api: StartApi,
        alice: Person,
        bob: Person,
        new_person: NewPerson,
        model: ModelServer,
        database: Database,
    ) -> None:
        model.always(lambda _: TEN)
        async with (
            client_of(start_api, model_tokens_per_day=20) as client,
            client_of(start_api, model_tokens_per_day=20) as other,
        ):
            assert (await client.chat(alice, "hello")).status_code == 200
            assert (await other.chat(bob, "hello")).status_code == 200
            newcomer = await new_person()
            for person in (alice, bob, newcomer):
                assert_budget_used(await client.chat(person, "more"), "Today's allowance of this service is used up.")
            assert await database.count("owner", user_id=newcomer.id) == 0
            assert (await other.as_person(alice, "GET", "/tasks")).status_code == 200  # only the model costs

            await end_the_day(database)
            assert (await client.chat(newcomer, "hello")).status_code == 200
            assert await used_by_all(database) == 10

    async def test_a_finished_turn_still_returns_its_answer(
        self, start_api: StartApi, alice: Person, model: ModelServer
    ) -> None:
        model.script(TEN)
        async with client_of(start_api, model_tokens_per_user_per_day=10) as client:
            first = await client.chat(alice, "hello", key="key-1")
            assert_budget_used(await client.chat(alice, "more"))
            again = await client.chat(alice, "hello", key="key-1")
        assert (again.status_code, again.json()) == (200, first.json())
        assert again.headers["idempotent-replayed"] == "true"

    async def test_turns_at_once_exceed_it_by_no_more_than_those_in_flight(
        self, start_api: StartApi, alice: Person, model: ModelServer, database: Database
    ) -> None:
        held = [Hold(TEN) for _ in range(5)]
        model.script(*held)
        async with client_of(start_api, model_tokens_per_user_per_day=1) as client:
            turns = []
            for n, hold in enumerate(held):
                turns.append(asyncio.create_task(client.chat(alice, f"message {n}")))
                await hold.arrival()
            for hold in held:
                hold.release()
            assert [turn.status_code for turn in await asyncio.gather(*turns)] == [200] * 5
            refused = await asyncio.gather(*(client.chat(alice, f"late {n}") for n in range(20)))
        for response in refused:
            assert_budget_used(response)
        assert await used_by(database, alice) == await used_by_all(database) == 50

    async def test_the_offline_assistant_answers_whatever_was_used(
        self, start_api: StartApi, alice: Person, model: ModelServer
    ) -> None:
        limits = {"model_tokens_per_user_per_day": 1, "model_tokens_per_day": 1}
        model.script(TEN)
        async with client_of(start_api, **limits) as client:
            assert (await client.chat(alice, "hello")).status_code == 200
            assert_budget_used(await client.chat(alice, "more"))
        async with client_of(start_api, assistant="offline", **limits) as client:
            assert (await client.chat(alice, "add milk")).status_code == 200

    async def test_a_failed_turn_is_not_resumed_but_kept(
        self, start_api: StartApi, alice: Person, model: ModelServer, database: Database
    ) -> None:
        model.script(Reply(calls=ADD_MILK, tokens=(7, 3)), Failure(400))
        async with client_of(start_api, model_tokens_per_user_per_day=10) as client:
            assert (await client.chat(alice, "add milk", key="key-1")).status_code == 502
            assert_budget_used(await client.chat(alice, "add milk", key="key-1"))
            await end_the_day(database)
            model.script(Reply("Added.", tokens=(7, 3)))
            assert (await client.chat(alice, "add milk", key="key-1")).json()["response"] == "Added."
        assert await database.count("task", user_id=alice.id) == 1
        assert await used_by(database, alice) == 10

    async def test_the_log_says_so_once_a_day_for_the_service(
        self, api_environment: dict[str, str], alice: Person, model: ModelServer
    ) -> None:
        model.script(TEN)
        with ApiProcess({**api_environment, "MODEL_TOKENS_PER_DAY": "10"}) as process:
            async with Client(base_url=process.url, timeout=30) as client:
                await client.chat(alice, "hello")
                for _ in range(2):
                    assert_budget_used(
                        await client.chat(alice, "more"), "Today's allowance of this service is used up."
                    )
            process.stop()
            logged = [line for line in map(parsed, process.output) if line]
        reports = [(line["level"], line["outcome"]) for line in logged if line["message"] == "budget used"]
        assert reports == [("WARNING", "service_budget_used"), ("INFO", "service_budget_used")]
        assert [line["tokens"] for line in logged if line["message"] == "turn answered"] == [10]


def parsed(line: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(line) if line.startswith("{") else {}
    return found


class TestCount:
    async def test_every_step_counts_once_however_it_is_recorded(
        self, start_api: StartApi, alice: Person, model: ModelServer, database: Database, openai_api: Api
    ) -> None:
        model.script(Reply(calls=ADD_MILK * 3, tokens=(100, 20)), Reply(calls=ADD_MILK, tokens=(200, 30)))
        model.script(Reply("Added.", tokens=(300, 40)))
        async with client_of(start_api, openai_api=openai_api) as client:
            assert (await client.chat(alice, "add milk")).status_code == 200
        assert await used_by(database, alice) == await used_by_all(database) == 690

    async def test_a_replayed_step_is_not_counted_again(
        self, client: Client, alice: Person, model: ModelServer, database: Database
    ) -> None:
        model.script(Reply(calls=ADD_MILK, tokens=(7, 3)), Failure(400))
        assert (await client.chat(alice, "add milk", key="key-1")).status_code == 502
        assert await used_by(database, alice) == 10
        model.script(TEN)
        assert (await client.chat(alice, "add milk", key="key-1")).status_code == 200
        assert await used_by(database, alice) == await used_by_all(database) == 20

    async def test_answers_that_fail_the_turn_count(
        self, client: Client, alice: Person, model: ModelServer, database: Database
    ) -> None:
        model.script(Reply(tokens=(7, 3)), Reply(tokens=(7, 3)))  # nothing, twice
        assert (await client.chat(alice, "hello")).status_code == 502
        assert await used_by(database, alice) == await used_by_all(database) == 20

    async def test_a_server_that_reports_none_is_estimated_by_size(
        self, start_api: StartApi, alice: Person, bob: Person, model: ModelServer, database: Database, openai_api: Api
    ) -> None:
        model.always(lambda _: Reply("x" * 4000, tokens=None))
        async with client_of(start_api, openai_api=openai_api) as client:
            await client.chat(alice, "hello")
            await client.chat(bob, "y" * 4000)
        of_alice, of_bob = await used_by(database, alice), await used_by(database, bob)
        assert of_alice > 1000  # the answer, the instructions and the tools
        assert of_bob - of_alice == pytest.approx(1000, abs=2)
        assert await used_by_all(database) == of_alice + of_bob

    async def test_a_history_with_huge_numbers_is_estimated(
        self, start_api: StartApi, alice: Person, model: ModelServer, database: Database
    ) -> None:
        """Postgres returns 1e30 as an integer of 31 digits."""
        message = {"role": "assistant", "content": "hi", "reasoning_details": [{"n": 1e30}]}
        body = json.dumps({"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]})
        model.script(Failure(200, body), Failure(200, body))
        async with client_of(start_api, openai_api="chat_completions") as client:
            first = await client.chat(alice, "hello")
            again = await client.chat(alice, "more", conversation_id=first.json()["conversation_id"])
        assert (first.status_code, again.status_code) == (200, 200)
        assert model.requests[1].body["messages"][2]["reasoning_details"] == [{"n": 1e30}]

    async def test_a_request_that_timed_out_counts_by_its_size(
        self, start_api: StartApi, alice: Person, model: ModelServer, database: Database
    ) -> None:
        hold = Hold(TEN)
        model.script(hold)
        async with client_of(start_api, model_timeout_seconds=0.2) as client:
            assert (await client.chat(alice, "x" * 4000)).json()["code"] == "model_timeout"
        hold.release()
        assert await used_by(database, alice) > 1000

    async def test_a_server_that_is_down_costs_nothing(
        self, start_api: StartApi, alice: Person, database: Database
    ) -> None:
        async with client_of(start_api, openai_base_url="http://127.0.0.1:9/v1") as client:
            assert (await client.chat(alice, "hello")).json()["code"] == "model_unavailable"
        assert await used_by(database, alice) == await used_by_all(database) == 0

    async def test_a_server_that_lets_nobody_connect_costs_nothing(
        self, start_api: StartApi, alice: Person, database: Database
    ) -> None:
        with (
            socket.create_server(("127.0.0.1", 0), backlog=0) as server,
            socket.create_connection(server.getsockname()),  # fills the queue, so that the next one gets no answer
        ):
            url = f"http://127.0.0.1:{server.getsockname()[1]}/v1"
            async with client_of(start_api, openai_base_url=url, model_timeout_seconds=1) as client:
                assert (await client.chat(alice, "hello")).json()["code"] == "model_timeout"
        assert await used_by(database, alice) == await used_by_all(database) == 0

    async def test_the_offline_assistant_costs_nothing(
        self, start_api: StartApi, alice: Person, database: Database
    ) -> None:
        async with client_of(start_api, assistant="offline", model_tokens_per_user_per_day=1) as client:
            for _ in range(2):
                assert (await client.chat(alice, "add milk")).status_code == 200
        assert await used_by(database, alice) == await used_by_all(database) == 0

    async def test_a_turn_counts_even_if_its_conversation_or_account_is_deleted(
        self, client: Client, alice: Person, bob: Person, model: ModelServer, database: Database
    ) -> None:
        for person in (alice, bob):
            hold = Hold(TEN)
            model.script(hold)
            turn = asyncio.create_task(client.chat(person, "hello"))
            await hold.arrival()
            if person is alice:
                await database.fetch("delete from conversation where user_id = $1", alice.id)
            else:
                await database.delete_user(bob.id)
            hold.release()
            assert (await turn).status_code == 404
        assert await used_by(database, alice) == 10
        assert await used_by_all(database) == 20
        assert await database.count("owner", user_id=bob.id) == 0

    async def test_a_failure_counts_even_if_its_conversation_is_deleted(
        self, client: Client, alice: Person, model: ModelServer, database: Database
    ) -> None:
        hold = Hold(Reply(tokens=(7, 3)))
        model.script(Reply(tokens=(7, 3)), hold)
        turn = asyncio.create_task(client.chat(alice, "hello"))
        await hold.arrival()
        await database.fetch("delete from conversation where user_id = $1", alice.id)
        hold.release()
        assert (await turn).status_code == 502
        assert await used_by(database, alice) == await used_by_all(database) == 20

    async def test_a_replaced_run_counts_its_own_tokens(
        self, client: Client, alice: Person, model: ModelServer, database: Database
    ) -> None:
        hold = Hold(Reply("late", tokens=(7, 3)))
        model.script(hold, Reply("first", tokens=(100, 1)))
        replaced = asyncio.create_task(client.chat(alice, "hello", key="key-1"))
        await hold.arrival()
        await database.fetch("update conversation set lease_until = now() where user_id = $1", alice.id)
        assert (await client.chat(alice, "hello", key="key-1")).json()["response"] == "first"
        hold.release()
        assert (await replaced).json()["response"] == "first"
        assert await used_by(database, alice) == await used_by_all(database) == 111

    async def test_a_turn_that_a_stop_cuts_off_counts(
        self, api_environment: dict[str, str], alice: Person, model: ModelServer, database: Database
    ) -> None:
        hold = Hold(TEN)
        model.script(Reply(calls=ADD_MILK, tokens=(7, 3)), hold)
        with ApiProcess(api_environment, grace_seconds=0) as process:
            async with Client(base_url=process.url, timeout=30) as client:
                turn = asyncio.create_task(client.chat(alice, "x" * 4000))
                await hold.arrival()
                await asyncio.to_thread(process.stop)
                assert (await turn).status_code == 503
        hold.release()
        assert await used_by(database, alice) == await used_by_all(database) > 1010

    async def test_concurrent_turns_of_one_user_count_exactly(
        self, client: Client, start_api: StartApi, alice: Person, model: ModelServer, database: Database
    ) -> None:
        """Half of them compete for one conversation, where a begin locks the same rows as a running turn."""
        conversation_id = await database.create_conversation(alice.id)

        async def send(client: Client, n: int) -> int:
            where = {"conversation_id": conversation_id} if n % 2 else {}
            while (response := await client.chat(alice, f"message {n}", key=f"key-{n}", **where)).status_code == 409:
                pass
            return response.status_code

        def reply(request: ModelRequest) -> Reply:
            is_done = request.transcript[-1][0] == "output"
            return Reply("Added.", tokens=(5, 1)) if is_done else Reply(calls=ADD_MILK * 2, tokens=(7, 3))

        model.always(reply)
        async with client_of(start_api) as other:
            turns = [send(other if n % 4 < 2 else client, n) for n in range(24)]
            async with asyncio.timeout(120):
                assert await asyncio.gather(*turns) == [200] * 24
        assert await used_by(database, alice) == await used_by_all(database) == 24 * 16

    async def test_users_are_spread_over_sixteen_rows(
        self, client: Client, database: Database, new_person: NewPerson, model: ModelServer
    ) -> None:
        model.always(lambda _: TEN)
        people = [await new_person() for _ in range(12)]
        await asyncio.gather(*(client.chat(person, "hello") for person in people))
        slots = {person.id.bytes[-1] % 16 for person in people}
        assert {row["slot"] for row in await database.fetch("select slot from service_tokens")} == slots
        assert await used_by_all(database) == 120


class TestReported:
    @pytest.mark.parametrize(
        ("usage", "tokens"),
        [
            ({"input_tokens": 30, "output_tokens": 12, "total_tokens": 42}, 42),
            ({"prompt_tokens": 30, "completion_tokens": 12}, 42),
            # Gemini counts its thinking in the total alone.
            ({"prompt_tokens": 30, "completion_tokens": 12, "total_tokens": 99}, 99),
            ({"prompt_tokens": 30}, 30),
            ({"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}, None),
            ({"prompt_tokens": -5, "completion_tokens": "12"}, None),
            ({"prompt_tokens": MAX_REPORTED + 1}, None),
            ({"prompt_tokens": 10**30, "completion_tokens": 1}, None),
            ({}, None),
            (None, None),
            ([1, 2], None),
        ],
    )
    def test_tokens_are_read_leniently(self, usage: object, tokens: int | None) -> None:
        assert reported_tokens({"usage": usage}) == tokens

    def test_a_missing_usage_is_none(self) -> None:
        assert reported_tokens({}) is None


@pytest.mark.parametrize("name", ["model_tokens_per_day", "model_tokens_per_user_per_day"])
@pytest.mark.parametrize("value", ["0", "-1", "many", str(10**16)])
def test_a_budget_is_a_positive_number(api_environment: dict[str, str], name: str, value: str) -> None:
    settings = {key.lower(): given for key, given in api_environment.items()}
    with pytest.raises(ValidationError, match=name):
        Settings.model_validate({**settings, name: value})
