"""The state of a conversation, read from the items that the agents SDK hands to a model."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from agents import TResponseInputItem

from offline_assistant.replies import asked_in, bold_texts, plain
from offline_assistant.text import stems_of, title_key

TOOLS = {verb: f"{verb}_task" for verb in ("add", "complete", "reopen", "delete")} | dict.fromkeys(
    ("rename", "note", "set"), "update_task"
)
_VERBS = {name: verb for verb, name in TOOLS.items()} | {"update_task": "update"}
FIELDS = ("title", "description", "due_on", "due_at", "priority")


class NotListed(Exception):
    """Tasks must be listed first, with these arguments for the tool; without arguments: they could not be listed."""


@dataclass(frozen=True)
class Task:
    """A task as a tool's result shows it: how it was at that moment."""

    id: str = ""
    title: str = ""
    description: str = ""
    due_on: str = ""
    due_at: str = ""
    priority: str = "none"
    completed: bool = False

    @classmethod
    def read(cls, item: Mapping[str, Any]) -> "Task":
        texts = {name: str(item[name]) for name in ("id", *FIELDS) if item.get(name)}
        return cls(**texts, completed=bool(item.get("completed")))

    @property
    def fields(self) -> dict[str, str]:
        """What people set."""
        return {name: getattr(self, name) for name in FIELDS}

    @cached_property
    def key(self) -> str:
        return title_key(self.title)

    @cached_property
    def stems(self) -> frozenset[str]:
        return stems_of(self.title)


@dataclass
class Call:
    """A tool call; its verb is empty if it only reads, its result until there is a JSON object as its output."""

    name: str
    arguments: dict[str, Any]
    result: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.verb = _VERBS.get(self.name, "")

    @cached_property
    def tasks(self) -> list[Task]:
        """The tasks that the call listed, or the one that it changed."""
        items = self.result.get("tasks", [self.result])
        found = [item for item in items if isinstance(item, Mapping)] if isinstance(items, list) else []
        return [Task.read(item) for item in found if {"id", "title"} <= item.keys()]

    @property
    def more(self) -> int:
        return int(self.result.get("more") or 0)


@dataclass
class Turn:
    """A user's message, the calls made for it, and the answer (empty if there is none yet)."""

    text: str
    calls: list[Call] = field(default_factory=list)
    reply: str = ""

    @property
    def changes(self) -> list[Call]:
        return [call for call in self.calls if call.verb]

    @cached_property
    def changed(self) -> list[Task]:
        return [task for call in self.changes for task in call.tasks]

    @cached_property
    def shown(self) -> dict[int, Task]:
        """The tasks in the reply's numbered list, whoever wrote it."""
        return _numbered(self.reply, self.calls)


