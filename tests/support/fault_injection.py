"""Runs of a turn that can be killed, stopped or delayed at any point.

Points lie before and after each statement, and at each model call. A context variable holds the current run, so that
many runs can share an engine, as in a real process.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Literal

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

from taskchat.chat.steps import Item, Reply, SaidCall, SaidText

CallKind = Literal["add", "list", "unknown", "wrong"]


class ProcessKilled(BaseException):
    """Simulates SIGKILL: no code catches it, and the run executes nothing afterwards."""


@dataclass(frozen=True)
class Interruption:
    """How to interrupt a run, and at which point (model call for `hold`), from 1."""

    kind: Literal["kill", "stop", "hold"]
    point: int


@dataclass(frozen=True)
class Step:
    """A step of the model: an optional text, then calls."""

    has_text: bool
    calls: tuple[CallKind, ...]


@dataclass(frozen=True)
class Plan:
    """The model's steps in one run, and how the run ends."""

    steps: tuple[Step, ...]
    end: Literal["answer", "error", "nothing"]


@dataclass
class SimulatedRun:
    """A run of a turn, with what the test observes of it.

    Attributes:
        inspect: called with the history that the model gets.
        said: the model's steps in this run, in the form in which they must be stored.
        held: set while the run waits for the model.
    """

    plan: Plan
    interruption: Interruption | None
    inspect: Callable[[Sequence[Item], str], Awaitable[None]]
    said: list[list[dict[str, Any]]] = field(default_factory=list)
    points: int = 0
    model_calls: int = 0
    is_killed: bool = False
    is_stopped: bool = False
    has_failed: bool = False
    has_said_nothing: bool = False
    answer: str | None = None
    held: asyncio.Event = field(default_factory=asyncio.Event)
    released: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[Any] | None = None

    def reach_point(self) -> None:
        self.points += 1
        if self.interruption is not None and self.points == self.interruption.point:
            self.is_killed = self.interruption.kind == "kill"
            self.is_stopped = self.interruption.kind == "stop"
            if self.is_stopped and self.task is not None:
                self.task.cancel()
        if self.is_killed:
            raise ProcessKilled

    async def on_model_call(self) -> None:
        self.reach_point()
        self.model_calls += 1
        if self.interruption == Interruption("hold", self.model_calls):
            self.held.set()
            await self.released.wait()


current: ContextVar[SimulatedRun] = ContextVar("current")


def inject_faults(engine: AsyncEngine) -> None:
    """Make each statement of this engine two points of the current run."""

    def reach_point(*_: Any) -> None:
        current.get().reach_point()

    for moment in ("before_cursor_execute", "after_cursor_execute"):
        event.listen(engine.sync_engine, moment, reach_point)


class ImprovisingModel:
    """Follows the current run's plan, and never says the same thing twice.

    Its items have opaque parts, which the api must send back.
    """

    _numbers = count(1)

    def __init__(self, origin: str) -> None:
        self.origin = origin

    async def ask(self, _instructions: str, history: Sequence[Item], _tools: Any) -> Reply:
        run = current.get()
        await run.inspect(history, self.origin)
        steps = run.plan.steps
        step = steps[run.model_calls] if run.model_calls < len(steps) else None
        await run.on_model_call()
        said = self._take(step) if step else self._end(run)
        if said:
            run.said.append(_stored(said, self.origin))
        return Reply(said)

    def _take(self, step: Step) -> list[SaidText | SaidCall]:
        said: list[SaidText | SaidCall] = []
        if step.has_text:
            number = next(self._numbers)
            said.append(SaidText(f"text {number}", {"signature": f"{self.origin} {number}"}))
        for kind in step.calls:
            number = next(self._numbers)
            said.append(SaidCall(*_call(kind, number), {"signature": f"{self.origin} {number}"}))
        return said

    def _end(self, run: SimulatedRun) -> list[SaidText | SaidCall]:
        if run.plan.end == "answer":
            number = next(self._numbers)
            run.answer = f"answer {number}"
            return [SaidText(run.answer, {"signature": f"{self.origin} {number}"} if number % 2 else {})]
        if run.plan.end == "error":
            run.has_failed = True
            raise RuntimeError("the model failed")
        run.has_said_nothing = True
        return []


def _stored(said: list[SaidText | SaidCall], origin: str) -> list[dict[str, Any]]:
    stored: list[dict[str, Any]] = []
    is_answer = all(isinstance(item, SaidText) for item in said)
    for item in said:
        if isinstance(item, SaidText):
            stored.append({"type": "answer" if is_answer else "message", "text": item.text})
        else:
            stored.append({"type": "function_call", "name": item.name, "arguments": item.arguments})
        if item.opaque:
            stored[-1]["opaque"] = item.opaque
    stored[0]["origin"] = origin
    return stored


def _call(kind: CallKind, number: int) -> tuple[str, str]:
    match kind:
        case "add":
            return "add_task", json.dumps({"title": f"task {number}"})
        case "list":
            return "list_tasks", json.dumps({"status": "all"})
        case "unknown":
            return f"tool_{number}", json.dumps({"n": number})
        case "wrong":
            return "add_task", json.dumps({"title": number})
