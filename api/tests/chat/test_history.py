"""The history that a model gets, and the rows that are read for it."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from uuid import UUID, uuid4

import orjson
from sqlalchemy.ext.asyncio import AsyncEngine

from support.client import Client, Person, StartApi
from support.database import Database
from support.model_server import ModelServer, Reply
from taskchat.chat.history import NO_ANSWER, History, bytes_to_read
from taskchat.chat.statements import StoredMessage, StoredStep, StoredToolCall, TurnRequest, TurnStart, begin_turn
from taskchat.chat.steps import Item, call_id, origin_of

HERE = "0123456789abcdef"


def begun(turns: int, *, characters: int = 0) -> TurnStart:
    """Create a conversation of `turns` turns, all but the last with a tool call and an answer."""
    earlier = range(1, turns)
    padding = "x" * characters
    call = {"type": "function_call", "name": "add_task", "arguments": "{}", "origin": HERE}
    messages = [
        StoredMessage(2 * n - is_question, f"{'question' if is_question else 'answer'} {n} {padding}".strip())
        for n in range(1, turns + 1)
        for is_question in (1, 0)
        if is_question or n < turns
    ]
    return TurnStart(
        outcome="begun",
        conversation_id=uuid4(),
        turn=turns,
        retry_after_seconds=None,
        messages=messages,
        steps=[StoredStep(n, 0, [dict(call)]) for n in earlier],
        tool_calls=[StoredToolCall(n, 0, 0, "add_task", {}, {"ok": n}) for n in earlier],
    )


def model_input(begun: TurnStart, budget_tokens: int, origin: str | None = HERE) -> list[Item]:
    """Return the model's input before the first step."""
    return History.of(begun, origin, budget_tokens).with_steps({}, {}, 0)


class TestHistory:
    def test_it_is_complete_and_in_order(self) -> None:
        assert model_input(begun(2), 10_000) == [
            {"type": "message", "role": "user", "content": "question 1"},
            {"type": "function_call", "call_id": "c00001ekg", "name": "add_task", "arguments": "{}"},
            {"type": "function_call_output", "call_id": "c00001ekg", "output": '{"ok":1}'},
            {"type": "message", "role": "assistant", "content": "answer 1"},
            {"type": "message", "role": "user", "content": "question 2"},
        ]

    def test_over_the_budget_whole_turns_are_dropped_oldest_first(self) -> None:
        history = model_input(begun(10, characters=4000), 7000)
        questions = [str(item["content"]).split()[1] for item in history if item.get("role") == "user"]
        assert questions == ["8", "9", "10"]
        called = [item["call_id"] for item in history if item.get("type") == "function_call"]
        answered = [item["call_id"] for item in history if item.get("type") == "function_call_output"]
        assert called == answered == [call_id(8, 0, 0), call_id(9, 0, 0)]

    def test_a_turn_over_the_budget_hides_earlier_turns(self) -> None:
        conversation = begun(4)
        conversation.messages[2] = replace(conversation.messages[2], content="question 2 " + "x" * 4000)
        assert [item["content"] for item in model_input(conversation, 500) if item.get("role") == "user"] == [
            "question 3",
            "question 4",
        ]

    def test_this_turns_steps_have_its_number(self) -> None:
        call = {"type": "function_call", "name": "add_task", "arguments": "{}", "origin": HERE}
        result = StoredToolCall(2, 0, 0, "add_task", {}, {"ok": 2})
        history = History.of(begun(2), HERE, 10_000).with_steps({0: [call]}, {(0, 0): result}, 1)
        assert [item.get("call_id") for item in history[-3:]] == [None, call_id(2, 0, 0), call_id(2, 0, 0)]

    def test_half_of_the_history_is_its_newer_half(self) -> None:
        half = History.of(begun(6), HERE, 10_000).halved()
        assert half is not None
        questions = [item["content"] for item in half.with_steps({}, {}, 0) if item.get("role") == "user"]
        assert questions == ["question 4", "question 5", "question 6"]

    def test_the_current_message_is_always_included(self) -> None:
        assert len(model_input(begun(3, characters=4000), 1)) == 1

    def test_a_call_without_a_result_is_omitted(self) -> None:
        conversation = begun(2)
        conversation.tool_calls.clear()
        assert [item.get("role") for item in model_input(conversation, 10_000)] == ["user", "assistant", "user"]

    def test_halving_ends_with_the_current_message(self) -> None:
        sizes = []
        history: History | None = History.of(begun(10), HERE, 10_000)
        while history is not None:
            sizes.append(len(history.with_steps({}, {}, 0)))
            history = history.halved()
        assert sizes[0] == 9 * 4 + 1
        assert sizes[-1] == 1
        assert all(after < before for before, after in pairwise(sizes))


