"""The state of one run of a turn."""

import asyncio
from dataclasses import dataclass, field
from datetime import date
from zoneinfo import ZoneInfo

import orjson
from sqlalchemy.ext.asyncio import AsyncEngine

from taskchat.chat.statements import Run, StoredToolCall, TurnStart
from taskchat.chat.steps import Position, StepOutput, TooMuch
from taskchat.http.time_zones import UTC_ZONE, today_in

MAX_CALLS = 200
"""Of one turn."""
MAX_RECORDED_BYTES = 1024 * 1024
"""Of one turn: the model's output and its calls' results. The last result may exceed it."""
TOO_MUCH = "The assistant's model did too much at once. Your message is kept: ask for less at once."


@dataclass
class TurnContext:
    """Lives as long as the run, and is never shown to the model.

    Attributes:
        ends_at: when the turn times out, by the event loop's clock.
        time_zone: the user's.
        today: the date there when the turn began, even if it is resumed on a later day.
        steps: the model's output by step, of earlier runs and of this one.
        tool_calls: the recorded calls with their results.
        stored_steps: the numbers of the steps in the database. A step is stored with its first call.
        recorded_bytes: the size of what the turn has recorded.
        deadlines: when each step times out, by the event loop's clock.
        tokens: how many this run has used at the model's server.
        counted_tokens: how many of them the database has counted.
    """

    engine: AsyncEngine
    run: Run
    ends_at: float
    time_zone: ZoneInfo = UTC_ZONE
    today: date = field(default_factory=lambda: today_in(UTC_ZONE))
    steps: dict[int, StepOutput] = field(default_factory=dict)
    tool_calls: dict[Position, StoredToolCall] = field(default_factory=dict)
    stored_steps: set[int] = field(default_factory=set)
    recorded_bytes: int = 0
    deadlines: dict[int, float] = field(default_factory=dict)
    tokens: int = 0
    counted_tokens: int = 0

    @classmethod
    def of(
        cls, engine: AsyncEngine, run: Run, start: TurnStart, *, ends_at: float, time_zone: ZoneInfo = UTC_ZONE
    ) -> "TurnContext":
        """Create the context of a run that continues where earlier runs of the turn stopped."""
        context = cls(engine=engine, run=run, ends_at=ends_at, time_zone=time_zone, today=today_in(time_zone))
        context.steps.update((step.step, step.output) for step in start.steps if step.turn == run.turn)
        for call in start.tool_calls:
            if call.turn == run.turn:
                context.record(call)
        return context

    @property
    def uncounted_tokens(self) -> int:
        return self.tokens - self.counted_tokens

    def record(self, call: StoredToolCall) -> None:
        """Note that a call is stored."""
        if call.step not in self.stored_steps:
            self.stored_steps.add(call.step)
            self.recorded_bytes += len(orjson.dumps(self.steps[call.step]))
        self.recorded_bytes += len(orjson.dumps(call.result))
        self.tool_calls[call.step, call.position] = call

    def deadline(self, step: int, seconds: float) -> float:
        """When a step that may take `seconds` times out, however often the model is asked for it."""
        ends_at = self.deadlines.setdefault(step, asyncio.get_running_loop().time() + seconds)
        return min(ends_at, self.ends_at)

    def check_limits(self, output: StepOutput | None = None) -> None:
        """Check that another call fits into the turn, or all calls of a step that is not stored yet.

        Raises:
            TooMuch: the turn would exceed one of its limits.
        """
        calls = 1 if output is None else sum(item["type"] == "function_call" for item in output)
        size = 0 if output is None else len(orjson.dumps(output))
        if calls and (len(self.tool_calls) + calls > MAX_CALLS or self.recorded_bytes + size > MAX_RECORDED_BYTES):
            raise TooMuch(TOO_MUCH)

    def answer(self) -> tuple[int, StepOutput]:
        """Return the number and the output of the step that ended the turn."""
        step = max(self.steps)
        return step, self.steps[step]

    def tool_calls_in_order(self) -> list[StoredToolCall]:
        return [self.tool_calls[place] for place in sorted(self.tool_calls)]