class Conversation:
    """A conversation whose last turn is the one to answer."""

    def __init__(self, turns: Sequence[Turn]) -> None:
        self.turn, self.earlier = turns[-1], turns[:-1]
        self.calls = [call for turn in self.earlier for call in turn.calls]

    @cached_property
    def shown(self) -> dict[int, Task]:
        """The list that the person has in view, by its numbers; tasks that were added since come after its end."""
        added: list[Task] = []
        for turn in reversed(self.earlier):
            # A reply that ends with a question shows what to choose from, not the list.
            if turn.shown and not turn.reply.rstrip().endswith("?"):
                return turn.shown | dict(enumerate(added, start=max(turn.shown) + 1))
            added = [task for call in turn.changes if call.verb == "add" for task in call.tasks] + added
        return {}

    @cached_property
    def spoken_of(self) -> list[Task]:
        """The tasks that were last changed or shown: the meaning of "it" and "them"."""
        for turn in reversed(self.earlier):
            named = set(map(title_key, bold_texts(turn.reply)))
            seen = {task.id: task for call in turn.calls for task in call.tasks}.values()
            if tasks := turn.changed or list(turn.shown.values()) or [task for task in seen if task.key in named]:
                return tasks
        return []

    @cached_property
    def question(self) -> tuple[str, str, list[str], list[Task]] | None:
        """The question that the last reply ends with: its kind, its verb, and the titles and tasks concerned."""
        reply = self.earlier[-1].reply if self.earlier else ""
        if not (asked := asked_in(reply)):
            return None
        kind, verb, titles = asked
        if kind == "choose" or verb.startswith("delete "):
            offered = _numbered(reply.rpartition("\n\n")[0].rpartition("\n\n")[2], self.calls)
            return kind, verb.split()[0], titles, list(offered.values())
        if verb.startswith("add"):
            return kind, "add", titles, []
        known = {task.id: task for call in self.calls for task in call.tasks}.values()
        tasks = [task for task in known if " ".join(task.title.split()) in titles[:1]]
        return kind, verb.split()[0], titles[1:], tasks[:1]

    def listing(self, status: str, *, after_changes: bool = False, **filters: str) -> tuple[list[Task], int]:
        """The tasks of this status before the turn's changes, or after them, and how many more there are.

        Raises NotListed if this turn has not looked yet, or if that failed.
        """
        for call in self.lists(after_changes=after_changes):
            listed = call.arguments.get("status")
            if listed not in (status, "all") or call.arguments != {"status": listed, **filters}:
                continue
            if not isinstance(call.result.get("tasks"), list):
                raise NotListed({})
            if listed == status or not call.more:
                return [task for task in call.tasks if task.completed == (status == "completed")], call.more
        raise NotListed({"status": status, **filters})

    def lists(self, *, after_changes: bool = False) -> list[Call]:
        """The lists that this turn fetched before its changes, or after them."""
        calls = self.turn.calls
        changed = [index for index, call in enumerate(calls) if call.verb]
        return calls if not changed else calls[changed[-1] + 1 :] if after_changes else calls[: changed[0]]

    def before(self, call: Call) -> Task | None:
        """The task that the call changed, as the calls before it last showed it."""
        calls = [*self.calls, *self.turn.calls]
        place = next(place for place, each in enumerate(calls) if each is call)
        shown = (task for each in reversed(calls[:place]) for task in each.tasks)
        return next((task for task in shown if task.id == call.arguments.get("task_id")), None)

    def tasks(self, *statuses: str) -> list[Task]:
        return [task for status in statuses for task in self.listing(status)[0]]


def _numbered(reply: str, calls: Sequence[Call]) -> dict[int, Task]:
    """The tasks in a numbered list, among all that the calls show."""
    left, found = {task.id: task for call in calls for task in call.tasks}, dict[int, Task]()
    for number, line in re.findall(r"^ {0,3}(\d{1,4})[.)]\s+(.+)$", reply, re.MULTILINE)[: len(left)]:
        said = f" {title_key(next(iter(bold_texts(line)), plain(line)))} "
        if fits := [task for task in left.values() if f" {task.key} " in said]:
            found[int(number)] = left.pop(max(fits, key=lambda task: len(task.key)).id)
    return found


def read_turns(items: str | Iterable[TResponseInputItem]) -> list[Turn]:
    """The turns in their order; the last one is the one to answer."""
    turns, calls = list[Turn](), dict[str, Call]()
    for item in [{"role": "user", "content": items}] if isinstance(items, str) else items:
        match dict(item):
            case {"role": "user", "content": content}:
                # Without what a database refuses, because titles are cut from it.
                turns.append(Turn(_text(content).replace("\x00", "").encode("utf-8", "replace").decode()))
            case {"role": "assistant", "content": content} if turns:
                turns[-1].reply = _text(content)
            case {"type": "function_call", "call_id": str(call_id), "name": str(name), "arguments": arguments} if turns:
                calls[call_id] = Call(name, _json_object(arguments))
                turns[-1].calls.append(calls[call_id])
            case {"type": "function_call_output", "call_id": str(call_id), "output": output} if call_id in calls:
                calls[call_id].result = _json_object(output)
    return turns


def _text(content: object) -> str:
    parts = content if isinstance(content, list) else [{"text": content}]
    return "".join(str(part.get("text", "")) for part in parts if isinstance(part, Mapping))


def _json_object(text: object) -> dict[str, Any]:
    try:
        value = json.loads(str(text))
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
