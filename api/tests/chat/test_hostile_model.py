"""A malicious model cannot affect other users or break the contract."""

import json
from collections.abc import Callable
from uuid import UUID

import pytest
import pytest_asyncio

from support.client import Client, Person
from support.database import Database
from support.model_server import Call, ModelServer, Reply
from taskchat.chat.assistant import MAX_STEPS

MILLION = "x" * 1_000_000
TABLES = ("task", "conversation", "message")


class Bob:
    """Another user, whose task and conversation the hostile model knows."""

    def __init__(self, database: Database, user_id: UUID, task_id: str, conversation_id: str) -> None:
        self._database = database
        self.user_id = user_id
        self.task_id = task_id
        self.conversation_id = conversation_id

    async def everything(self) -> list[str]:
        """Return all of Bob's rows as text."""
        rows = [
            await self._database.fetch(f"select t::text from {table} t where user_id = $1 order by 1", self.user_id)  # noqa: S608
            for table in TABLES
        ]
        return [row[0] for table in rows for row in table]


@pytest_asyncio.fixture
async def victim(client: Client, bob: Person, model: ModelServer, database: Database) -> Bob:
    model.script(Reply(calls=(Call("add_task", {"title": "bob's task"}),)), Reply("Added."))
    answer = (await client.chat(bob, "bob's message")).json()
    return Bob(database, bob.id, answer["tool_calls"][0]["result"]["id"], answer["conversation_id"])


def one(name: str, arguments: object) -> Reply:
    return Reply(calls=(Call(name, arguments if isinstance(arguments, str) else json.dumps(arguments)),))


Attack = Callable[[Bob], Reply]
ATTACKS: dict[str, Attack] = {
    "another's task read": lambda b: one("get_task", {"task_id": b.task_id}),
    "another's task completed": lambda b: one("complete_task", {"task_id": b.task_id}),
    "another's task reopened": lambda b: one("reopen_task", {"task_id": b.task_id}),
    "another's task deleted": lambda b: one("delete_task", {"task_id": b.task_id}),
    "another's task renamed": lambda b: one("update_task", {"task_id": b.task_id, "title": "mine", "description": "x"}),
    "another's id beside the title": lambda b: one("add_task", {"title": "x", "user_id": str(b.user_id)}),
    "another's id as owner": lambda b: one("add_task", {"title": "x", "owner": str(b.user_id), "id": b.task_id}),
    "another's id to list": lambda b: one("list_tasks", {"status": "all", "user_id": str(b.user_id)}),
    "everything listed": lambda b: one("list_tasks", {"status": "all"}),
    "another's id as the task": lambda b: one("delete_task", {"task_id": str(b.user_id)}),
    "another's conversation as the task": lambda b: one("delete_task", {"task_id": b.conversation_id}),
    "arguments named twice": lambda b: one("delete_task", f'{{"task_id": "{UUID(int=0)}", "task_id": "{b.task_id}"}}'),
    "SQL as a title": lambda b: one("add_task", {"title": "'); delete from task; --"}),
    "SQL as an id": lambda b: one("delete_task", {"task_id": "x' or true --"}),
    "SQL as a status": lambda b: one("list_tasks", {"status": "all' or true --"}),
    "SQL as a tool": lambda b: one("delete from task", {}),
    "an unknown tool": lambda b: one("drop_database", {"task_id": b.task_id}),
    "a tool without a name": lambda b: one("", {}),
    "a tool of Python's": lambda b: one("__class__", {"task_id": b.task_id}),
    "a tool with a NUL": lambda b: one("delete_task\x00", {"task_id": b.task_id}),
    "a tool of a lone surrogate": lambda b: one("\ud800", {}),
    "a long tool": lambda b: one(MILLION, {}),
    "a tool of OpenAI's": lambda b: one("multi_tool_use.parallel", {}),
    "no arguments": lambda b: one("delete_task", {}),
    "null": lambda b: one("delete_task", "null"),
    "a list": lambda b: one("delete_task", [b.task_id]),
    "an empty text": lambda b: one("delete_task", ""),
    "an id of another type": lambda b: one("delete_task", {"task_id": 1}),
    "an endless number": lambda b: one("delete_task", '{"task_id": ' + "9" * 5000 + "}"),
    "a number past all": lambda b: one("add_task", '{"title": "x", "description": 1e400}'),
    "not a number": lambda b: one("add_task", '{"title": NaN}'),
    "an infinite number": lambda b: one("add_task", '{"title": -Infinity}'),
    "a number past all of 64 bits": lambda b: one("add_task", '{"title": ' + "9" * 400 + "}"),
    "nesting": lambda b: one("add_task", '{"title": ' + "[" * 100_000 + "]" * 100_000 + "}"),
    "a long title": lambda b: one("add_task", {"title": MILLION}),
    "a long description": lambda b: one("update_task", {"task_id": b.task_id, "description": MILLION}),
    "a long id": lambda b: one("delete_task", {"task_id": MILLION}),
    "a long status": lambda b: one("list_tasks", {"status": MILLION}),
    "a long name of an argument": lambda b: one("add_task", {"title": "x", MILLION: 1}),
    "many arguments": lambda b: one("add_task", {f"a{n}": n for n in range(20_000)}),
    "a long text that is no JSON": lambda b: one("add_task", MILLION),
    "many calls": lambda b: Reply(
        calls=tuple(Call("delete_task", {"task_id": b.task_id}, f"c{n}") for n in range(100))
    ),
    "ids of calls like ours": lambda b: Reply(
        calls=tuple(
            Call("delete_task", {"task_id": b.task_id}, i) for i in ("call_1_0_0", "call_99_0_0", "", "x" * 10_000)
        )
    ),
}


