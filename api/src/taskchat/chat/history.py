"""The conversation as a model sees it, rebuilt for each request from the stored turns.

A server sees its own steps exactly as it returned them. Other servers refuse foreign signatures and miss their own
reasoning, so they see only the question and the answer of such a turn.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import orjson

from taskchat.chat import steps
from taskchat.chat.statements import StoredToolCall, TurnStart
from taskchat.chat.steps import Item, Position, StepOutput
from taskchat.chat.usage import BYTES_PER_TOKEN

READ_MARGIN = 2
"""Postgres' JSON has a space after each comma, which makes it up to half as large again."""

NO_ANSWER = "(This message was not answered.)"
"""Stands in for a missing answer, because many servers require alternating roles."""
ALREADY_DONE = "Tools were already called for this message. Do not call them again; carry on from here:"
NOWHERE = ""
"""An origin that no step has."""


def bytes_to_read(budget_tokens: int) -> int:
    """How many bytes to read from the database to fill the budget."""
    return budget_tokens * BYTES_PER_TOKEN * READ_MARGIN


@dataclass(frozen=True)
class History:
    """The earlier turns and this turn's message. The oldest turns beyond the budget are dropped whole.

    Attributes:
        origin: the server that it is for; None for the offline assistant, which accepts everything as stored.
    """

    start: TurnStart
    origin: str | None
    budget_bytes: int

    @classmethod
    def of(cls, start: TurnStart, origin: str | None, budget_tokens: int) -> "History":
        return cls(start, origin, budget_tokens * BYTES_PER_TOKEN)

    def with_steps(
        self, taken: Mapping[int, StepOutput], tool_calls: Mapping[Position, StoredToolCall], up_to: int
    ) -> list[Item]:
        """Build the model's input after the first `up_to` steps of this turn.

        Steps of another origin are appended to the message as text, which every server accepts.
        """
        turn = self.start.turn or 0
        results = {place: call.result for place, call in tool_calls.items()}
        first = max((step + 1 for step in range(up_to) if not self._is_own(taken[step])), default=0)
        done = [line for step in range(first) for line in steps.to_words(taken[step], step, results)]
        message = "\n".join([f"{self._message}\n", ALREADY_DONE, *done]) if done else self._message
        own = [item for step in range(first, up_to) for item in steps.to_history(taken[step], turn, step, results)]
        return [*self.earlier, steps.user_message(message), *own]

    @cached_property
    def earlier(self) -> list[Item]:
        """The earlier turns that fit into the budget."""
        kept: list[list[Item]] = []
        room = self.budget_bytes - _size([steps.user_message(self._message)])
        for turn in reversed(self._turns_before):
            room -= _size(turn)
            if room < 0:
                break
            kept.append(turn)
        return [item for turn in reversed(kept) for item in turn]

    def halved(self) -> "History | None":
        """Return a copy with at most half of the earlier turns; None if there are none."""
        if not self.earlier:
            return None
        return replace(self, budget_bytes=_size([steps.user_message(self._message)]) + _size(self.earlier) // 2)

    def plain(self) -> "History":
        """Return a copy with plain text only."""
        return replace(self, origin=NOWHERE)

    @property
    def _message(self) -> str:
        return self.start.messages[-1].content

    def _is_own(self, output: StepOutput) -> bool:
        return self.origin is None or (bool(output) and output[0].get("origin") == self.origin)

    @property
    def _turns_before(self) -> list[list[Item]]:
        results: dict[int, dict[Position, Any]] = defaultdict(dict)
        for call in self.start.tool_calls:
            results[call.turn][call.step, call.position] = call.result
        taken: dict[int, list[tuple[int, StepOutput]]] = defaultdict(list)
        for step in self.start.steps:
            taken[step.turn].append((step.step, step.output))
        questions = {m.sequence // 2 + 1: m.content for m in self.start.messages if m.sequence % 2}
        answers = {m.sequence // 2: m.content for m in self.start.messages if m.sequence % 2 == 0}
        return [
            [
                steps.user_message(questions[turn]),
                *self._said(turn, taken[turn], results[turn], answers.get(turn)),
            ]
            for turn in sorted(questions)
            if turn != self.start.turn
        ]

    def _said(
        self, turn: int, taken: list[tuple[int, StepOutput]], results: Mapping[Position, Any], answer: str | None
    ) -> list[Item]:
        last: list[Item] = []
        if answer is not None:
            last = [steps.assistant_message(answer)]
        elif self.origin is not None:
            last = [steps.assistant_message(NO_ANSWER)]
        if not all(self._is_own(output) for _, output in taken):
            return last
        items: list[Item] = []
        for step, output in taken:
            items += steps.to_history(output, turn, step, results)
            if steps.is_answer(output):
                last = []
        return items + last


def _size(items: list[Item]) -> int:
    return sum(len(orjson.dumps(item)) for item in items)
