"""The turn that tests interrupt: two tool calls, a third one, then the answer.

The first two calls are in one step. It takes five statements and three model calls. The model never repeats itself:
when called again, it names its tasks differently, so that duplicates show.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from uuid import UUID

import httpx

from support.client import Client, Person
from support.database import Database
from support.model_server import Call, ModelRequest, ModelServer, Reply
from support.tcp_proxy import Break

MESSAGE = "add milk, eggs and bread"
STATEMENTS = ("begin", "tool call 1", "tool call 2", "tool call 3", "finish")
STATEMENT_POINTS = {
    f"{moment} {name}": Break(moment, n) for n, name in enumerate(STATEMENTS, 1) for moment in ("before", "after")
}


@dataclass(frozen=True)
class Rows:
    """The stored rows of a user's only turn."""

    user: int
    effects: tuple[int, ...]
    answers: int

    def __str__(self) -> str:
        return f"{self.user} / {' '.join(map(str, self.effects))} / {self.answers}"


EXACTLY_ONCE = Rows(1, (1, 1, 1), 1)
TOKENS_PER_STEP = 2
TOKENS = 3 * TOKENS_PER_STEP
"""The model server reports two tokens for each of the three steps."""


async def count_rows(database: Database, person: Person) -> Rows:
    messages = [row["role"] for row in await database.fetch("select role from message where user_id = $1", person.id)]
    titles = [row["title"] for row in await database.fetch("select title from task where user_id = $1", person.id)]
    effects = tuple(sum(title.startswith(name) for title in titles) for name in ("milk", "eggs", "bread"))
    return Rows(messages.count("user"), effects, messages.count("assistant"))


class Script:
    """The model's replies for each history. Calls `action` at the model call number `at`."""

    def __init__(self, at: int = 0, action: Callable[[], None] = lambda: None) -> None:
        self._asked = count(1)
        self._at, self._action = at, action

    def __call__(self, request: ModelRequest) -> Reply:
        n = next(self._asked)
        if n == self._at:
            self._action()
        names = {0: ["milk", "eggs"], 2: ["bread"]}.get(sum(line[0] == "output" for line in request.transcript))
        if names is None:
            return Reply(f"Added three ({n}).")
        return Reply("On it.", tuple(Call("add_task", {"title": f"{name} ({n})"}) for name in names))


async def count_tokens(database: Database, person: Person) -> int:
    """Return how many of the model's tokens the person's turns took."""
    [row] = await database.fetch("select tokens_used from owner where user_id = $1", person.id)
    return int(row["tokens_used"])


async def warm_up(client: Client, person: Person, model: ModelServer) -> None:
    """Connect and prepare all statements, so that each takes one round trip from now on."""
    model.always(Script())
    for _ in range(2):
        if (await client.chat(person, MESSAGE)).status_code == 200:
            return
    raise RuntimeError("the api did not recover")


async def assert_exactly_once(database: Database, person: Person, answer: httpx.Response) -> None:
    assert answer.status_code == 200, answer.text
    assert await count_rows(database, person) == EXACTLY_ONCE
    tasks = await database.fetch("select title from task where user_id = $1 order by created_at, id", person.id)
    assert [call["result"]["title"] for call in answer.json()["tool_calls"]] == [task["title"] for task in tasks]
    [stored] = await database.fetch("select content from message where user_id = $1 and role = 'assistant'", person.id)
    assert stored["content"] == answer.json()["response"]
    conversation_id = UUID(answer.json()["conversation_id"])
    [conversation] = await database.fetch("select id, run_id from conversation where user_id = $1", person.id)
    assert tuple(conversation) == (conversation_id, None)
    assert await database.count("tool_call", conversation_id=conversation_id) == 3
