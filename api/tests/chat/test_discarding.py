"""Discarding messages without an answer, and stopping their runs."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from support.client import Client, Person, StartApi
from support.database import Database
from support.model_server import Api, Call, Failure, Hold, ModelServer, Reply
from taskchat.chat.steps import STOPPED_NOTE

ADD_MILK = Reply("On it.", (Call("add_task", {"title": "milk"}),))
ASKED_AND_ANSWERED = [("user", "hello"), ("assistant", "hi")]


async def discard(client: Client, person: Person, key: str) -> httpx.Response:
    return await client.as_person(person, "DELETE", "/chat", headers={"idempotency-key": key})


async def discard_turn(client: Client, person: Person, conversation_id: object, turn: object) -> httpx.Response:
    return await client.as_person(person, "DELETE", f"/conversations/{conversation_id}/turns/{turn}")


async def messages(client: Client, person: Person, conversation_id: object, **query: Any) -> dict[str, Any]:
    path = f"/conversations/{conversation_id}/messages"
    page: dict[str, Any] = (await client.as_person(person, "GET", path, params=query)).json()
    return page


async def titles(client: Client, person: Person, **query: Any) -> list[str]:
    page = (await client.as_person(person, "GET", "/conversations", params=query)).json()
    return [item["title"] for item in page["items"]]


async def greet(client: Client, person: Person, model: ModelServer) -> UUID:
    """Hold an answered turn, and return its conversation."""
    model.script(Reply("hi"))
    return UUID((await client.chat(person, "hello")).json()["conversation_id"])


def assert_discarded(response: httpx.Response) -> None:
    assert (response.status_code, response.json()["code"]) == (409, "turn_discarded"), response.text


class TestWhileTheModelThinks:
    async def test_a_first_message_leaves_nothing_but_its_tokens(
        self, client: Client, alice: Person, model: ModelServer, database: Database
    ) -> None:
        hold = Hold(Reply("never"))
        model.script(hold)
        waiting = asyncio.create_task(client.chat(alice, "hello", key="key-1"))
        await hold.arrival()
        assert (await discard(client, alice, "key-1")).status_code == 204
        assert_discarded(await waiting)  # the model is still held, so the call was cancelled
        hold.release()
        assert (await client.as_person(alice, "GET", "/conversations")).json()["items"] == []
        assert await database.count("message", user_id=alice.id) == 0
        [owner] = await database.fetch("select tokens_used from owner where user_id = $1", alice.id)
        assert owner["tokens_used"] > 0

    async def test_the_key_is_never_accepted_again(
        self, client: Client, alice: Person, model: ModelServer, database: Database
    ) -> None:
        hold = Hold(Reply("never"))
        model.script(hold)
        waiting = asyncio.create_task(client.chat(alice, "hello", key="key-1"))
        await hold.arrival()
        both = await asyncio.gather(discard(client, alice, "key-1"), discard(client, alice, "key-1"))
        assert [response.status_code for response in both] == [204, 204]
        hold.release()
        assert_discarded(await waiting)
        assert_discarded(await client.chat(alice, "hello", key="key-1"))
        assert (await discard(client, alice, "key-1")).status_code == 204
        model.script(Reply("hi"))
        assert (await client.chat(alice, "hello", key="key-2")).status_code == 200
        assert len(model.requests) == 2
        assert await database.count("conversation", user_id=alice.id) == 1

    async def test_a_later_turn_leaves_a_gap(
        self, client: Client, alice: Person, model: ModelServer, openai_api: Api, start_api: StartApi
    ) -> None:
        with start_api(openai_api=openai_api) as url:
            async with Client(base_url=url, timeout=30) as client:
                conversation_id = await greet(client, alice, model)
                hold = Hold(Reply("never"))
                model.script(hold)
                waiting = asyncio.create_task(client.chat(alice, "stop this", conversation_id=conversation_id))
                await hold.arrival()
                assert (await messages(client, alice, conversation_id))["running_sequence"] == 3
                for _ in range(2):
                    assert (await discard_turn(client, alice, conversation_id, 2)).status_code == 204
                assert_discarded(await waiting)
                hold.release()
                assert (await messages(client, alice, conversation_id))["running_sequence"] is None
                model.script(Reply("fine"))
                assert (await client.chat(alice, "go on", conversation_id=conversation_id)).status_code == 200
                assert model.requests[-1].transcript == [*ASKED_AND_ANSWERED, ("user", "go on")]
                page = await messages(client, alice, conversation_id)
                assert [item["sequence"] for item in page["items"]] == [1, 2, 5, 6]

    async def test_a_run_in_another_process_writes_nothing_more(
        self, client: Client, start_api: StartApi, alice: Person, model: ModelServer, database: Database
    ) -> None:
        hold = Hold(ADD_MILK)
        model.script(hold)
        waiting = asyncio.create_task(client.chat(alice, "add milk", key="key-1"))
        await hold.arrival()
        with start_api() as url:
            async with Client(base_url=url) as other:
                assert (await discard(other, alice, "key-1")).status_code == 204
        hold.release()
        assert_discarded(await waiting)
        assert await database.count("task", user_id=alice.id) == 0
        assert await database.count("message", user_id=alice.id) == 0
        [owner] = await database.fetch("select tokens_used from owner where user_id = $1", alice.id)
        assert owner["tokens_used"] == 2


class TestAfterAToolCall:
    @pytest.fixture
    async def stopped(self, client: Client, alice: Person, model: ModelServer) -> UUID:
        """A conversation with a turn that was stopped after it added milk."""
        conversation_id = await greet(client, alice, model)
        hold = Hold(Reply("never"))
        model.script(ADD_MILK, hold)
        sending = client.chat(alice, "add milk", key="key-2", conversation_id=conversation_id)
        waiting = asyncio.create_task(sending)
        await hold.arrival()
        for _ in range(2):
            assert (await discard_turn(client, alice, conversation_id, 2)).status_code == 204
        hold.release()
        assert_discarded(await waiting)
        return conversation_id

    async def test_what_was_done_stays_and_is_shown(self, client: Client, alice: Person, stopped: UUID) -> None:
        page = await messages(client, alice, stopped)
        assert [item["content"] for item in page["items"]] == ["hello", "hi", "add milk", STOPPED_NOTE]
        assert [call["result"]["title"] for call in page["items"][-1]["tool_calls"]] == ["milk"]
        tasks = (await client.as_person(alice, "GET", "/tasks")).json()["items"]
        assert [task["title"] for task in tasks] == ["milk"]

    async def test_the_model_is_told(self, client: Client, alice: Person, stopped: UUID, model: ModelServer) -> None:
        model.script(Reply("fine"))
        assert (await client.chat(alice, "go on", conversation_id=stopped)).status_code == 200
        transcript = model.requests[-1].transcript
        assert [line[0] for line in transcript[2:]] == ["user", "assistant", "call", "output", "assistant", "user"]
        assert transcript[-2] == ("assistant", STOPPED_NOTE)

    async def test_the_key_is_never_accepted_again(
        self, client: Client, alice: Person, stopped: UUID, model: ModelServer
    ) -> None:
        asked = len(model.requests)
        for conversation_id in (stopped, None):
            assert_discarded(await client.chat(alice, "add milk", key="key-2", conversation_id=conversation_id))
        assert (await discard(client, alice, "key-2")).status_code == 204
        assert len(model.requests) == asked

    async def test_the_export_has_it(self, client: Client, alice: Person, stopped: UUID) -> None:
        export = (await client.as_person(alice, "GET", "/export")).json()
        [conversation] = export["conversations"]
        assert conversation["id"] == str(stopped)
        assert [message["content"] for message in conversation["messages"]][2:] == ["add milk", STOPPED_NOTE]
        assert len(conversation["messages"][-1]["tool_calls"]) == 1


class TestOtherStates:
    async def test_a_failed_turn_is_discarded(
        self, client: Client, alice: Person, model: ModelServer, database: Database
    ) -> None:
        model.script(Failure(400))
        failed = await client.chat(alice, "hello", key="key-1")
        assert failed.json()["code"] == "model_error"
        conversation_id = failed.json()["conversation_id"]
        assert (await discard_turn(client, alice, conversation_id, 1)).status_code == 204
        assert await database.count("conversation", user_id=alice.id) == 0
        assert (await discard_turn(client, alice, conversation_id, 1)).status_code == 204

    async def test_an_earlier_turn_is_discarded_while_a_later_one_runs(
        self, client: Client, alice: Person, model: ModelServer
    ) -> None:
        hold = Hold(Reply("hi"))
        model.script(Failure(400), hold)
        conversation_id = (await client.chat(alice, "fail", key="key-1")).json()["conversation_id"]
        waiting = asyncio.create_task(client.chat(alice, "hello", conversation_id=conversation_id))
        await hold.arrival()
        assert (await discard(client, alice, "key-1")).status_code == 204
        hold.release()
        assert (await waiting).status_code == 200
        page = await messages(client, alice, conversation_id)
        assert [(item["sequence"], item["content"]) for item in page["items"]] == [(3, "hello"), (4, "hi")]
        assert page["next_before"] is None

    async def test_a_conversation_is_not_named_after_a_discarded_message(
        self, client: Client, alice: Person, model: ModelServer
    ) -> None:
        model.script(Failure(400), Reply("hi"))
        conversation_id = (await client.chat(alice, "a secret", key="key-1")).json()["conversation_id"]
        assert (await client.chat(alice, "buy milk", conversation_id=conversation_id)).status_code == 200
        assert (await discard(client, alice, "key-1")).status_code == 204
        assert await titles(client, alice) == ["Buy milk"]
        assert await titles(client, alice, q="secret") == []

    async def test_a_title_of_the_users_own_stays(self, client: Client, alice: Person, model: ModelServer) -> None:
        model.script(Failure(400), Reply("hi"))
        conversation_id = (await client.chat(alice, "a secret", key="key-1")).json()["conversation_id"]
        await client.as_person(alice, "PATCH", f"/conversations/{conversation_id}", json={"title": "Mine"})
        assert (await client.chat(alice, "buy milk", conversation_id=conversation_id)).status_code == 200
        assert (await discard_turn(client, alice, conversation_id, 1)).status_code == 204
        assert await titles(client, alice) == ["Mine"]

    async def test_a_title_of_the_users_own_stays_if_a_later_message_repeats_it(
        self, client: Client, alice: Person, model: ModelServer
    ) -> None:
        conversation_id = await greet(client, alice, model)
        await client.as_person(alice, "PATCH", f"/conversations/{conversation_id}", json={"title": "Groceries"})
        model.script(Failure(400))
        await client.chat(alice, "groceries", key="key-2", conversation_id=conversation_id)
        assert (await discard(client, alice, "key-2")).status_code == 204
        assert await titles(client, alice) == ["Groceries"]

    async def test_a_later_message_leaves_the_title(self, client: Client, alice: Person, model: ModelServer) -> None:
        conversation_id = await greet(client, alice, model)
        model.script(Failure(400))
        await client.chat(alice, "hello", key="key-2", conversation_id=conversation_id)
        assert (await discard(client, alice, "key-2")).status_code == 204
        assert await titles(client, alice) == ["Hello"]

    async def test_a_message_that_has_yet_to_arrive_is_refused(
        self, client: Client, alice: Person, model: ModelServer, database: Database
    ) -> None:
        assert (await discard(client, alice, "key-1")).status_code == 204
        assert_discarded(await client.chat(alice, "hello", key="key-1"))
        assert model.requests == []
        assert await database.count("conversation", user_id=alice.id) == 0

    async def test_an_answered_turn_stays(self, client: Client, alice: Person, model: ModelServer) -> None:
        model.script(Reply("hi"))
        conversation_id = (await client.chat(alice, "hello", key="key-1")).json()["conversation_id"]
        for response in (
            await discard(client, alice, "key-1"),
            await discard_turn(client, alice, conversation_id, 1),
        ):
            assert (response.status_code, response.json()["code"]) == (409, "turn_answered")
        assert (await client.chat(alice, "hello", key="key-1")).json()["response"] == "hi"

    async def test_unknown_turns_and_those_of_others_are_not_found(
        self, client: Client, alice: Person, bob: Person, model: ModelServer, database: Database
    ) -> None:
        model.script(Failure(400))
        conversation_id = (await client.chat(alice, "hello", key="key-1")).json()["conversation_id"]
        for response in (
            await discard_turn(client, bob, conversation_id, 1),
            await discard_turn(client, alice, conversation_id, 2),
            await discard_turn(client, alice, uuid4(), 1),
        ):
            assert (response.status_code, response.json()["code"]) == (404, "turn_not_found")
        assert (await discard(client, bob, "key-1")).status_code == 204  # a key of bob's
        assert await database.count("message", user_id=alice.id) == 1

    async def test_the_rate_counts(self, start_api: StartApi, alice: Person, model: ModelServer) -> None:
        model.script(Reply("hi"))
        with start_api(requests_per_minute=1) as url:
            async with Client(base_url=url) as client:
                await client.chat(alice, "hello")
                codes = [(await discard(client, alice, f"key-{n}")).status_code for n in range(2)]
        assert codes == [204, 429]

    async def test_a_deleted_account_is_unauthenticated(
        self, client: Client, alice: Person, database: Database
    ) -> None:
        await database.delete_user(alice.id)
        assert (await discard(client, alice, "key-1")).status_code == 401

    async def test_an_answer_that_is_being_stored_wins_or_loses(
        self, client: Client, alice: Person, model: ModelServer, database: Database
    ) -> None:
        """Both statements wait for the same row; whichever comes first, both sides agree."""
        hold = Hold(Reply("hi"))
        model.script(hold)
        waiting = asyncio.create_task(client.chat(alice, "hello", key="key-1"))
        await hold.arrival()
        async with database.rows_locked("owner", alice.id):
            discarding = asyncio.create_task(discard(client, alice, "key-1"))
            hold.release()
            async with asyncio.timeout(10):
                while len(await database.fetch("select from pg_stat_activity where wait_event_type = 'Lock'")) < 2:
                    pass
        answer, discarded = await waiting, await discarding
        assert (answer.status_code, discarded.status_code) in {(200, 409), (409, 204)}
        assert await database.count("message", user_id=alice.id) == (2 if answer.status_code == 200 else 0)


class TestGaps:
    async def test_pages_and_history_reach_across_many_discarded_turns(
        self, client: Client, alice: Person, model: ModelServer
    ) -> None:
        model.script(Failure(400), Reply("hi"))
        conversation_id = (await client.chat(alice, "first", key="key-1")).json()["conversation_id"]
        await client.chat(alice, "hello", conversation_id=conversation_id)
        await discard(client, alice, "key-1")
        for n in range(40):
            model.script(Failure(400))
            await client.chat(alice, "fail", key=f"fail-{n}", conversation_id=conversation_id)
            await discard(client, alice, f"fail-{n}")
        model.script(Reply("fine"))
        await client.chat(alice, "go on", conversation_id=conversation_id)
        assert model.requests[-1].transcript == [*ASKED_AND_ANSWERED, ("user", "go on")]
        newest = await messages(client, alice, conversation_id, limit=2)
        assert [item["content"] for item in newest["items"]] == ["go on", "fine"]
        older = await messages(client, alice, conversation_id, limit=2, before=newest["next_before"])
        assert [item["content"] for item in older["items"]] == ["hello", "hi"]
        assert older["next_before"] is None

    async def test_a_page_before_a_gap_has_the_turn_before_it_however_large(
        self, client: Client, alice: Person, model: ModelServer, database: Database
    ) -> None:
        conversation_id = await greet(client, alice, model)
        large = "x" * 1_200_000
        await database.fetch("update message set content = $2 where conversation_id = $1", conversation_id, large)
        model.script(Failure(400))
        await client.chat(alice, "fail", key="fail", conversation_id=conversation_id)
        await discard(client, alice, "fail")
        assert len((await messages(client, alice, conversation_id))["items"]) == 2
        assert len((await messages(client, alice, conversation_id, before=5))["items"]) == 2


class TestChosenConversationId:
    async def test_a_new_conversation_gets_the_given_id(
        self, client: Client, alice: Person, bob: Person, model: ModelServer, database: Database
    ) -> None:
        model.always(lambda _: Reply("hi"))
        new_id = str(uuid4())

        async def send(person: Person, key: str) -> httpx.Response:
            headers = {"idempotency-key": key, "new-conversation-id": new_id}
            return await client.as_person(person, "POST", "/chat", json={"message": "hello"}, headers=headers)

        first = await send(alice, "key-1")
        assert first.json()["conversation_id"] == new_id
        assert (await send(alice, "key-1")).headers["idempotent-replayed"] == "true"
        for response in (await send(bob, "key-1"), await send(alice, "key-2")):
            assert (response.status_code, response.json()["code"]) == (404, "conversation_not_found")
        assert await database.count("owner", user_id=bob.id) == 0

    async def test_a_discarded_turn_is_not_one_of_a_new_conversation_with_the_same_id(
        self, client: Client, alice: Person, model: ModelServer
    ) -> None:
        new_id = str(uuid4())
        model.script(Failure(400), Reply("hi"))
        for key in ("first", "second"):
            headers = {"idempotency-key": key, "new-conversation-id": new_id}
            response = await client.as_person(alice, "POST", "/chat", json={"message": "hello"}, headers=headers)
            if key == "first":
                await discard(client, alice, key)
        assert response.json()["conversation_id"] == new_id
        answered = await discard_turn(client, alice, new_id, 1)
        assert (answered.status_code, answered.json()["code"]) == (409, "turn_answered")
