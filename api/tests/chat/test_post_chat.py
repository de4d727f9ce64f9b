"""`POST /api/{user_id}/chat`: one turn end to end, with an OpenAI-compatible server."""

import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
import pytest_asyncio

from support.client import Client, NewPerson, Person, StartApi
from support.database import Database
from support.model_server import Api, Call, Failure, Hold, ModelServer, Reply


async def stored_messages(database: Database, person: Person) -> list[tuple[int, str, str]]:
    rows = await database.fetch(
        "select sequence, role, content from message where user_id = $1 order by conversation_id, sequence", person.id
    )
    return [(row["sequence"], row["role"], row["content"]) for row in rows]


class TestAnswer:
    async def test_a_message_is_answered_and_both_are_stored(
        self, client: Client, alice: Person, model: ModelServer, database: Database
    ) -> None:
        model.script(Reply("Hello Alice."))
        response = await client.chat(alice, "hello")
        assert response.status_code == 200, response.text
        body = response.json()
        assert body == {"conversation_id": body["conversation_id"], "response": "Hello Alice.", "tool_calls": []}
        assert "idempotent-replayed" not in response.headers
        assert response.headers["cache-control"] == "no-store"
        assert await stored_messages(database, alice) == [(1, "user", "hello"), (2, "assistant", "Hello Alice.")]
        [conversation] = await database.fetch("select * from conversation where user_id = $1", alice.id)
        assert str(conversation["id"]) == body["conversation_id"]
        assert (conversation["title"], conversation["last_turn"], conversation["lease_until"]) == ("Hello", 1, None)

    async def test_the_model_gets_the_whole_conversation_and_no_other(
        self, client: Client, alice: Person, bob: Person, model: ModelServer
    ) -> None:
        model.script(Reply("one"), Reply("other"), Reply("bob's"), Reply("two"), Reply("three"))
        conversation_id = (await client.chat(alice, "first")).json()["conversation_id"]
        await client.chat(alice, "in another conversation")
        await client.chat(bob, "of another user")
        for message in ("second", "third"):
            assert (await client.chat(alice, message, conversation_id=conversation_id)).status_code == 200
        assert model.requests[-1].transcript == [
            ("user", "first"),
            ("assistant", "one"),
            ("user", "second"),
            ("assistant", "two"),
            ("user", "third"),
        ]

    async def test_the_models_key_goes_only_to_its_server(
        self, client: Client, alice: Person, model: ModelServer
    ) -> None:
        model.script(Reply("hi"))
        await client.chat(alice, "hello")
        assert model.requests[0].headers["authorization"] == "Bearer key-of-the-tests"
        assert model.requests[0].body["store"] is False

    async def test_a_conversation_continues_after_the_api_restarts(
        self, start_api: StartApi, alice: Person, model: ModelServer
    ) -> None:
        model.script(Reply("one"), Reply("two"))
        conversation_id = None
        for message in ("first", "second"):
            with start_api() as url:
                async with Client(base_url=url) as client:
                    response = await client.chat(alice, message, conversation_id=conversation_id)
                    conversation_id = response.json()["conversation_id"]
        assert model.requests[-1].transcript == [("user", "first"), ("assistant", "one"), ("user", "second")]

    async def test_two_replicas_can_serve_one_conversation_alternately(
        self, start_api: StartApi, client: Client, alice: Person, model: ModelServer, database: Database
    ) -> None:
        model.always(lambda request: Reply(f"answer {len(request.transcript)}"))
        with start_api() as other_url:
            async with Client(base_url=other_url) as other:
                conversation_id = (await client.chat(alice, "0")).json()["conversation_id"]
                for n in range(1, 6):
                    served_by = other if n % 2 else client
                    response = await served_by.chat(alice, str(n), conversation_id=conversation_id)
                    assert response.json()["response"] == f"answer {2 * n + 1}"
        assert [sequence for sequence, _, _ in await stored_messages(database, alice)] == list(range(1, 13))


@pytest_asyncio.fixture(scope="session")
async def client_of_api(start_api: StartApi, openai_api: Api) -> AsyncIterator[Client]:
    with start_api(openai_api=openai_api) as url:
        async with Client(base_url=url, timeout=30) as client:
            yield client


