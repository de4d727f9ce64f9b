"""What the model is shown of a long conversation, and what is read for it."""

from datetime import timedelta
from uuid import UUID, uuid4

import orjson
from sqlalchemy.ext.asyncio import AsyncEngine

from support.client import Client, Person, StartApi
from support.database import Database
from support.model_server import ModelServer, Reply
from taskchat.chat.history import build_history, bytes_to_read
from taskchat.chat.statements import Begun, StoredMessage, StoredStep, StoredToolCall, TurnRequest, begin_turn


def begun(turns: int, *, characters: int = 0) -> Begun:
    """A conversation of so many turns, each but the last with a tool call and an answer."""
    earlier = range(1, turns)
    padding = "x" * characters
    call = {"type": "function_call", "name": "add_task", "arguments": "{}"}
    messages = [
        StoredMessage(2 * n - is_question, f"{'question' if is_question else 'answer'} {n} {padding}".strip())
        for n in range(1, turns + 1)
        for is_question in (1, 0)
        if is_question or n < turns
    ]
    return Begun(
        outcome="begun",
        conversation_id=uuid4(),
        turn=turns,
        retry_after_seconds=None,
        messages=messages,
        steps=[StoredStep(n, 0, [call]) for n in earlier],
        tool_calls=[StoredToolCall(n, 0, 0, "add_task", {}, {"ok": n}) for n in earlier],
    )


class TestBuildHistory:
    def test_it_is_exact_and_in_order(self) -> None:
        assert build_history(begun(2), 10_000) == [
            {"role": "user", "content": "question 1"},
            {"type": "function_call", "call_id": "call_1_0_0", "name": "add_task", "arguments": "{}"},
            {"type": "function_call_output", "call_id": "call_1_0_0", "output": '{"ok":1}'},
            {"role": "assistant", "content": "answer 1"},
            {"role": "user", "content": "question 2"},
        ]

    def test_past_the_budget_the_oldest_turns_go_whole(self) -> None:
        history = [dict(item) for item in build_history(begun(10, characters=4000), 7000)]
        questions = [str(item["content"]).split()[1] for item in history if item.get("role") == "user"]
        assert questions == ["8", "9", "10"]
        called = [item["call_id"] for item in history if item.get("type") == "function_call"]
        answered = [item["call_id"] for item in history if item.get("type") == "function_call_output"]
        assert called == answered == ["call_8_0_0", "call_9_0_0"]

    def test_this_turns_message_is_always_shown(self) -> None:
        assert len(build_history(begun(3, characters=4000), 1)) == 1

    def test_a_call_without_a_result_is_left_out(self) -> None:
        conversation = begun(2)
        conversation.tool_calls.clear()
        assert [item.get("role") for item in build_history(conversation, 10_000)] == ["user", "assistant", "user"]

    def test_the_steps_of_a_resumed_turn_are_not_in_it(self) -> None:
        conversation = begun(2)
        conversation.steps.append(StoredStep(2, 0, [{"type": "message", "text": "said already"}]))
        assert build_history(conversation, 10_000)[-1] == {"role": "user", "content": "question 2"}


TURNS = 60
RESULT_BYTES = 100_000
LONG_CONVERSATION = """
with talk as (insert into conversation (id, user_id, title, last_turn) values ($2, $1, 't', $3) returning id),
turns as (select n from generate_series(1, $3) n),
said as (insert into message (id, conversation_id, user_id, turn, role, content, idempotency_key, runs)
  select gen_random_uuid(), talk.id, $1, n, role, role || ' ' || n,
    case role when 'user' then 'key-' || n end, case role when 'user' then 1 end
  from talk, turns, unnest(array['user', 'assistant']) role),
steps as (insert into step (conversation_id, turn, step, output)
  select talk.id, n, 0, '[{"type": "function_call", "name": "list_tasks", "arguments": "{}"}]' from talk, turns)
insert into tool_call (conversation_id, turn, step, position, run_id, name, arguments, result)
  select talk.id, n, 0, 0, gen_random_uuid(), 'list_tasks', '{}', to_jsonb(repeat('x', $4)) from talk, turns
"""


async def long_conversation(database: Database, person: Person) -> UUID:
    """Each of its turns had a large list read."""
    conversation_id = uuid4()
    await database.fetch("insert into owner (user_id) values ($1)", person.id)
    await database.fetch(LONG_CONVERSATION, person.id, conversation_id, TURNS, RESULT_BYTES)
    return conversation_id


class TestReading:
    async def begin(self, engine: AsyncEngine, person: Person, conversation_id: UUID, history_bytes: int) -> Begun:
        return await begin_turn(
            engine,
            TurnRequest(person.id, "key", "hello", conversation_id),
            run_id=uuid4(),
            title="t",
            lease=timedelta(seconds=-1),  # so that the same turn can be begun again
            turns_per_minute=1000,
            history_bytes=history_bytes,
        )

    async def test_no_more_is_read_than_can_be_shown(
        self, engine: AsyncEngine, alice: Person, database: Database
    ) -> None:
        conversation_id = await long_conversation(database, alice)
        everything = await self.begin(engine, alice, conversation_id, 10**12)
        assert len(everything.tool_calls) == TURNS
        for budget_tokens in (1, 30_000, 60_000, 100_000):
            begun = await self.begin(engine, alice, conversation_id, bytes_to_read(budget_tokens))
            assert sum(len(call.result) for call in begun.tool_calls) <= bytes_to_read(budget_tokens)
            assert build_history(begun, budget_tokens) == build_history(everything, budget_tokens)

    async def test_the_model_is_shown_the_newest_whole_turns(
        self, start_api: StartApi, alice: Person, model: ModelServer, database: Database
    ) -> None:
        conversation_id = await long_conversation(database, alice)
        model.script(Reply("Welcome back."))
        with start_api(history_budget_tokens=4 * RESULT_BYTES // 4) as url:
            async with Client(base_url=url, timeout=30) as client:
                answer = await client.chat(alice, "hello", conversation_id=conversation_id)
        assert answer.status_code == 200, answer.text
        [asked] = model.requests
        result = orjson.dumps("x" * RESULT_BYTES).decode()
        assert asked.transcript == [
            line
            for turn in range(TURNS - 2, TURNS + 1)
            for line in (
                ("user", f"user {turn}"),
                ("call", f"call_{turn}_0_0", "list_tasks", "{}"),
                ("output", f"call_{turn}_0_0", result),
                ("assistant", f"assistant {turn}"),
            )
        ] + [("user", "hello")]
