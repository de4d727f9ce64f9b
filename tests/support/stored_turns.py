"""A user's stored turns, read with plain SQL instead of the service's statements."""

from collections.abc import Sequence
from dataclasses import dataclass
from string import ascii_lowercase, digits
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from taskchat.chat.history import ALREADY_DONE, NO_ANSWER
from taskchat.chat.steps import Item

Line = tuple[Any, ...]
"""A line of a transcript: (role, text, opaque), ("call", id, name, arguments, opaque) or ("output", id, result)."""


@dataclass(frozen=True)
class StoredTurn:
    """A turn, and the run that holds its conversation's lease."""

    turn: int | None = None
    runs: int = 0
    answer: str | None = None
    running_turn: int | None = None
    run_id: UUID | None = None
    is_leased: bool = False


@dataclass(frozen=True)
class StoredStep:
    """The model's output in one step, with the recorded calls by position."""

    turn: int
    step: int
    output: list[dict[str, Any]]
    calls: dict[int, tuple[str, dict[str, Any], Any]]


class StoredTurns:
    """The rows of one user."""

    def __init__(self, connection: "asyncpg.Connection[asyncpg.Record]", user_id: UUID) -> None:
        self._connection = connection
        self._user_id = user_id

    async def conversation_of(self, key: str) -> UUID | None:
        query = "select conversation_id from message where user_id = $1 and idempotency_key = $2"
        found: UUID | None = await self._connection.fetchval(query, self._user_id, key)
        return found

    async def find(self, key: str, conversation_id: UUID | None) -> StoredTurn:
        row = await self._connection.fetchrow(
            """select asked.turn, coalesce(asked.runs, 0), answer.content, running_turn, run_id,
                      coalesce(lease_until > clock_timestamp(), false)
               from conversation c
               left join message asked on asked.conversation_id = c.id and asked.idempotency_key = $2
               left join message answer on answer.conversation_id = c.id and answer.sequence = asked.sequence + 1
               where c.id = $1""",
            conversation_id,
            key,
        )
        return StoredTurn(*row) if row else StoredTurn()

    async def end_lease(self, conversation_id: UUID | None) -> None:
        query = "update conversation set lease_until = now() - interval '1s' where id = $1 and run_id is not null"
        await self._connection.execute(query, conversation_id)

    async def delete(self, conversation_id: UUID) -> None:
        await self._connection.execute("delete from conversation where id = $1", conversation_id)

    async def tasks(self) -> list[str]:
        rows = await self._connection.fetch("select title from task where user_id = $1", self._user_id)
        return [title for (title,) in rows]

    async def recorded_tasks(self, conversation_id: UUID) -> list[str]:
        """Return the titles of the tasks that recorded calls created."""
        query = "select result ->> 'title' from tool_call where conversation_id = $1 and result ? 'title'"
        return [title for (title,) in await self._connection.fetch(query, conversation_id)]

    async def messages(self, conversation_id: UUID) -> tuple[dict[int, str], dict[int, str]]:
        """Return the questions and the answers, each by turn."""
        query = "select turn, role, content from message where conversation_id = $1 order by sequence"
        rows = await self._connection.fetch(query, conversation_id)
        questions = {turn: content for turn, role, content in rows if role == "user"}
        return questions, {turn: content for turn, role, content in rows if role == "assistant"}

    async def steps(self, conversation_id: UUID) -> list[StoredStep]:
        query = "select turn, step, position, name, arguments, result from tool_call where conversation_id = $1"
        calls: dict[tuple[int, int], dict[int, tuple[str, dict[str, Any], Any]]] = {}
        for turn, step, position, name, arguments, result in await self._connection.fetch(query, conversation_id):
            calls.setdefault((turn, step), {})[position] = (name, orjson.loads(arguments), orjson.loads(result))
        query = "select turn, step, output from step where conversation_id = $1 order by turn, step"
        rows = await self._connection.fetch(query, conversation_id)
        return [
            StoredStep(turn, step, orjson.loads(output), calls.get((turn, step), {})) for turn, step, output in rows
        ]

    async def transcript_up_to(self, message: str, origin: str) -> list[Line]:
        """Return the history that a model of this origin must get while this message is unanswered."""
        query = """select conversation_id, turn from message join conversation c on c.id = conversation_id
                   where c.user_id = $1 and role = 'user' and content = $2"""
        [(conversation_id, last)] = await self._connection.fetch(query, self._user_id, message)
        questions, answers = await self.messages(conversation_id)
        steps = await self.steps(conversation_id)
        lines: list[Line] = []
        for turn in (number for number in questions if number < last):
            taken = [step for step in steps if step.turn == turn]
            lines.append(("user", questions[turn], None))
            if all(step.output[0].get("origin") == origin for step in taken):
                lines += [line for step in taken for line in _lines(step)]
                if any(step.output[0]["type"] == "answer" for step in taken):
                    continue
            lines.append(("assistant", answers.get(turn, NO_ANSWER), None))
        taken = [step for step in steps if step.turn == last]
        foreign = [number for number, step in enumerate(taken, 1) if step.output[0].get("origin") != origin]
        told, own = (taken[: foreign[-1]], taken[foreign[-1] :]) if foreign else ([], taken)
        words = [line for step in told for line in _words(step)]
        lines.append(("user", "\n".join([message, "", ALREADY_DONE, *words]) if told else message, None))
        return lines + [line for step in own for line in _lines(step)]


def _lines(step: StoredStep) -> list[Line]:
    """List the texts and calls in order, then the outputs; omit calls that were never executed."""
    said: list[Line] = []
    outputs: list[Line] = []
    position = 0
    for item in step.output:
        if item["type"] != "function_call":
            said.append(("assistant", item["text"], item.get("opaque")))
            continue
        identity = "c" + _in_base_36((step.turn * 16 + step.step) * 4096 + position).rjust(8, "0")
        if position in step.calls:
            said.append(("call", identity, item["name"], item["arguments"], item.get("opaque")))
            outputs.append(("output", identity, step.calls[position][2]))
        position += 1
    return said + outputs


def _in_base_36(number: int) -> str:
    return (_in_base_36(number // 36) if number >= 36 else "") + (digits + ascii_lowercase)[number % 36]


def _words(step: StoredStep) -> list[str]:
    calls = [item for item in step.output if item["type"] == "function_call"]
    return [
        f"{call['name']}({call['arguments']}) returned {orjson.dumps(step.calls[position][2]).decode()}"
        for position, call in enumerate(calls)
        if position in step.calls
    ]


def transcript(history: Sequence[Item]) -> list[Line]:
    """Convert a model's input to the same form."""
    return [_line(item) for item in history]


def _line(item: Item) -> Line:
    match item["type"]:
        case "function_call":
            return ("call", item["call_id"], item["name"], item["arguments"], item.get("opaque"))
        case "function_call_output":
            return ("output", item["call_id"], orjson.loads(item["output"]))
        case _:
            return (item["role"], item["content"], item.get("opaque"))