class TestToolCalls:
    """Over both of OpenAI's APIs, since other servers support only one."""

    async def test_calls_in_one_step_are_executed_returned_and_stored(
        self, client_of_api: Client, alice: Person, model: ModelServer, database: Database, openai_api: Api
    ) -> None:
        calls = tuple(Call("add_task", {"title": title, "description": None}) for title in ("milk", "eggs", "bread"))
        model.script(Reply("On it.", calls), Reply("Added three."))
        body = (await client_of_api.chat(alice, "add milk, eggs and bread")).json()
        assert body["response"] == "Added three."
        assert [call["name"] for call in body["tool_calls"]] == ["add_task"] * 3
        assert [call["result"]["title"] for call in body["tool_calls"]] == ["milk", "eggs", "bread"]
        tasks = await database.fetch("select id, title from task where user_id = $1 order by created_at, id", alice.id)
        assert [(str(t["id"]), t["title"]) for t in tasks] == [
            (call["result"]["id"], call["result"]["title"]) for call in body["tool_calls"]
        ]
        assert {request.api for request in model.requests} == {openai_api}
        assert await database.count("tool_call", conversation_id=UUID(body["conversation_id"])) == 3

    async def test_the_model_sees_each_call_with_its_output_in_this_and_later_turns(
        self, client_of_api: Client, alice: Person, model: ModelServer
    ) -> None:
        calls = (Call("add_task", {"title": "milk"}), Call("add_task", {"title": "eggs"}))  # both have the same id
        model.script(Reply("On it.", calls), Reply("Added both."), Reply("You are welcome."))
        conversation_id = (await client_of_api.chat(alice, "add milk and eggs")).json()["conversation_id"]
        await client_of_api.chat(alice, "thanks", conversation_id=conversation_id)
        within_turn, in_next_turn = model.requests[1].transcript, model.requests[2].transcript
        kinds = [line[0] for line in within_turn]
        assert kinds == ["user", "assistant", "call", "call", "output", "output"]
        called, outputs = within_turn[2:4], within_turn[4:]
        assert [line[1] for line in called] == [line[1] for line in outputs]
        assert len({line[1] for line in called}) == 2
        assert [json.loads(line[2])["title"] for line in outputs] == ["milk", "eggs"]
        assert in_next_turn == [*within_turn, ("assistant", "Added both."), ("user", "thanks")]

    async def test_every_tool_works(
        self, client_of_api: Client, alice: Person, model: ModelServer, database: Database
    ) -> None:
        async def call(name: str, **arguments: object) -> dict[str, object]:
            model.script(Reply(calls=(Call(name, arguments),)), Reply("done"))
            [made] = (await client_of_api.chat(alice, name)).json()["tool_calls"]
            result: dict[str, object] = made["result"]
            return result

        added = await call("add_task", title=" milk ", description="two litres")
        task_id = added["id"]
        assert added.items() >= {"title": "milk", "description": "two litres", "completed": False}.items()
        assert await call("list_tasks", status="all") == {"tasks": [added], "more": 0}
        assert (await call("complete_task", task_id=task_id))["completed"] is True
        assert await call("list_tasks", status="open") == {"tasks": [], "more": 0}
        assert (await call("reopen_task", task_id=task_id))["completed"] is False
        assert await call("list_tasks", status="completed") == {"tasks": [], "more": 0}
        renamed = await call("update_task", task_id=task_id, title="oat milk", description=None)
        assert (renamed["title"], renamed["description"]) == ("oat milk", "two litres")
        assert (await call("delete_task", task_id=task_id))["id"] == task_id
        assert await database.count("task", user_id=alice.id) == 0
        for name in ("complete_task", "get_task"):
            assert (await call(name, task_id=task_id))["error"] == "task_not_found"

    async def test_tools_know_due_dates_and_priorities(
        self, client_of_api: Client, alice: Person, model: ModelServer
    ) -> None:
        async def call(name: str, **arguments: object) -> Any:
            model.script(Reply(calls=(Call(name, arguments),)), Reply("done"))
            [made] = (await client_of_api.chat(alice, name)).json()["tool_calls"]
            return made["result"]

        due = {"due_on": "2026-12-04", "due_at": "17:00", "priority": "high"}
        keep = {"title": None, "description": None, "due_on": None, "due_at": None, "priority": None}
        milk = await call("add_task", title="milk", description=None, **due)
        assert milk.items() >= due.items()
        eggs = await call("add_task", title="eggs", description=None, due_on=None, due_at=None, priority=None)
        assert (eggs["due_on"], eggs["due_at"], eggs["priority"]) == (None, None, "none")
        early = await call("add_task", title="early", due_on="2026-12-04", due_at="08:00")
        lists: list[tuple[dict[str, Any], list[Any]]] = [
            ({"status": "all"}, [early, milk, eggs]),
            ({"status": "all", "due_from": "2026-12-04", "due_until": "2026-12-04"}, [early, milk]),
            ({"status": "open", "due_from": "2026-12-05", "due_until": None}, []),
            ({"status": "all", "priority": "high"}, [milk]),
        ]
        for arguments, tasks in lists:
            assert await call("list_tasks", **arguments) == {"tasks": tasks, "more": 0}
        changes: list[tuple[dict[str, Any], dict[str, Any]]] = [
            ({"due_at": "09:15"}, {"due_at": "09:15"}),
            ({"due_on": "2026-12-05", "priority": "none"}, {"due_on": "2026-12-05", "priority": "none"}),
            ({"remove_due": True}, {"due_on": None, "due_at": None}),
        ]
        for change, expected in changes:
            changed = await call("update_task", **{"task_id": milk["id"], "remove_due": False, **keep, **change})
            assert changed == milk | expected
            milk = changed
        assert (await call("update_task", task_id=milk["id"], due_at="17:00"))["error"] == "date_missing"
        missing = await call("update_task", task_id=str(uuid4()), due_at="17:00")
        assert missing["error"] == "task_not_found"
        wrong = [
            ("add_task", {"title": "x", "due_at": "17:00"}),
            ("add_task", {"title": "x", "due_on": "tomorrow"}),
            ("add_task", {"title": "x", "due_on": "9999-12-31"}),
            ("add_task", {"title": "x", "due_on": "2026-12-04", "due_at": "17:00Z"}),
            ("add_task", {"title": "x", "priority": "urgent"}),
            ("update_task", {"task_id": milk["id"], **keep, "remove_due": False}),
            ("update_task", {"task_id": milk["id"], "due_on": "2026-12-04", "remove_due": True}),
            ("list_tasks", {"status": "all", "due_from": "0001-01-01"}),
        ]
        for name, arguments in wrong:
            assert (await call(name, **arguments))["error"] == "invalid_arguments"
        assert (await call("list_tasks", status="all"))["tasks"] == [early, milk, eggs]

    async def test_a_truncated_list_says_how_many_more_exist(
        self, client_of_api: Client, alice: Person, bob: Person, model: ModelServer, database: Database
    ) -> None:
        for person, tasks in ((alice, 203), (bob, 9)):
            await database.fetch("insert into owner (user_id) values ($1)", person.id)
            await database.fetch(
                """insert into task (id, user_id, title, completed, position)
                   select gen_random_uuid(), $1, n, n > 202, n
                   from generate_series(1, $2) n""",
                person.id,
                tasks,
            )
        calls = tuple(Call("list_tasks", {"status": status}) for status in ("all", "open", "completed"))
        model.script(Reply(calls=calls), Reply("Many."))
        lists = [call["result"] for call in (await client_of_api.chat(alice, "list")).json()["tool_calls"]]
        assert [(len(each["tasks"]), each["more"]) for each in lists] == [(200, 3), (200, 2), (1, 0)]
        assert [task["title"] for task in lists[1]["tasks"]] == [str(n) for n in range(1, 201)]

    async def test_a_list_truncates_long_descriptions(
        self, client_of_api: Client, alice: Person, model: ModelServer
    ) -> None:
        descriptions = ["short", "x" * 200, "x" * 201, "x" * 2000]
        added = tuple(Call("add_task", {"title": "t", "description": each}, each[:9]) for each in descriptions)
        model.script(Reply(calls=added), Reply(calls=(Call("list_tasks", {"status": "all"}),)), Reply("Four."))
        *calls, listed = (await client_of_api.chat(alice, "list")).json()["tool_calls"]
        assert [call["result"]["description"] for call in calls] == descriptions
        beginnings = ["short", "x" * 200, "x" * 199 + "…", "x" * 199 + "…"]
        assert [task["description"] for task in listed["result"]["tasks"]] == beginnings
        calls = tuple(Call("get_task", {"task_id": task["id"]}, task["id"]) for task in listed["result"]["tasks"])
        model.script(Reply(calls=calls), Reply("All of them."))
        whole = [call["result"] for call in (await client_of_api.chat(alice, "show")).json()["tool_calls"]]
        assert whole == [
            {**task, "description": d} for task, d in zip(listed["result"]["tasks"], descriptions, strict=True)
        ]

    @pytest.mark.parametrize(
        "arguments",
        [
            '{"title": ""}',
            '{"title": "a", "user_id": "someone-else"}',
            '{"title": 1}',
            "no json",
            "[]",
            json.dumps({"title": "x" * 201}),
        ],
    )
    async def test_invalid_arguments_change_nothing_and_are_reported_to_the_model(
        self, client_of_api: Client, alice: Person, model: ModelServer, database: Database, arguments: str
    ) -> None:
        model.script(Reply(calls=(Call("add_task", arguments),)), Reply("Sorry."))
        body = (await client_of_api.chat(alice, "add")).json()
        assert body["response"] == "Sorry."
        assert [call["result"]["error"] for call in body["tool_calls"]] == ["invalid_arguments"]
        assert "invalid_arguments" in model.requests[1].transcript[-1][2]
        assert await database.count("task", user_id=alice.id) == 0

    async def test_an_unknown_tool_is_reported_to_the_model(
        self, client_of_api: Client, alice: Person, model: ModelServer
    ) -> None:
        model.script(Reply(calls=(Call("drop_database", {}),)), Reply("I cannot do that."))
        body = (await client_of_api.chat(alice, "drop it")).json()
        assert body["response"] == "I cannot do that."
        [call] = body["tool_calls"]
        assert (call["name"], call["result"]["error"]) == ("drop_database", "unknown_tool")

    @pytest.mark.parametrize("name", ["delete task", "delete_task\x00", "delete.task", "delete_task\n", "", "x" * 65])
    async def test_an_invalid_tool_name_is_stored_as_a_valid_unknown_one(
        self, client_of_api: Client, alice: Person, model: ModelServer, database: Database, name: str
    ) -> None:
        created = await client_of_api.as_person(alice, "POST", "/tasks", json={"title": "milk"})
        model.script(Reply(calls=(Call(name, {"task_id": created.json()["id"]}),)), Reply("Hm."), Reply("Yes."))
        answer = (await client_of_api.chat(alice, "hello")).json()
        assert [call["result"]["error"] for call in answer["tool_calls"]] == ["unknown_tool"]
        assert await database.count("task", user_id=alice.id) == 1
        later = await client_of_api.chat(alice, "hello?", conversation_id=answer["conversation_id"])
        assert later.status_code == 200

    @pytest.mark.parametrize("number", ["NaN", "-Infinity", "1e400", "9" * 400])
    async def test_an_invalid_number_is_reported_to_the_model(
        self, client_of_api: Client, alice: Person, model: ModelServer, database: Database, number: str
    ) -> None:
        arguments = '{"title": "milk", "description": ' + number + "}"
        model.script(Reply(calls=(Call("add_task", arguments),)), Reply("Sorry."))
        answer = await client_of_api.chat(alice, "add milk")
        assert [call["result"]["error"] for call in answer.json()["tool_calls"]] == ["invalid_arguments"]
        assert await database.count("task", user_id=alice.id) == 0

    async def test_the_answer_and_its_replay_have_the_same_arguments(
        self, client_of_api: Client, alice: Person, model: ModelServer
    ) -> None:
        arguments = '{"title": 1e+30, "z": -0.0, "a": 1.50, "long": {"b": 1, "a": 2}}'
        model.script(Reply(calls=(Call("add_task", arguments), Call("unknown", arguments))), Reply("Sorry."))
        answers = [(await client_of_api.chat(alice, "add", key="key-1")).text for _ in range(2)]
        assert answers[0] == answers[1]

    async def test_a_step_with_only_unknown_tools_is_not_repeated(
        self, client_of_api: Client, alice: Person, model: ModelServer, database: Database
    ) -> None:
        milk = Reply(calls=(Call("add_task", {"title": "milk"}),))
        model.script(Reply("Let me see.", (Call("create_task", {}),)), milk, Failure(400))
        assert (await client_of_api.chat(alice, "add milk", key="key-1")).status_code == 502
        model.script(Reply("Added."))
        assert (await client_of_api.chat(alice, "add milk", key="key-1")).json()["response"] == "Added."
        assert await database.count("task", user_id=alice.id) == 1
        kinds = [line[0] for line in model.requests[-1].transcript]
        assert kinds == ["user", "assistant", "call", "output", "call", "output"]

    @pytest.mark.parametrize(
        "arguments", ["", "no json", "[]", '{"title": "milk", "x": ' + "[" * 300 + "]" * 300 + "}"]
    )
    async def test_arguments_that_are_not_an_object_are_replaced(
        self, client_of_api: Client, alice: Person, model: ModelServer, arguments: str
    ) -> None:
        model.script(Reply(calls=(Call("add_task", arguments),)), Reply("Sorry."), Reply("Yes."))
        response = await client_of_api.chat(alice, "add milk")
        conversation_id = response.json()["conversation_id"]
        assert response.json()["tool_calls"][0]["arguments"] == {}
        await client_of_api.chat(alice, "hello?", conversation_id=conversation_id)
        calls = [line for request in model.requests for line in request.transcript if line[0] == "call"]
        assert {line[3] for line in calls} == {"{}"}
        messages = await client_of_api.as_person(alice, "GET", f"/conversations/{conversation_id}/messages")
        assert messages.status_code == 200

    async def test_a_model_cannot_change_another_users_task(
        self, client_of_api: Client, alice: Person, bob: Person, model: ModelServer, database: Database
    ) -> None:
        response = await client_of_api.as_person(bob, "POST", "/tasks", json={"title": "bob's"})
        task_id = response.json()["id"]
        calls = tuple(Call(name, {"task_id": task_id}) for name in ("complete_task", "delete_task"))
        model.script(Reply(calls=(*calls, Call("list_tasks", {"status": "all"}))), Reply("Hm."))
        results = [call["result"] for call in (await client_of_api.chat(alice, "delete bob's")).json()["tool_calls"]]
        assert [result.get("error") for result in results] == ["task_not_found", "task_not_found", None]
        assert results[2] == {"tasks": [], "more": 0}
        assert await database.count("task", user_id=bob.id, completed=False) == 1

    async def test_characters_that_cannot_be_stored_are_replaced(
        self, client_of_api: Client, alice: Person, model: ModelServer, database: Database
    ) -> None:
        title = '{"title": "mi\\u0000lk \\ud800"}'
        model.script(Reply(calls=(Call("add_task", title),)), Reply("Ad\x00ded \ud800."))
        body = (await client_of_api.chat(alice, "add milk")).json()
        assert body["tool_calls"][0]["result"]["title"] == "milk \ufffd"
        assert body["response"] == "Added \ufffd."
        assert (await stored_messages(database, alice))[-1][2] == "Added \ufffd."


