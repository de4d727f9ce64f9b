"""The conversation so far, read from the items that the agents SDK hands to a model."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from agents import TResponseInputItem

from taskchat.text import sanitize_text

LIST_TASKS = "list_tasks"


@dataclass(frozen=True, slots=True)
class Task:
    """A task as a tool's result shows it: how it was at that moment."""

    id: str
    title: str
    description: str = ""
    completed: bool = False


@dataclass
class Call:
    """A tool call; `result` is empty until its output is there, or when that is not a JSON object."""

    name: str
    arguments: dict[str, Any]
    result: dict[str, Any] = field(default_factory=dict)

    @cached_property
    def task(self) -> Task | None:
        """The task that the call made, changed or deleted."""
        return _task(self.result)

    @cached_property
    def listed(self) -> list[Task]:
        """The tasks that the call listed."""
        tasks = self.result.get("tasks")
        return [task for item in tasks if (task := _task(item))] if isinstance(tasks, list) else []

    @property
    def more(self) -> int:
        """How many tasks there are beyond those that the call listed."""
        more = self.result.get("more")
        return more if isinstance(more, int) else 0

    @property
    def is_list(self) -> bool:
        return isinstance(self.result.get("tasks"), list)


@dataclass(slots=True)
class Turn:
    """What the user said, what was called for it, and the answer (None: not answered yet, or never)."""

    text: str
    calls: list[Call] = field(default_factory=list)
    reply: str | None = None

    @property
    def changes(self) -> list[Call]:
        return [call for call in self.calls if call.name != LIST_TASKS]

    def lists(self, *, after_changes: bool = False) -> list[Call]:
        """What was listed before anything was changed, or after it."""
        changed = [index for index, call in enumerate(self.calls) if call.name != LIST_TASKS]
        if not changed:
            return self.calls
        return self.calls[changed[-1] + 1 :] if after_changes else self.calls[: changed[0]]

    def known_tasks(self) -> list[Task]:
        """Every task that a result of this turn shows, as it was last."""
        seen = [task for call in self.calls for task in ([call.task] if call.task else call.listed)]
        return list({task.id: task for task in seen}.values())


def read_turns(items: str | Iterable[TResponseInputItem]) -> list[Turn]:
    """The turns in their order; the last one is the one to answer."""
    if isinstance(items, str):
        return [Turn(sanitize_text(items))]
    turns: list[Turn] = []
    calls: dict[str, Call] = {}
    for item in items:
        match dict(item):
            case {"role": "user", "content": content}:
                turns.append(Turn(sanitize_text(_text(content))))  # titles are cut out of it
            case {"role": "assistant", "content": content} if turns:
                turns[-1].reply = _text(content)
            case {"type": "function_call", "call_id": str(call_id), "name": str(name), "arguments": arguments} if turns:
                calls[call_id] = Call(name, _json_object(arguments))
                turns[-1].calls.append(calls[call_id])
            case {"type": "function_call_output", "call_id": str(call_id), "output": output} if call_id in calls:
                calls[call_id].result = _json_object(output)
    return turns


def _text(content: object) -> str:
    if isinstance(content, list):
        return "".join(str(part.get("text", "")) for part in content if isinstance(part, Mapping))
    return str(content)


def _json_object(text: object) -> dict[str, Any]:
    try:
        value = json.loads(text) if isinstance(text, str) else None
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _task(value: object) -> Task | None:
    match value:
        case {"id": str(task_id), "title": str(title), **rest}:
            return Task(task_id, title, str(rest.get("description") or ""), rest.get("completed") is True)
    return None
