"""Users who chat without a pause during faults."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from math import inf
from uuid import uuid4

from compose.people import Person

TURNS_OF_A_CONVERSATION = 10


@dataclass
class Speaker:
    """One conversation after another, a new task with each message.

    Attributes:
        said: what was answered with 200, in order, by conversation.
        last_turn: how many answers are enough.
    """

    person: Person
    said: dict[str, list[str]] = field(default_factory=dict)
    last_turn: float = inf

    @property
    def turns(self) -> int:
        return sum(map(len, self.said.values()))

    async def speak(self) -> None:
        while self.turns < self.last_turn:
            conversation: str | None = None
            for _ in range(TURNS_OF_A_CONVERSATION):
                title = f"parcel {uuid4().hex}"
                answer = await self.person.chat(f"add {title}", conversation, key=str(uuid4()))
                conversation = str(answer["conversation_id"])
                self.said.setdefault(conversation, []).append(title)
                if self.turns >= self.last_turn:
                    break


@dataclass(frozen=True)
class Outcome:
    """The outcome of the answered turns."""

    sent: int
    stored: int
    lost: int
    duplicates: int
    refusals: str


@asynccontextmanager
async def load(people: list[Person], speakers_each: int, turns_after: int) -> AsyncIterator[list[Speaker]]:
    """Everybody chats; at the end, each waits for this many more answers, and then falls silent."""
    speakers = [Speaker(person) for person in people for _ in range(speakers_each)]
    async with asyncio.TaskGroup() as tasks:
        for speaker in speakers:
            tasks.create_task(speaker.speak())
        try:
            yield speakers
        finally:
            for speaker in speakers:
                speaker.last_turn = speaker.turns + turns_after


async def more_turns(speakers: list[Speaker], number: int) -> None:
    """Wait until each has got this many more answers."""
    goals = [speaker.turns + number for speaker in speakers]
    while any(speaker.turns < goal for speaker, goal in zip(speakers, goals, strict=True)):  # noqa: ASYNC110
        await asyncio.sleep(0.05)


async def outcome(people: list[Person], speakers: list[Speaker]) -> Outcome:
    """Compare the answers with what the export contains."""
    stored, lost, duplicates = 0, 0, 0
    for person in people:
        await person.refresh()
        export = await person.export()
        tasks = Counter(task["title"] for task in export["tasks"])
        texts = {c["id"]: [(m["role"], m["content"]) for m in c["messages"]] for c in export["conversations"]}
        for conversation, titles in [item for s in speakers if s.person is person for item in s.said.items()]:
            asked = Counter(text for role, text in texts.get(conversation, []) if role == "user")
            answered = sum(role == "assistant" for role, _ in texts.get(conversation, []))
            kept = [title for title in titles if asked[f"add {title}"] and tasks[title]]
            stored += min(len(kept), answered)
            lost += len(titles) - min(len(kept), answered)
            duplicates += sum(max(asked[f"add {t}"], tasks[t], 1) - 1 for t in titles) + max(answered - len(titles), 0)
    refusals = sum((Counter(person.refusals) for person in people), Counter[str]())
    shown = ", ".join(f"{count} x {reason}" for reason, count in sorted(refusals.items())) or "none"
    return Outcome(sum(s.turns for s in speakers), stored, lost, duplicates, shown)