class TestIdempotency:
    async def test_the_same_request_again_gets_the_stored_answer(
        self, client: Client, alice: Person, model: ModelServer, database: Database
    ) -> None:
        model.script(Reply(calls=(Call("add_task", {"title": "milk"}),)), Reply("Added."))
        first = await client.chat(alice, "add milk", key="key-1")
        again = await client.chat(alice, "add milk", key="key-1")
        assert again.status_code == 200
        assert again.json() == first.json()
        assert again.headers["idempotent-replayed"] == "true"
        assert len(model.requests) == 2
        assert await database.count("task", user_id=alice.id) == 1

    async def test_a_key_belongs_to_one_message_of_one_user(
        self, client: Client, alice: Person, bob: Person, model: ModelServer
    ) -> None:
        model.always(lambda _: Reply("hi"))
        conversation_id = (await client.chat(alice, "hello", key="key-1")).json()["conversation_id"]
        other_message = await client.chat(alice, "goodbye", key="key-1")
        other_conversation = await client.chat(alice, "hello", key="key-1", conversation_id=uuid4())
        for reused in (other_message, other_conversation):
            assert (reused.status_code, reused.json()["code"]) == (422, "idempotency_key_reused")
        same_conversation = await client.chat(alice, "hello", key="key-1", conversation_id=conversation_id)
        assert same_conversation.headers["idempotent-replayed"] == "true"
        bobs = await client.chat(bob, "goodbye", key="key-1")
        assert bobs.status_code == 200
        assert bobs.json()["conversation_id"] != conversation_id

    @pytest.mark.parametrize("key", ["", "a b", "x" * 256, "ümlaut"])
    async def test_an_invalid_key_is_refused(self, client: Client, alice: Person, database: Database, key: str) -> None:
        headers = {"idempotency-key": key.encode("latin-1")}
        response = await client.as_person(alice, "POST", "/chat", json={"message": "hi"}, headers=headers)
        assert (response.status_code, response.json()["code"]) == (422, "invalid_request")
        assert await database.count("owner", user_id=alice.id) == 0

    async def test_a_failed_turn_keeps_the_message_and_resumes_by_its_key(
        self, client: Client, alice: Person, model: ModelServer, database: Database
    ) -> None:
        bad_request = Failure(400, '{"error": {"message": "no", "type": "x", "code": "y"}}')
        model.script(Reply("On it.", (Call("add_task", {"title": "milk"}),)), bad_request)
        failed = await client.chat(alice, "add milk", key="key-1")
        assert (failed.status_code, failed.json()["code"]) == (502, "model_error")
        assert await stored_messages(database, alice) == [(1, "user", "add milk")]

        model.script(Reply("Added."))
        resumed = await client.chat(alice, "add milk", key="key-1")
        assert resumed.status_code == 200
        assert resumed.json()["conversation_id"] == failed.json()["conversation_id"]
        assert [call["result"]["title"] for call in resumed.json()["tool_calls"]] == ["milk"]
        assert [line[0] for line in model.requests[-1].transcript] == ["user", "assistant", "call", "output"]
        assert await database.count("task", user_id=alice.id) == 1
        assert await stored_messages(database, alice) == [(1, "user", "add milk"), (2, "assistant", "Added.")]

    async def test_the_history_includes_what_a_failed_turn_did(
        self, client: Client, alice: Person, model: ModelServer
    ) -> None:
        model.script(Reply(calls=(Call("add_task", {"title": "milk"}),)), Failure(401))
        conversation_id = (await client.chat(alice, "add milk")).json()["conversation_id"]
        model.script(Reply("Yes."))
        await client.chat(alice, "did you?", conversation_id=conversation_id)
        # The failed turn ends with an assistant message, because many servers require alternating roles.
        assert [line[0] for line in model.requests[-1].transcript] == ["user", "call", "output", "assistant", "user"]

    async def test_a_turn_that_keeps_failing_is_abandoned(
        self, client: Client, alice: Person, model: ModelServer, database: Database
    ) -> None:
        model.always(lambda _: Failure(400))
        codes = [(await client.chat(alice, "hello", key="key-1")).json()["code"] for _ in range(6)]
        assert codes == ["model_error"] * 5 + ["turn_failed"]
        assert len(model.requests) == 5
        assert await database.count("message", user_id=alice.id) == 1


