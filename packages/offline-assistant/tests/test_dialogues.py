"""The conversations of `dialogues.md`: what is answered in each turn, and what is on the list then."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from offline_assistant.model import OfflineAssistant
from support.tasks_in_memory import Conversation

SCRIPT = Path(__file__).with_name("dialogues.md")


@dataclass
class Exchange:
    said: str
    answered: list[str] = field(default_factory=list)
    then: list[str] | None = None


@dataclass
class Dialogue:
    title: str
    over: list[str] = field(default_factory=list)
    exchanges: list[Exchange] = field(default_factory=list)


def titles(text: str) -> list[str]:
    return [title.strip() for title in text.split(";") if title.strip()]


def dialogues() -> Iterator[Dialogue]:
    for section in SCRIPT.read_text(encoding="utf-8").split("\n## ")[1:]:
        title, *lines = section.splitlines()
        dialogue = Dialogue(title)
        for line in filter(None, lines):
            mark, _, text = line.partition(" ")
            match mark:
                case ">":
                    dialogue.exchanges.append(Exchange(text.replace("⏎", "\n")))
                case "=" if dialogue.exchanges:
                    dialogue.exchanges[-1].then = titles(text)
                case "=":
                    dialogue.over = titles(text)
                case "-":
                    dialogue.exchanges[-1].answered.append(text)
                case _:
                    raise ValueError(line)
        yield dialogue


DIALOGUES = list(dialogues())


@pytest.mark.parametrize("dialogue", DIALOGUES, ids=[dialogue.title for dialogue in DIALOGUES])
async def test_a_dialogue_goes_as_written(dialogue: Dialogue) -> None:
    conversation = Conversation(OfflineAssistant())
    conversation.put(*dialogue.over)
    for exchange in dialogue.exchanges:
        reply = (await conversation.say(exchange.said)).reply
        for part in exchange.answered:
            assert part in reply, exchange.said
        if exchange.then is not None:
            assert conversation.list() == exchange.then, exchange.said


def test_there_are_many_dialogues() -> None:
    """A script that is not read any more would pass."""
    assert len(DIALOGUES) >= 20
