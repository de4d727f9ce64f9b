"""What one run of a turn knows and has done: the agents SDK's run context."""

from dataclasses import dataclass, field
from datetime import date
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncEngine

from taskchat.chat.statements import Begun, Run, StoredToolCall
from taskchat.chat.steps import Position, StepOutput
from taskchat.chat.time_zones import UTC_ZONE, today_in


@dataclass
class TurnContext:
    """Lives as long as the run, and is never shown to the model.

    Attributes:
        steps: what the model said so far, by step: recorded by an earlier run, or said in this one.
        tool_calls: the calls that are recorded, with their results.
        ends_at: when the turn's time is over, by the loop's clock.
        time_zone: the person's.
        today: the date there when the turn began, also when it is resumed on a later day.
        failure: what a tool failed with. The SDK wraps it or may turn it into a result, so it is kept here.
    """

    engine: AsyncEngine
    run: Run
    ends_at: float
    time_zone: ZoneInfo = UTC_ZONE
    today: date = field(default_factory=lambda: today_in(UTC_ZONE))
    steps: dict[int, StepOutput] = field(default_factory=dict)
    tool_calls: dict[Position, StoredToolCall] = field(default_factory=dict)
    failure: Exception | None = None

    @classmethod
    def of(
        cls, engine: AsyncEngine, run: Run, begun: Begun, *, ends_at: float, time_zone: ZoneInfo = UTC_ZONE
    ) -> "TurnContext":
        """The context of a run that carries on where earlier runs of the turn were stopped."""
        return cls(
            engine=engine,
            run=run,
            ends_at=ends_at,
            time_zone=time_zone,
            today=today_in(time_zone),
            steps={step.step: step.output for step in begun.steps if step.turn == run.turn},
            tool_calls={(c.step, c.position): c for c in begun.tool_calls if c.turn == run.turn},
        )

    def tool_calls_in_order(self) -> list[StoredToolCall]:
        return [self.tool_calls[place] for place in sorted(self.tool_calls)]
