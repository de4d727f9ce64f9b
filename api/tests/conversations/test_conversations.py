"""`/api/{user_id}/conversations`."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from support.client import Client, Person
from support.database import Database
from support.model_server import Call, Failure, Hold, ModelServer, Reply


async def converse(client: Client, person: Person, *messages: str) -> str:
    conversation_id = ""
    for message in messages:
        response = await client.chat(person, message, conversation_id=conversation_id)
        assert response.status_code == 200, response.text
        conversation_id = response.json()["conversation_id"]
    return conversation_id


@pytest.fixture(autouse=True)
def _model_answers(model: ModelServer) -> None:
    model.always(lambda _: Reply("ok"))


class TestListConversations:
    async def test_pages_list_the_most_recently_used_first(self, client: Client, alice: Person, bob: Person) -> None:
        ids = [await converse(client, alice, f"message {n}") for n in range(5)]
        await converse(client, bob, "bob's")
        await client.chat(alice, "again", conversation_id=ids[0])
        listed: list[str] = []
        cursor = ""
        while not listed or cursor:
            query = {"limit": 2} | ({"cursor": cursor} if cursor else {})
            page = (await client.as_person(alice, "GET", "/conversations", params=query)).json()
            listed += [item["id"] for item in page["items"]]
            cursor = page["next_cursor"]
        assert listed == [ids[0], *reversed(ids[1:])]
        assert page["items"][0].keys() == {"id", "title", "created_at", "updated_at", "snippet", "found_sequence"}

    @pytest.mark.parametrize("search", [{}, {"q": "conversation"}], ids=["list", "search"])
    async def test_pages_include_every_conversation_of_the_same_time(
        self, client: Client, alice: Person, database: Database, search: dict[str, str]
    ) -> None:
        await database.fetch("insert into owner (user_id) values ($1)", alice.id)
        await database.fetch(
            """insert into conversation (id, user_id, title, updated_at)
               select gen_random_uuid(), $1, 'conversation ' || n, '2026-11-20 12:00Z' from generate_series(1, 5) n""",
            alice.id,
        )
        listed: list[str] = []
        cursor = ""
        while not listed or cursor:
            query = {"limit": 2} | search | ({"cursor": cursor} if cursor else {})
            page = (await client.as_person(alice, "GET", "/conversations", params=query)).json()
            listed += [item["title"] for item in page["items"]]
            cursor = page["next_cursor"]
        assert sorted(listed) == [f"conversation {n}" for n in range(1, 6)]

    async def test_titles_are_searched_literally(self, client: Client, alice: Person) -> None:
        for message in ("Buy MILK", "100% sure", "under_score"):
            await converse(client, alice, message)
        for query, expected in {"milk": ["Buy MILK"], "%": ["100% sure"], "_": ["under_score"], "x": []}.items():
            page = (await client.as_person(alice, "GET", "/conversations", params={"q": query})).json()
            assert [item["title"] for item in page["items"]] == expected

    @pytest.mark.parametrize("query", [{"q": "\x00"}, {"q": "x" * 201}, {"cursor": "x"}, {"limit": -1}], ids=str)
    async def test_an_invalid_query_is_refused(self, client: Client, alice: Person, query: dict[str, Any]) -> None:
        response = await client.as_person(alice, "GET", "/conversations", params=query)
        assert (response.status_code, response.json()["code"]) == (422, "invalid_request")

    async def test_a_title_is_the_gist_of_the_first_message(self, client: Client, alice: Person) -> None:
        await converse(client, alice, "word " * 50, "second")
        await converse(client, alice, "Hi! Can you please add **milk**? Thanks!")
        page = (await client.as_person(alice, "GET", "/conversations")).json()
        assert [item["title"] for item in page["items"]] == ["Add milk", "W" + " ".join(["word"] * 12)[1:] + "…"]


class TestListMessages:
    async def test_the_newest_page_comes_first_in_ascending_order(self, client: Client, alice: Person) -> None:
        conversation_id = await converse(client, alice, *(f"message {n}" for n in range(4)))
        pages: list[list[int]] = []
        before = None
        while not pages or before:
            query = {"limit": 3} | ({"before": before} if before else {})
            page = (
                await client.as_person(alice, "GET", f"/conversations/{conversation_id}/messages", params=query)
            ).json()
            assert page["title"] == "Message 0"
            pages.append([message["sequence"] for message in page["items"]])
            before = page["next_before"]
        assert pages == [[6, 7, 8], [3, 4, 5], [1, 2]]

    async def test_a_page_of_a_long_conversation_reads_its_own_turns_only(
        self, alice: Person, database: Database
    ) -> None:
        conversation_id = await database.create_conversation(alice.id)
        await database.fetch(
            """insert into message (id, conversation_id, user_id, turn, role, content, idempotency_key, runs)
               select gen_random_uuid(), $1, $2, turn, 'user', 'hello', gen_random_uuid(), 1
               from generate_series(1, 500) turn""",
            conversation_id,
            alice.id,
        )
        for turns, size, oldest in ((10, 1_000_000, 490), (1000, 1_000_000, 1), (1000, 100, 480)):
            query = "select oldest_turn_of_page($1, 500, $2, $3) as oldest"
            [row] = await database.fetch(query, conversation_id, size, turns)
            assert row["oldest"] == oldest

    async def test_a_page_of_large_messages_is_shorter(self, client: Client, alice: Person, database: Database) -> None:
        conversation_id = await converse(client, alice, *(f"message {n}" for n in range(6)))
        await database.fetch(
            """with said as (insert into step (conversation_id, turn, step, output)
                 select $1, n, 0, '[]' from generate_series(1, 6) n)
               insert into tool_call (conversation_id, turn, step, position, run_id, name, arguments, result)
               select $1, n, 0, 0, gen_random_uuid(), 'list_tasks', '{}', to_jsonb(repeat('x', 450000))
               from generate_series(1, 6) n""",
            conversation_id,
        )
        pages: list[list[int]] = []
        before = None
        while not pages or before:
            query = {"limit": 100} | ({"before": before} if before else {})
            response = await client.as_person(alice, "GET", f"/conversations/{conversation_id}/messages", params=query)
            pages.append([message["sequence"] for message in response.json()["items"]])
            before = response.json()["next_before"]
        assert pages == [[7, 8, 9, 10, 11, 12], [1, 2, 3, 4, 5, 6]]

    async def test_messages_come_with_their_tool_calls(self, client: Client, alice: Person, model: ModelServer) -> None:
        model.script(Reply(calls=(Call("add_task", {"title": "milk"}),)), Reply("Added."))
        answered = (await client.chat(alice, "add milk", key="key-1")).json()
        conversation_id = answered["conversation_id"]
        # Twice, because a refused history is retried as questions and answers only.
        model.script(Reply(calls=(Call("add_task", {"title": "eggs"}),)), Failure(400), Failure(400))
        await client.chat(alice, "add eggs", key="key-2", conversation_id=conversation_id)
        page = (await client.as_person(alice, "GET", f"/conversations/{conversation_id}/messages")).json()
        assert [(m["role"], m["content"], m["idempotency_key"]) for m in page["items"]] == [
            ("user", "add milk", "key-1"),
            ("assistant", "Added.", None),
            ("user", "add eggs", "key-2"),
        ]
        calls = [[(call["name"], call["result"]["title"]) for call in m["tool_calls"]] for m in page["items"]]
        assert calls == [[], [("add_task", "milk")], [("add_task", "eggs")]]
        assert page["items"][1]["tool_calls"] == answered["tool_calls"]

    async def test_the_page_names_the_message_that_is_being_answered(
        self, client: Client, alice: Person, model: ModelServer
    ) -> None:
        conversation_id = await converse(client, alice, "hello")
        messages = f"/conversations/{conversation_id}/messages"
        held = Hold(Reply("Here it is."))
        model.script(held)
        turn = asyncio.create_task(client.chat(alice, "and now?", conversation_id=conversation_id))
        await held.arrival()
        page = (await client.as_person(alice, "GET", messages)).json()
        assert (page["running_sequence"], page["items"][-1]["sequence"]) == (3, 3)
        held.release()
        await turn
        assert (await client.as_person(alice, "GET", messages)).json()["running_sequence"] is None

    async def test_a_message_whose_answer_failed_is_not_being_answered(
        self, client: Client, alice: Person, model: ModelServer
    ) -> None:
        conversation_id = await converse(client, alice, "hello")
        model.script(Failure(400))
        assert (await client.chat(alice, "and now?", conversation_id=conversation_id)).status_code == 502
        page = (await client.as_person(alice, "GET", f"/conversations/{conversation_id}/messages")).json()
        assert (page["running_sequence"], page["items"][-1]["content"]) == (None, "and now?")

    async def test_another_users_conversation_is_not_found(self, client: Client, alice: Person, bob: Person) -> None:
        conversation_id = await converse(client, bob, "bob's")
        for wanted in (conversation_id, uuid4()):
            response = await client.as_person(alice, "GET", f"/conversations/{wanted}/messages")
            assert (response.status_code, response.json()["code"]) == (404, "conversation_not_found")

    async def test_the_page_before_the_first_message_is_empty(self, client: Client, alice: Person) -> None:
        conversation_id = await converse(client, alice, "hello")
        response = await client.as_person(alice, "GET", f"/conversations/{conversation_id}/messages?before=1")
        assert response.json() == {"title": "Hello", "items": [], "running_sequence": None, "next_before": None}


class TestRenameConversation:
    async def test_the_title_changes(self, client: Client, alice: Person) -> None:
        conversation_id = await converse(client, alice, "hello")
        response = await client.as_person(alice, "PATCH", f"/conversations/{conversation_id}", json={"title": " New "})
        assert (response.status_code, response.json()["title"]) == (200, "New")

    async def test_the_longest_title_is_accepted(self, client: Client, alice: Person) -> None:
        conversation_id = await converse(client, alice, "hello")
        body = {"title": "x" * 200}
        response = await client.as_person(alice, "PATCH", f"/conversations/{conversation_id}", json=body)
        assert (response.status_code, response.json()["title"]) == (200, body["title"])

    @pytest.mark.parametrize("body", [{}, {"title": ""}, {"title": "x" * 201}, {"title": "a", "id": "b"}], ids=str)
    async def test_an_invalid_title_is_refused(self, client: Client, alice: Person, body: dict[str, Any]) -> None:
        conversation_id = await converse(client, alice, "hello")
        response = await client.as_person(alice, "PATCH", f"/conversations/{conversation_id}", json=body)
        assert (response.status_code, response.json()["code"]) == (422, "invalid_request")

    async def test_another_users_conversation_is_not_found(
        self, client: Client, alice: Person, bob: Person, database: Database
    ) -> None:
        conversation_id = await converse(client, bob, "bob's")
        response = await client.as_person(alice, "PATCH", f"/conversations/{conversation_id}", json={"title": "mine"})
        assert (response.status_code, response.json()["code"]) == (404, "conversation_not_found")
        assert await database.count("conversation", user_id=bob.id, title="Bob's") == 1
        assert await database.count("owner", user_id=alice.id) == 0


class TestDeleteConversation:
    async def test_its_messages_and_calls_are_deleted_but_its_tasks_stay(
        self, client: Client, alice: Person, model: ModelServer, database: Database
    ) -> None:
        model.script(Reply(calls=(Call("add_task", {"title": "milk"}),)), Reply("Added."))
        conversation_id = (await client.chat(alice, "add milk", key="key-1")).json()["conversation_id"]
        response = await client.as_person(alice, "DELETE", f"/conversations/{conversation_id}")
        assert response.status_code == 204
        for table in ("conversation", "message"):
            assert await database.count(table, user_id=alice.id) == 0
        for table in ("step", "tool_call"):
            assert await database.count(table, conversation_id=conversation_id) == 0
        assert await database.count("task", user_id=alice.id) == 1

    async def test_another_users_conversation_is_not_found(
        self, client: Client, alice: Person, bob: Person, database: Database
    ) -> None:
        conversation_id = await converse(client, bob, "bob's")
        response = await client.as_person(alice, "DELETE", f"/conversations/{conversation_id}")
        assert (response.status_code, response.json()["code"]) == (404, "conversation_not_found")
        assert await database.count("conversation", user_id=bob.id) == 1
        assert await database.count("owner", user_id=alice.id) == 0


async def test_deleting_an_account_deletes_everything(
    client: Client, alice: Person, model: ModelServer, database: Database
) -> None:
    model.script(Reply(calls=(Call("add_task", {"title": "milk"}),)), Reply("Added."))
    conversation_id = (await client.chat(alice, "add milk")).json()["conversation_id"]
    await database.delete_user(alice.id)
    for table in ("owner", "conversation", "message", "task"):
        assert await database.count(table, user_id=alice.id) == 0
    for table in ("step", "tool_call"):
        assert await database.count(table, conversation_id=conversation_id) == 0
    for method, path in (
        ("PATCH", f"/conversations/{conversation_id}"),
        ("DELETE", f"/conversations/{conversation_id}"),
    ):
        response = await client.as_person(alice, method, path, json={"title": "x"} if method == "PATCH" else None)
        assert (response.status_code, response.json()["code"]) == (401, "unauthenticated")