class TestOrigin:
    """Only the server that produced a step gets it back unchanged."""

    def test_a_turn_of_another_origin_becomes_question_and_answer(self) -> None:
        assert [(item["role"], item["content"]) for item in model_input(begun(2), 10_000, "elsewhere")] == [
            ("user", "question 1"),
            ("assistant", "answer 1"),
            ("user", "question 2"),
        ]

    def test_a_turn_without_an_origin_becomes_question_and_answer(self) -> None:
        conversation = begun(2)
        del conversation.steps[0].output[0]["origin"]
        assert [item["type"] for item in model_input(conversation, 10_000)] == ["message"] * 3

    def test_the_offline_assistant_gets_everything(self) -> None:
        assert model_input(begun(2), 10_000, None) == model_input(begun(2), 10_000, HERE)

    def test_opaque_parts_go_back_to_their_origin(self) -> None:
        conversation = begun(2)
        conversation.steps[0].output[0]["opaque"] = {"signature": "s"}
        answer = {"type": "answer", "text": "answer 1", "origin": HERE, "opaque": {"signature": "t"}}
        conversation.steps.append(StoredStep(1, 1, [answer]))
        assert [item.get("opaque") for item in model_input(conversation, 10_000)] == [
            None,
            {"signature": "s"},
            None,
            {"signature": "t"},
            None,
        ]

    def test_an_unanswered_turn_ends_with_an_assistant_message(self) -> None:
        conversation = begun(2)
        del conversation.messages[1]
        for origin in (HERE, "elsewhere"):
            last = model_input(conversation, 10_000, origin)[-2]
            assert (last["role"], last["content"]) == ("assistant", NO_ANSWER)

    def test_steps_of_the_current_turn_go_back_to_their_origin_only(self) -> None:
        conversation = begun(1)
        step = [{"type": "function_call", "name": "add_task", "arguments": "{}", "origin": HERE}]
        calls = {(0, 0): StoredToolCall(1, 0, 0, "add_task", {}, {"ok": 1})}
        own = History.of(conversation, HERE, 10_000).with_steps({0: step}, calls, 1)
        assert [item["type"] for item in own] == ["message", "function_call", "function_call_output"]
        [message] = History.of(conversation, "elsewhere", 10_000).with_steps({0: step}, calls, 1)
        assert message["content"].startswith("question 1\n")
        assert message["content"].endswith('\nadd_task({}) returned {"ok":1}')


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
  select talk.id, n, 0, jsonb_build_array(
    jsonb_build_object('type', 'function_call', 'name', 'list_tasks', 'arguments', '{}', 'origin', $5::text)
  ) from talk, turns)
insert into tool_call (conversation_id, turn, step, position, run_id, name, arguments, result)
  select talk.id, n, 0, 0, gen_random_uuid(), 'list_tasks', '{}', to_jsonb(repeat('x', $4)) from talk, turns
"""


async def long_conversation(database: Database, person: Person, origin: str = HERE) -> UUID:
    """Create a conversation in which every turn reads a large list."""
    conversation_id = uuid4()
    await database.fetch("insert into owner (user_id) values ($1)", person.id)
    await database.fetch(LONG_CONVERSATION, person.id, conversation_id, TURNS, RESULT_BYTES, origin)
    return conversation_id


class TestReading:
    async def begin(self, engine: AsyncEngine, person: Person, conversation_id: UUID, history_bytes: int) -> TurnStart:
        return await begin_turn(
            engine,
            TurnRequest(person.id, "key", "hello", conversation_id),
            run_id=uuid4(),
            title="t",
            lease=timedelta(seconds=-1),  # so that the test can begin the same turn again
            turns_per_minute=1000,
            history_bytes=history_bytes,
        )

    async def test_reading_is_limited_to_what_fits(
        self, engine: AsyncEngine, alice: Person, database: Database
    ) -> None:
        conversation_id = await long_conversation(database, alice)
        everything = await self.begin(engine, alice, conversation_id, 10**12)
        assert len(everything.tool_calls) == TURNS
        for budget_tokens in (1, 30_000, 60_000, 100_000):
            begun = await self.begin(engine, alice, conversation_id, bytes_to_read(budget_tokens))
            assert sum(len(call.result) for call in begun.tool_calls) <= bytes_to_read(budget_tokens)
            assert model_input(begun, budget_tokens, None) == model_input(everything, budget_tokens, None)

    async def test_a_turn_too_large_to_read_hides_earlier_turns(
        self, engine: AsyncEngine, alice: Person, database: Database
    ) -> None:
        conversation_id = await long_conversation(database, alice)
        await database.fetch(
            "update tool_call set result = to_jsonb(repeat('x', $2)) where conversation_id = $1 and turn = $3",
            conversation_id,
            RESULT_BYTES * 10,
            TURNS - 2,
        )
        begun = await self.begin(engine, alice, conversation_id, RESULT_BYTES * 5)
        assert [call.turn for call in begun.tool_calls] == [TURNS - 1, TURNS]

    async def test_the_model_gets_the_newest_whole_turns(
        self, start_api: StartApi, alice: Person, model: ModelServer, database: Database
    ) -> None:
        origin = origin_of("responses", f"{model.base_url}/", "scripted")
        conversation_id = await long_conversation(database, alice, origin)
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
                ("call", call_id(turn, 0, 0), "list_tasks", "{}"),
                ("output", call_id(turn, 0, 0), result),
                ("assistant", f"assistant {turn}"),
            )
        ] + [("user", "hello")]
