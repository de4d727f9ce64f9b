"""Runs of a turn that may be killed, stopped or held up at any point, with a model that makes up what it says.

A point is before and after each statement, and each time the model is asked. Whose life it is that comes to a point
is found by a context variable, so that many runs can share an engine, as in a process.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Literal

from agents import Model, ModelResponse, TResponseInputItem, Usage
from agents.items import TResponseOutputItem
from openai.types.responses import ResponseFunctionToolCall, ResponseOutputMessage, ResponseOutputText
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

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
    see: Callable[[list[TResponseInputItem]], Awaitable[None]]
    said: list[list[dict[str, Any]]] = field(default_factory=list)
    points: int = 0
    asked: int = 0
    is_dead: bool = False
    is_stopped: bool = False
    has_failed: bool = False
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


class ImprovisingModel(Model):
    """Follows the plan of the life that asks it, and never says the same twice."""

    def __init__(self) -> None:
        self._numbers = count(1)

    async def get_response(
        self,
        system_instructions: str | None,
        input: str | list[TResponseInputItem],  # noqa: A002
        *_: Any,
        **__: Any,
    ) -> ModelResponse:
        assert isinstance(input, list)
        life = current.get()
        await life.see(input)
        steps = life.plan.steps
        step = steps[life.asked] if life.asked < len(steps) else None
        await life.be_asked()
        output = self._take(step, life) if step else self._end(life)
        return ModelResponse(output=output, usage=Usage(), response_id=None)

    def _take(self, step: Step, life: Life) -> list[TResponseOutputItem]:
        output: list[TResponseOutputItem] = []
        stored: list[dict[str, Any]] = []
        if step.has_text:
            text = f"text {next(self._numbers)}"
            output.append(_message(text))
            stored.append({"type": "message", "text": text})
        for kind in step.calls:
            name, arguments = _call(kind, next(self._numbers))
            # All with one id, as some servers do.
            call = ResponseFunctionToolCall(type="function_call", call_id="call", name=name, arguments=arguments)
            output.append(call)
            stored.append({"type": "function_call", "name": name, "arguments": arguments})
        life.said.append(stored)
        return output

    def _end(self, life: Life) -> list[TResponseOutputItem]:
        if life.plan.end == "answer":
            life.answer = f"answer {next(self._numbers)}"
            return [_message(life.answer)]
        life.has_failed = True
        if life.plan.end == "error":
            raise RuntimeError("the model failed")
        return []

    def stream_response(self, *_: Any, **__: Any) -> Any:
        raise NotImplementedError


def _message(text: str) -> ResponseOutputMessage:
    content: Any = [ResponseOutputText(type="output_text", text=text, annotations=[])]
    return ResponseOutputMessage(id="msg", type="message", role="assistant", status="completed", content=content)


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