class TestRefusal:
    async def test_another_users_conversation_is_not_found_and_leaves_no_row(
        self, client: Client, alice: Person, new_person: NewPerson, model: ModelServer, database: Database
    ) -> None:
        model.script(Reply("hi"))
        conversation_id = (await client.chat(alice, "hello")).json()["conversation_id"]
        mallory = await new_person()
        response = await client.chat(mallory, "hello", conversation_id=conversation_id)
        assert (response.status_code, response.json()["code"]) == (404, "conversation_not_found")
        assert await database.count("message", conversation_id=UUID(conversation_id)) == 2
        assert await database.count("owner", user_id=mallory.id) == 0
        assert len(model.requests) == 1

    async def test_turns_per_minute_are_limited(
        self, start_api: StartApi, alice: Person, bob: Person, model: ModelServer, database: Database
    ) -> None:
        model.always(lambda _: Reply("hi"))
        with start_api(turns_per_minute=3) as url:
            async with Client(base_url=url) as client:
                for n in range(3):
                    assert (await client.chat(alice, f"message {n}")).status_code == 200
                refused = await client.chat(alice, "one too many")
                assert (refused.status_code, refused.json()["code"]) == (429, "rate_limited")
                assert 1 <= int(refused.headers["retry-after"]) <= 20
                assert (await client.chat(bob, "hello")).status_code == 200
        assert await database.count("message", user_id=alice.id) == 6

    async def test_a_deleted_users_token_creates_nothing(
        self, client: Client, alice: Person, model: ModelServer, database: Database
    ) -> None:
        model.always(lambda _: Reply("hi"))
        conversation_id = (await client.chat(alice, "hello")).json()["conversation_id"]
        await database.delete_user(alice.id)
        for conversation in (None, conversation_id):
            response = await client.chat(alice, "hello?", conversation_id=conversation)
            assert (response.status_code, response.json()["code"]) == (401, "unauthenticated")
        for table in ("owner", "conversation", "message", "task"):
            assert await database.count(table, user_id=alice.id) == 0


