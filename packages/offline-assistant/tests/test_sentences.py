"""What each sentence of `sentences.md` calls, leaves on the list, and is answered with."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from offline_assistant.model import OfflineAssistant
from support.tasks_in_memory import Conversation

UNDERSTOOD, _, STRUCK_OUT = (
    Path(__file__).with_name("sentences.md").read_text(encoding="utf-8").partition("\n## Struck out\n")
)
NAMES = {"list": "list_tasks", "update": "update_task"} | {
    short: f"{short}_task" for short in ("add", "complete", "reopen", "delete")
}


class Sentence(NamedTuple):
    said: str
    over: list[str]
    called: list[str]
    then: list[str]
    reply: str


def cells(line: str) -> list[str]:
    parts = re.split(r"(?<!\\)\|", line.strip().strip("|"))
    return [part.strip().replace("\\|", "|").replace("⏎", "\n") for part in parts]


def tasks(cell: str) -> list[str]:
    return [title.strip() for title in cell.split(";") if title.strip()]


def calls(cell: str) -> list[str]:
    """`list, add ×2` as the names of the tools."""
    counted = [part.strip().partition(" ×") for part in cell.split(",") if part.strip()]
    return [NAMES[name] for name, _, times in counted for _ in range(int(times or 1))]


def rows(text: str) -> list[list[str]]:
    lines = [line for line in text.splitlines() if line.startswith("|")]
    return [cells(line) for line in lines if not line.startswith(("|--", "| Said"))]


def sentences() -> Iterator[Sentence]:
    for said, before, called, then, reply in rows(UNDERSTOOD):
        over = tasks(before)
        yield Sentence(said, over, calls(called), over if then == "same" else tasks(then), reply)


SENTENCES = list(sentences())


@pytest.mark.parametrize("sentence", SENTENCES, ids=[f"{s.said[:60]} [{'; '.join(s.over)[:40]}]" for s in SENTENCES])
async def test_a_sentence_does_what_it_says(sentence: Sentence) -> None:
    conversation = Conversation(OfflineAssistant())
    conversation.put(*sentence.over)
    answer = await conversation.say(sentence.said)
    assert [name for name, _, _ in answer.calls] == sentence.called, answer.reply
    assert conversation.list() == sentence.then
    assert sentence.reply in answer.reply


@pytest.mark.parametrize("row", rows(STRUCK_OUT), ids=lambda row: row[0])
async def test_what_was_struck_out_changes_no_task(row: list[str]) -> None:
    said, before, _ = row
    conversation = Conversation(OfflineAssistant())
    conversation.put(*tasks(before))
    answer = await conversation.say(said)
    assert {name for name, _, _ in answer.calls} <= {"list_tasks", "add_task"}
    assert conversation.list()[: len(tasks(before))] == tasks(before)
    assert all(title in said for title in conversation.list()[len(tasks(before)) :])


def test_there_are_many_sentences() -> None:
    """A table that is not read any more would pass."""
    assert len(SENTENCES) >= 350