@pytest.mark.parametrize("name", ATTACKS)
async def test_it_cannot_change_other_users_data(
    client: Client, alice: Person, model: ModelServer, victim: Bob, name: str
) -> None:
    before = await victim.everything()
    assert len(before) == 4
    model.script(ATTACKS[name](victim))
    model.always(lambda _: Reply("Done."))

    attacked = await client.chat(alice, "hello", key="key-1")

    assert attacked.status_code == 200, attacked.text
    assert await victim.everything() == before
    assert str(victim.task_id) not in json.dumps([call["result"] for call in attacked.json().get("tool_calls", [])])
    # The attack does not break Alice's data either.
    conversation_id = attacked.json()["conversation_id"]
    assert (await client.chat(alice, "hello?", conversation_id=conversation_id)).status_code == 200
    for path in ("/tasks", "/conversations", f"/conversations/{conversation_id}/messages", "/export"):
        assert (await client.as_person(alice, "GET", path)).status_code == 200


@pytest.mark.parametrize("text", [MILLION, "", " ", "\x00", "<script>alert(1)</script>", "\u202e\ufeff"], ids=len)
async def test_any_text_gives_an_answer_or_a_documented_error(
    client: Client, alice: Person, model: ModelServer, text: str
) -> None:
    model.script(Reply(text))
    response = await client.chat(alice, "hello")
    assert response.status_code in (200, 502)
    page = await client.as_person(alice, "GET", f"/conversations/{response.json()['conversation_id']}/messages")
    assert page.status_code == 200


async def test_endless_tool_calls_are_stopped(
    client: Client, alice: Person, model: ModelServer, database: Database
) -> None:
    model.always(lambda _: Reply(calls=(Call("add_task", {"title": "more"}),)))
    for _ in range(2):  # a retry takes no further step
        response = await client.chat(alice, "hello", key="key-1")
        assert (response.status_code, response.json()["code"]) == (502, "model_error")
        assert "too many steps" in response.json()["detail"]
        assert len(model.requests) == await database.count("task", user_id=alice.id) == MAX_STEPS
