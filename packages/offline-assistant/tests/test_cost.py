"""Work grows in proportion to the message and the conversation, and stays within the limit.

Calls of functions are counted, as Python's own profiler does, and not seconds: the count is the same on every machine.
"""

import itertools
import json
import re
import sys
from collections.abc import Callable
from datetime import date
from types import FrameType

import pytest
from agents import TResponseInputItem
from hypothesis import HealthCheck, example, given, settings, target
from hypothesis import strategies as st

from offline_assistant import effort
from offline_assistant.conversation import read_turns
from offline_assistant.dates import load_parser
from offline_assistant.model import OfflineAssistant
from offline_assistant.planner import next_step
from offline_assistant.rules import TABLES, rules_of
from support.tasks_in_memory import Conversation

WORDS_OF_A_TURN = 240
"""As many as are read as one request."""
TURNS = 8
MAX_CALLS = 1_000_000
"""Of one step; the dearest sentence found took 400,000."""
MAX_GROWTH = 3.0
"""From a message or a conversation to one of twice the length; something quadratic would give 4."""
TODAY = date(2026, 11, 30)
SLACK = 100_000
"""More calls: a sentence may be understood in another way when it gets longer."""

load_parser()  # not a part of any step

SAID = """
    add delete mark finish rename call as done to the it and also now actually please well i never still will you is on
    my list first 2 milk, eggs. actually. please? what not in again too yes no all but
    tomorrow friday monday, at 5 5pm december 3rd week push back move due high priority
"""
WORD = st.sampled_from(SAID.split())
UNIT = st.lists(WORD, min_size=1, max_size=4).map(" ".join)
SEARCH = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def calls_of(run: Callable[[], object]) -> int:
    """How many functions were called, C functions included."""
    count = 0

    def counted(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(counted)
    try:
        run()
    finally:
        sys.setprofile(None)
    return count


def said(*messages: str, reply: str = "Should I add **milk** to your list?") -> list[TResponseInputItem]:
    """A conversation in which each message but the last was answered with a question."""
    items: list[TResponseInputItem] = []
    for message in messages:
        items += [{"role": "user", "content": message}, {"role": "assistant", "content": reply}]
    return items[:-1]


def cost(items: list[TResponseInputItem]) -> int:
    """The calls of one step."""
    return calls_of(lambda: next_step(read_turns(items), TODAY))


def listed(call_id: str, status: str, tasks: list[dict[str, str]]) -> list[TResponseInputItem]:
    arguments, output = json.dumps({"status": status}), json.dumps({"tasks": tasks, "more": 0})
    return [
        {"type": "function_call", "call_id": call_id, "name": "list_tasks", "arguments": arguments},
        {"type": "function_call_output", "call_id": call_id, "output": output},
    ]


def long(beginning: str, unit: str, words: int) -> str:
    return " ".join([beginning, *(unit.split() * words)[:words]])


class TestOneMessage:
    @SEARCH
    @given(st.lists(WORD, max_size=4).map(" ".join), UNIT)
    @example("finish call.", "actually.")
    @example("add milk", "please")
    @example("i will", "really")
    def test_costs_in_proportion_to_its_length(self, beginning: str, unit: str) -> None:
        half, whole = (cost(said(long(beginning, unit, words))) for words in (WORDS_OF_A_TURN // 2, WORDS_OF_A_TURN))
        target(whole / 1000)
        assert whole < MAX_CALLS
        assert whole < MAX_GROWTH * half + SLACK

    @SEARCH
    @given(st.lists(WORD, max_size=4).map(" ".join), UNIT)
    @example("mark milk", "as done")
    @example("rename a", "to")
    def test_of_many_lines_costs_in_proportion_to_them(self, beginning: str, unit: str) -> None:
        half, whole = (cost(said("\n".join([f"{beginning} {unit}"] * lines))) for lines in (40, 80))
        assert whole < MAX_GROWTH * half + SLACK


class TestAConversation:
    @SEARCH
    @given(st.lists(WORD, max_size=4).map(" ".join), UNIT)
    @example("finish call.", "actually.")
    @example("finish the call", "and")
    def test_costs_in_proportion_to_its_turns(self, beginning: str, unit: str) -> None:
        """A message that may answer a question is read with the questions before it, five at most."""
        message = long(beginning, unit, 50)
        half, whole = (cost(said(*[message] * turns)) for turns in (TURNS, 2 * TURNS))
        assert whole < MAX_CALLS
        assert whole < MAX_GROWTH * half + SLACK

    async def test_of_the_same_long_message_never_costs_more_for_each(self) -> None:
        """Nine of these took 2 s for the first, and 12 s for the ninth."""
        conversation = Conversation(OfflineAssistant())
        costs = []
        for _ in range(9):
            items = [*conversation.history, *said("finish call. " + "actually. " * 200)]
            costs.append(cost(items))
            await conversation.say("finish call. " + "actually. " * 200)
        assert max(costs) < 2 * costs[0]


class TestAList:
    """200 tasks with long titles, all that is ever listed, and messages that name very many of them."""

    @pytest.mark.parametrize(
        "message",
        [
            "delete 2-199",
            "delete the first 3000",
            "\n".join(f"mark foo{n} as done" for n in range(99)),
            "\n".join(f"add foo{n}\nmark foo{n} as done" for n in range(49)),
            "\n".join(f"rename foo{n} to bar to baz to bla" for n in range(99)),
            "delete " + ", ".join(f"tsak number{n}" for n in range(18)),
            "\n".join(f"move foo{n} to {n} december at {n}" for n in range(99)),
            "\n".join(f"- call foo{n} on {n} december at {n}" for n in range(50)),
        ],
        ids=lambda message: message[:30].replace("\n", " "),
    )
    def test_costs_no_more_than_a_turn_may(self, message: str) -> None:
        tasks = [
            {
                "id": f"00000000-0000-0000-0000-{n:012}",
                "title": f"task {n} of " + " ".join(f"w{n}x{m}" for m in range(20)),
            }
            for n in range(200)
        ]
        shown = "\n".join(f"{n}. **{task['title']}**" for n, task in enumerate(tasks, start=1))
        items: list[TResponseInputItem] = [
            {"role": "user", "content": "show my list"},
            *listed("a", "open", tasks),
            {"role": "assistant", "content": f"To do:\n\n{shown}"},
            {"role": "user", "content": message},
            *listed("b", "open", tasks),
            *listed("c", "completed", []),
        ]
        assert cost(items) < MAX_CALLS

    @pytest.mark.parametrize("nested", ["all but ", "everything except all but ", "all but milk and "])
    async def test_nested_exceptions_delete_nothing(self, nested: str) -> None:
        """Reading one of them must not read the next by calling itself: Python allows a thousand calls."""
        conversation = Conversation(OfflineAssistant())
        conversation.put("milk", "eggs")
        for times in (3, 30, 120, 1000):
            answer = await conversation.say("delete " + nested * times + "milk")
            assert answer.reply
            assert conversation.list() == ["milk", "eggs"]

    async def test_the_places_that_are_not_there_are_told_once(self) -> None:
        conversation = Conversation(OfflineAssistant())
        conversation.put("milk", "eggs")
        answer = await conversation.say("delete 1-500")
        assert answer.reply.endswith("There's no number 3 on your list. It has 2 tasks.")
        assert len(answer.reply) < 100


@pytest.mark.parametrize("pattern", [pattern.pattern for table in TABLES for _, pattern in rules_of(table)])
def test_no_pattern_can_take_more_than_linear_time(pattern: str) -> None:
    """Of what repeats without a bound, only any word at all does, and two of those never follow each other."""
    assert not has_unbounded_repeats(pattern)


@pytest.mark.parametrize("pattern", [r"(?:a )*", r"(?:(?:\S+ )*(?:\S+ )*)", r"(?:(?:\S+ )+?)*"])
def test_a_pattern_that_takes_more_is_noticed(pattern: str) -> None:
    assert has_unbounded_repeats(pattern)


def has_unbounded_repeats(pattern: str) -> bool:
    without_words = re.sub(r"\(\?:\\S\+ \)(\+\?|\*)", "…", pattern)
    return bool(re.search(r"\)[*+]", without_words) or re.search(r"…\)*\??(\(\?(:|P<\w+>))*…", without_words))


LONG = "\n".join(f"mark foo{n} as done" for n in range(effort.MIN_PIECES + 20))


@pytest.fixture
def no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(effort, "CPU_SECONDS_PER_STEP", 0)


@pytest.mark.usefixtures("no_time")
class TestTheLimit:
    async def test_ends_a_turn_with_plain_words(self) -> None:
        conversation = Conversation(OfflineAssistant())
        conversation.put("milk")
        answer = await conversation.say(f"{LONG}\ndelete milk")
        assert "too long" in answer.reply
        assert conversation.list() == ["milk"]
        assert "milk" in (await conversation.say("show my list")).reply

    async def test_holds_back_no_short_message(self) -> None:
        conversation = Conversation(OfflineAssistant())
        conversation.put("milk")
        for message in ("add eggs and bread", "mark milk as done", "show my list", "delete the second one"):
            assert "too long" not in (await conversation.say(message)).reply
        assert conversation.list() == ["✓ milk", "eggs"]

    def test_denies_no_change_that_was_made(self) -> None:
        milk = {"id": "00000000-0000-0000-0000-000000000001", "title": "milk", "description": "", "completed": False}
        items: list[TResponseInputItem] = [
            {"role": "user", "content": LONG},
            {"type": "function_call", "call_id": "a", "name": "add_task", "arguments": '{"title": "milk"}'},
            {"type": "function_call_output", "call_id": "a", "output": json.dumps(milk)},
        ]
        reply = next_step(read_turns(items), TODAY)
        assert "**milk**" in reply
        assert "check that nothing is missing" in reply
        assert "too long" not in reply

    def test_is_noticed_at_the_next_piece_of_work(self, monkeypatch: pytest.MonkeyPatch) -> None:
        seconds = itertools.count(start=0.0)
        monkeypatch.setattr(effort, "thread_time", lambda: next(seconds))
        assert "too long" in str(next_step(read_turns(LONG), TODAY))
        assert next(seconds) == 2  # it was asked at the beginning, and at the first piece that may be refused
