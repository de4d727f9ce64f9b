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

TOOLS = {verb: f"{verb}_task" for verb in ("add", "complete", "reopen", "delete")} | {"rename": "update_task"}
_NUMBERED = re.compile(r"^ {0,3}(\d{1,4})[.)]\s+(.+)$", re.MULTILINE)


class NotListed(Exception):
    """The tasks of a status (the argument) must be listed first."""


class Unlistable(Exception):
    """The tasks could not be listed."""


@dataclass(frozen=True)
class Task:
    """A task as a tool's result shows it: how it was at that moment."""

    id: str
    title: str
    description: str = ""
    completed: bool = False

    @cached_property
    def key(self) -> str:
        return title_key(self.title)

    @cached_property
    def stems(self) -> list[str]:
        return stems_of(self.title)


@dataclass
class Call:
    """A tool call; `result` is empty until its output is there, or if that is not a JSON object."""

    name: str
    arguments: dict[str, Any]
    result: dict[str, Any] = field(default_factory=dict)

    @property
    def verb(self) -> str:
        """The change that the call makes; empty if it only reads."""
        return next((verb for verb, name in TOOLS.items() if name == self.name), "")

    @cached_property
    def tasks(self) -> list[Task]:
        """The tasks that the call listed, or the one that it changed."""
        items = self.result.get("tasks", [self.result])
        return [task for item in items if (task := _task(item))] if isinstance(items, list) else []

    @property
    def more(self) -> int:
        """How many tasks there are beyond those that the call listed."""
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

    @property
    def changed(self) -> list[Task]:
        return [task for call in self.changes for task in call.tasks]

    @property
    def seen(self) -> list[Task]:
        """Every task that a result of this turn shows, as it was last."""
        return list({task.id: task for call in self.calls for task in call.tasks}.values())

    @cached_property
    def shown(self) -> dict[int, Task]:
        """The tasks in the reply's numbered list, whoever wrote it."""
        return numbered(self.reply, self.seen)


@dataclass
class Question:
    """The question in the last reply: its kind, the verb that a yes leads to, and the tasks or titles concerned."""

    kind: str
    verb: str
    tasks: list[Task]
    titles: list[str]
    text: str


class Conversation:
    """A conversation whose last turn is the one to answer."""

    def __init__(self, turns: Sequence[Turn]) -> None:
        self.turn, self.earlier = turns[-1], turns[:-1]
        self._calls = [call for turn in self.earlier for call in turn.calls]

    @cached_property
    def known(self) -> list[Task]:
        """The tasks as this conversation saw them last; elsewhere they may have changed since."""
        deleted: dict[str, bool] = {task.id: call.verb == "delete" for call in self._calls for task in call.tasks}
        known = {task.id: task for call in self._calls for task in call.tasks}
        return [task for task_id, task in known.items() if not deleted[task_id]]

    @cached_property
    def shown(self) -> dict[int, Task]:
        """The list that the person has in view, by its numbers; tasks that were added since come after its end."""
        added: list[Task] = []
        for turn in reversed(self.earlier):
            # A reply that ends with a question shows what to choose from, not the list.
            if turn.shown and not turn.reply.rstrip().endswith("?"):
                is_open = any(not task.completed for task in turn.shown.values())
                return turn.shown | dict(enumerate(reversed(added) if is_open else (), start=max(turn.shown) + 1))
            added += [task for call in reversed(turn.changes) if call.verb == "add" for task in call.tasks]
        return {}

    @cached_property
    def spoken_of(self) -> list[Task]:
        """The tasks that were last changed or shown: the meaning of "it" and "them"."""
        for turn in reversed(self.earlier):
            named = set(map(title_key, bold_texts(turn.reply)))
            shown = list(turn.shown.values()) or [task for task in turn.seen if task.key in named]
            if tasks := turn.changed or shown:
                return tasks
        return []

    @property
    def last_change(self) -> Turn | None:
        return next((turn for turn in reversed(self.earlier) if turn.changed), None)

    def title_before(self, task: Task) -> str:
        """The last other title that the conversation shows of a task."""
        titles = [each.title for call in self._calls for each in call.tasks if each.id == task.id]
        return next((title for title in reversed(titles) if title != task.title), "")

    @cached_property
    def question(self) -> Question | None:
        """The question that the last reply ends with, if it is one of ours."""
        reply = self.earlier[-1].reply if self.earlier else ""
        if not (asked := asked_in(reply)):
            return None
        (kind, verb), titles = asked
        known = list({task.id: task for task in [*self.earlier[-1].seen, *self.known]}.values())
        if kind == "choose" or verb.startswith("delete "):
            tasks = list(numbered(reply.rpartition("\n\n")[0].rpartition("\n\n")[2], known).values())
            return Question(kind, verb.split()[0], tasks, titles, reply)
        if verb.startswith("add"):
            return Question(kind, "add", [], titles, reply)
        tasks = [task for task in known if " ".join(task.title.split()) in titles[:1]]
        return Question(kind, verb.split()[0], tasks[:1], titles[1:], reply)

    def listing(self, status: str, *, after_changes: bool = False) -> tuple[list[Task], int]:
        """The tasks of this status before the turn's changes, or after them, and how many more there are.

        Raises NotListed if this turn has not looked yet, Unlistable if that failed.
        """
        for call in self.lists(after_changes=after_changes):
            listed = call.arguments.get("status")
            if listed in (status, "all") and not isinstance(call.result.get("tasks"), list):
                raise Unlistable
            if listed == status or (listed == "all" and not call.more):
                return [task for task in call.tasks if task.completed == (status == "completed")], call.more
        raise NotListed(status)

    def lists(self, *, after_changes: bool = False) -> list[Call]:
        """The lists that this turn fetched before its changes, or after them."""
        calls = self.turn.calls
        changed = [index for index, call in enumerate(calls) if call.verb]
        return calls if not changed else calls[changed[-1] + 1 :] if after_changes else calls[: changed[0]]

    def tasks(self, *statuses: str) -> list[Task]:
        return [task for status in statuses for task in self.listing(status)[0]]


def numbered(reply: str, tasks: list[Task]) -> dict[int, Task]:
    left, found = {task.id: task for task in tasks}, dict[int, Task]()
    for number, line in _NUMBERED.findall(reply)[: len(tasks)]:
        key, words = title_key(next(iter(bold_texts(line)), plain(line))), f" {title_key(line)} "
        same = [task for task in left.values() if task.key == key]
        same.sort(key=lambda task: task.completed != ("✓" in line))
        if fits := same or [task for task in left.values() if f" {task.key} " in words]:
            found[int(number)] = left.pop(fits[0].id)
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
