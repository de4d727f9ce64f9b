"""The conversation as the model reads it: exact, in turn order, rebuilt for each request from what is stored."""

from collections import defaultdict
from typing import Any

import orjson
from agents import TResponseInputItem

from taskchat.chat.statements import Begun
from taskchat.chat.steps import Position, to_input

BYTES_PER_TOKEN = 4
"""An estimate; a real tokenizer differs by model and would have to download its tables."""
READ_MARGIN = 2
"""The database writes JSON more broadly than we send it: up to half as much again, by a space after each comma."""


def bytes_to_read(budget_tokens: int) -> int:
    """How much of a conversation is to be read so that `build_history` finds all that it may show."""
    return budget_tokens * BYTES_PER_TOKEN * READ_MARGIN


def build_history(begun: Begun, budget_tokens: int) -> list[TResponseInputItem]:
    """The turns before this one and this turn's message; past the budget the oldest turns are left out whole.

    The steps that a resumed turn has taken already are not in it: they are replayed (`ResumableModel`).
    """
    *earlier, current = _by_turn(begun)
    kept = [current]
    budget = budget_tokens - estimated_tokens(current)
    for turn in reversed(earlier):
        budget -= estimated_tokens(turn)
        if budget < 0:
            break
        kept.append(turn)
    return [item for turn in reversed(kept) for item in turn]


def _by_turn(begun: Begun) -> list[list[TResponseInputItem]]:
    results: dict[int, dict[Position, Any]] = defaultdict(dict)
    for call in begun.tool_calls:
        results[call.turn][call.step, call.position] = call.result
    steps: dict[int, list[TResponseInputItem]] = defaultdict(list)
    for step in begun.steps:
        if step.turn != begun.turn:
            steps[step.turn] += to_input(step.output, step.turn, step.step, results[step.turn])
    turns: dict[int, list[TResponseInputItem]] = {}
    for message in begun.messages:
        turn, is_answer = (message.sequence + 1) // 2, message.sequence % 2 == 0
        if is_answer:
            turns[turn] += [*steps.pop(turn, []), {"role": "assistant", "content": message.content}]
        else:
            turns[turn] = [{"role": "user", "content": message.content}]
    for turn, said in steps.items():  # of turns that have no answer
        turns[turn] += said
    return [turns[turn] for turn in sorted(turns)]


def estimated_tokens(items: list[TResponseInputItem]) -> int:
    """How much of a model's context the items take, roughly."""
    return len(orjson.dumps(items)) // BYTES_PER_TOKEN
