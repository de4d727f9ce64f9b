"""Runs of a turn that may be killed, stopped or held up at any point, with a model that makes up what it says.

A point is before and after each statement, and each time the model is asked. Whose life it is that comes to a point
is found by a context variable, so that many runs can share an engine, as in a process.
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


class Death(BaseException):
    """The process is gone: nothing catches this, and nothing is executed after it."""


@dataclass(frozen=True)
class Fate:
    """What happens to a run at which of its points, counted from 1; `hold` counts how often the model is asked."""

    kind: Literal["die", "stop", "hold"]
    point: int


@dataclass(frozen=True)
class Step:
    """What the model is to say: perhaps a text, then calls."""

    has_text: bool
    calls: tuple[CallKind, ...]


@dataclass(frozen=True)
class Plan:
    """What the model is to do each time it is asked in one run, and how that ends."""

    steps: tuple[Step, ...]
    end: Literal["answer", "error", "nothing"]


@dataclass
class Life:
    """One run.

    Attributes:
        see: looks at what the model is shown.
        said: what the model said in it, as it is to be stored, in order.
        held: set while the model keeps it waiting.
    """

    plan: Plan
    fate: Fate | None
    see: Callable[[Sequence[Item], str], Awaitable[None]]
    said: list[list[dict[str, Any]]] = field(default_factory=list)
    points: int = 0
    asked: int = 0
    is_dead: bool = False
    is_stopped: bool = False
    has_failed: bool = False
    has_said_nothing: bool = False
    answer: str | None = None
    held: asyncio.Event = field(default_factory=asyncio.Event)
    released: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[Any] | None = None

    def come_to_a_point(self) -> None:
        self.points += 1
        if self.fate is not None and self.points == self.fate.point:
            self.is_dead = self.fate.kind == "die"
            self.is_stopped = self.fate.kind == "stop"
            if self.is_stopped and self.task is not None:
                self.task.cancel()
        if self.is_dead:
            raise Death

    async def be_asked(self) -> None:
        self.come_to_a_point()
        self.asked += 1
        if self.fate == Fate("hold", self.asked):
            self.held.set()
            await self.released.wait()


current: ContextVar[Life] = ContextVar("current")


def make_mortal(engine: AsyncEngine) -> None:
    """Each statement of this engine is two points in a life."""

    def come_to_a_point(*_: Any) -> None:
        current.get().come_to_a_point()

    for moment in ("before_cursor_execute", "after_cursor_execute"):
        event.listen(engine.sync_engine, moment, come_to_a_point)


class ImprovisingModel:
    """Follows the plan of the life that asks it, and never says the same twice.

    Its items have opaque parts, which must come back.
    """

    _numbers = count(1)

    def __init__(self, origin: str) -> None:
        self.origin = origin

    async def ask(self, _instructions: str, history: Sequence[Item], _tools: Any) -> Reply:
        life = current.get()
        await life.see(history, self.origin)
        steps = life.plan.steps
        step = steps[life.asked] if life.asked < len(steps) else None
        await life.be_asked()
        said = self._take(step) if step else self._end(life)
        if said:
            life.said.append(_stored(said, self.origin))
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

    def _end(self, life: Life) -> list[SaidText | SaidCall]:
        if life.plan.end == "answer":
            number = next(self._numbers)
            life.answer = f"answer {number}"
            return [SaidText(life.answer, {"signature": f"{self.origin} {number}"} if number % 2 else {})]
        if life.plan.end == "error":
            life.has_failed = True
            raise RuntimeError("the model failed")
        life.has_said_nothing = True
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