class TestMalformed:
    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"{",
            b"[]",
            b"null",
            b'"hello"',
            b"{}",
            b'{"message": null}',
            b'{"message": 1}',
            b'{"message": ["hello"]}',
            b'{"message": ""}',
            b'{"message": " \\n "}',
            b'{"message": "nul \\u0000"}',
            b'{"message": "surrogate \\ud800"}',
            b'{"message": "hello", "extra": 1}',
            b'{"message": "hello", "extra": NaN}',
            b'{"message": "hello", "conversation_id": ""}',
            b'{"message": "hello", "conversation_id": 7}',
            b'{"message": "hello", "conversation_id": "not-a-uuid"}',
            b'{"message": ' + b"1" * 5000 + b"}",
            b'{"message": ' + b"[" * 20_000 + b"]" * 20_000 + b"}",
            b"\xff\xfe",
            json.dumps({"message": "x" * 8001}).encode(),
        ],
        ids=range(22),
    )
    async def test_a_malformed_body_is_refused_and_leaves_no_row(
        self, client: Client, alice: Person, database: Database, body: bytes
    ) -> None:
        headers = {"content-type": "application/json"}
        response = await client.as_person(alice, "POST", "/chat", content=body, headers=headers)
        assert (response.status_code, response.json()["code"]) == (422, "invalid_request")
        assert response.headers["content-type"] == "application/problem+json"
        assert await database.count("owner", user_id=alice.id) == 0

    async def test_the_longest_message_is_accepted_whole(
        self, client: Client, alice: Person, model: ModelServer, database: Database
    ) -> None:
        model.script(Reply("long"))
        message = "\U0001f600" * 8000
        content = json.dumps({"message": message}).encode()  # escaped: twelve bytes per character
        headers = {"content-type": "application/json"}
        response = await client.as_person(alice, "POST", "/chat", content=content, headers=headers)
        assert response.status_code == 200
        assert await stored_messages(database, alice) == [(1, "user", message), (2, "assistant", "long")]

    async def test_a_body_over_the_limit_is_refused_with_or_without_content_length(
        self, client: Client, alice: Person, database: Database
    ) -> None:
        async def chunks() -> AsyncIterator[bytes]:
            for _ in range(20):
                yield b"x" * 64 * 1024

        declared = await client.as_person(alice, "POST", "/chat", content=b"x" * 300_000)
        undeclared = await client.as_person(alice, "POST", "/chat", content=chunks())
        for response in (declared, undeclared):
            assert (response.status_code, response.json()["code"]) == (413, "body_too_large")
        assert await database.count("owner", user_id=alice.id) == 0

    @pytest.mark.parametrize("has_content_length", [True, False])
    async def test_a_body_of_exactly_the_limit_is_accepted(
        self, client: Client, alice: Person, model: ModelServer, has_content_length: bool
    ) -> None:
        async def chunks(body: bytes) -> AsyncIterator[bytes]:
            for start in range(0, len(body), 64 * 1024):
                yield body[start : start + 64 * 1024]

        model.script(Reply("hi"))
        statuses = []
        for size in (256 * 1024, 256 * 1024 + 1):
            body = b'{"message": "hello"}'.ljust(size)
            content = body if has_content_length else chunks(body)
            headers = {"content-type": "application/json"}
            response = await client.as_person(alice, "POST", "/chat", content=content, headers=headers)
            statuses.append(response.status_code)
        assert statuses == [200, 413]


async def test_a_turn_continues_after_its_client_hangs_up(client: Client, alice: Person, model: ModelServer) -> None:
    hold = Hold(Reply("late"))
    model.script(hold)
    with pytest.raises(httpx.ReadTimeout):
        await client.as_person(
            alice, "POST", "/chat", json={"message": "hi"}, headers={"idempotency-key": "k"}, timeout=0.5
        )
    hold.release()
    while (response := await client.chat(alice, "hi", key="k")).status_code == 409:
        assert response.json()["code"] == "turn_in_progress"
    assert response.json()["response"] == "late"
    assert len(model.requests) == 1
