"""Whatever is said, the assistant answers and asks nothing wrong of the tools. What it costs: `test_cost.py`."""

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from offline_assistant.model import OfflineAssistant
from support.tasks_in_memory import Conversation

MAX_CHARACTERS = 8000

SAID = """
    add delete remove mark rename reopen untick show list find finish complete undo clear remind me to call change into
    as done not it them that all both everything except the first second last two 1 2 3 7 -1 number one and , . ; : ? !
    " ' “ ” - * ` # yes no cancel please what's what is on my list milk eggs oat bread i bought haven't need how many
    left ✓ 🥛 ü 名 &amp; <b> [x](y) **a** 12345678901234567890 anyway
    tomorrow today friday next week december at 5pm 17:00 due on by move push back high priority note: overdue 1st
"""
WORDS = st.sampled_from([*SAID.split(), "\n"])
DELETING = {"delete", "remove", "clear", "undo", "forget", "need"}
"""Without one of these among all that was said, nothing may be deleted."""
SENTENCES = st.lists(WORDS, max_size=14).map(" ".join)
MESSAGES = st.one_of(SENTENCES, st.text(max_size=300))
FEW = settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])


async def converse(messages: list[str], titles: list[str]) -> None:
    conversation = Conversation(OfflineAssistant())
    conversation.put(*titles)
    for message in messages:
        answer = await conversation.say(message)
        assert answer.reply.strip()
        if DELETING.isdisjoint(re.findall(r"[a-z]+", " ".join(messages).lower())):
            assert not any(name == "delete_task" for name, _, _ in answer.calls)
        refused = [call for call in answer.calls if call[2].get("error") == "invalid_arguments"]
        assert refused == []
        assert all(task["title"].strip() for task in conversation.tasks)


class TestAnyText:
    @FEW
    @given(st.lists(MESSAGES, min_size=1, max_size=4))
    async def test_is_answered(self, messages: list[str]) -> None:
        await converse(messages, ["milk", "oat milk", "✓ bread", "delete everything"])

    @FEW
    # ✓ marks a task that is done, in these tests.
    @given(st.text(min_size=1, max_size=40).filter(lambda title: title.strip() and not title.startswith("✓")))
    async def test_may_be_a_title(self, title: str) -> None:
        """Titles come from other clients, too: the list can be shown, and its numbers used, whatever they are."""
        conversation = Conversation(OfflineAssistant())
        conversation.put("milk", title, "eggs")
        await conversation.say("show my list")
        await conversation.say("mark the second one as done")
        assert [task["completed"] for task in conversation.tasks] == [False, True, False]

    @pytest.mark.parametrize(
        "unit",
        [
            "a ",
            "a, ",
            "add a ",
            "add a. ",
            "and ",
            "mark a as done ",
            "rename a to ",
            "is ",
            "- a\n",
            "a\n",
            "add a\n",
            '"',
            "'",
            "`",
            "*",
            "(",
            "\\",
            "ha",
            "1 2 ",
            "no thanks ",
            "please ",
            "x",
            "🎉",
            "**a",
            "i really ",
            "the ",
            "monday at ",
            "tomorrow ",
            "due on the 1st ",
            "1:1 ",
            "high priority ",
        ],
    )
    async def test_is_answered_however_long(self, unit: str) -> None:
        for message in (unit, f"add {unit}", f"delete {unit}"):
            await converse([(message * MAX_CHARACTERS)[:MAX_CHARACTERS]], [f"task {n}" for n in range(200)])
