"""Reads a conversation from the items that the agents SDK hands to a model, and finds the tasks that words refer to."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import takewhile
from typing import Any

from agents import TResponseInputItem
from rapidfuzz import fuzz, process

from offline_assistant.effort import spend
from offline_assistant.replies import ANSWERS, asked_in, bold, bold_texts, counted, plain
from offline_assistant.text import stems_of, title_key
from offline_assistant.understanding import Reference

MAX_COMPARED = 300  # characters of what was said; no title is longer
MIN_SIMILARITY = 70  # of 100, for a title to be suggested instead
FIELDS = ("title", "description", "due_on", "due_at", "priority")
CHANGES = ("add_task", "complete_task", "reopen_task", "delete_task", "update_task")


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


@dataclass(eq=False)
class Call:
    """A tool call; its result is empty until there is a JSON object as its output."""

    name: str
    arguments: dict[str, Any]
    result: dict[str, Any] = field(default_factory=dict)

    @property
    def verb(self) -> str:
        """The change that it makes to a task, such as `add`; empty if it only reads."""
        return self.name.removesuffix("_task") if self.name in CHANGES else ""

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
    def shown(self) -> dict[int, Task]:
        """The tasks in the reply's numbered list, whoever wrote it."""
        return _numbered(self.reply, self.calls)


@dataclass(frozen=True)
class Outcome:
    """The task that was found, several to choose from, or a problem, perhaps with a suggestion."""

    tasks: tuple[Task, ...] = ()
    said: str = field(default="", compare=False)
    problem: str = ""

    @property
    def task(self) -> Task | None:
        """The one task that is meant."""
        return self.tasks[0] if len(self.tasks) == 1 and not self.problem else None


class Conversation:
    """A conversation whose last turn is the one to answer.

    Attributes:
        meant: the tasks that an earlier part of the message is about: those of "it" and "them".
    """

    def __init__(self, turns: Sequence[Turn]) -> None:
        self.turn, self.earlier = turns[-1], turns[:-1]
        self.calls = [call for turn in self.earlier for call in turn.calls]
        self.replies = "\n".join(turn.reply for turn in self.earlier)
        self.meant: Sequence[Task] = ()

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
            changed = [task for call in turn.changes for task in call.tasks]
            named, seen = set(map(title_key, bold_texts(turn.reply))), _known(turn.calls).values()
            if tasks := changed or list(turn.shown.values()) or [task for task in seen if task.key in named]:
                return tasks
        return []

    @cached_property
    def question(self) -> tuple[str, str, list[str], list[Task]] | None:
        """The question that the last reply ends with: its kind, its verb, and the titles and tasks concerned."""
        reply = self.earlier[-1].reply if self.earlier else ""
        if not (asked := asked_in(reply)):
            return None
        (kind, verb, titles), tasks = asked, list[Task]()
        if kind == "choose" or verb.startswith("delete "):
            tasks = list(_numbered(reply.rpartition("\n\n")[0].rpartition("\n\n")[2], self.calls).values())
        elif verb != "add":
            tasks = [task for task in _known(self.calls).values() if " ".join(task.title.split()) == titles[0]][:1]
            titles = titles[1:]
        return kind, verb.split()[0], titles, tasks

    def listing(self, status: str, *, after_changes: bool = False, **filters: str) -> tuple[list[Task], int]:
        """The tasks of this status before the turn's changes, or after them, and how many more there are.

        Raises NotListed if this turn has not looked yet, or if that failed.
        """
        if status == "all":
            each = [self.listing(one, after_changes=after_changes, **filters) for one in ("open", "completed")]
            return [task for tasks, _ in each for task in tasks], sum(more for _, more in each)
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
        """The lists that this turn fetched before its changes, or after them; then the last one comes first."""
        calls = self.turn.calls[::-1] if after_changes else self.turn.calls
        return list(takewhile(lambda call: not call.verb, calls))

    def tasks(self, status: str) -> list[Task]:
        return self.listing(status)[0]

    def before(self, call: Call) -> Task | None:
        """The task that the call changed, as the calls before it last showed it."""
        calls = [*self.calls, *self.turn.calls]
        return _known(calls[: calls.index(call)]).get(str(call.arguments.get("task_id")))

    def find(self, what: Reference, first: str = "open") -> list[Outcome]:
        """The tasks that the reference means, each once; of a name that several have, those of this status."""
        spend()
        order = ("completed", "open") if first == "completed" else ("open", "completed")
        find = {"it": self._spoken_of, "them": self._spoken_of, "place": self._at_place, "number": self._at_place}
        find |= {"named": self._named}
        return list(dict.fromkeys(find.get(what.kind, self._all)(what, order)))

    def _at_place(self, what: Reference, order: tuple[str, str]) -> list[Outcome]:
        """By exact title, or by place. "Task 1" is rather a title; a bare number may be both, so ask."""
        is_title = what.kind == "number"
        if is_title and not self.lists():
            raise NotListed({"status": "all"})
        noun = re.match(r"(task|item|thing|number|todo|to-do|entry|entrie)s? #?\d", what.text, re.IGNORECASE)
        bare = [] if is_title else re.findall(r"\b\d+\b", what.text)
        titles = [f"{noun[1].replace('ie', 'y')} {place}" for place in what.places] if noun else [what.text, *bare]
        found = [self._with_title(title, order if is_title else order[:1], exactly=True) for title in titles]
        named = [outcome for outcomes in found for outcome in outcomes] if all(found) or bare else []
        if named and is_title:
            return named
        placed = self._by_number(what.places, order)
        there = [task for outcome in placed for task in outcome.tasks]
        both = tuple(dict.fromkeys([task for outcome in named for task in outcome.tasks] + there))
        return [Outcome(both, what.text)] if len(both) > len(there) else placed

    def _by_number(self, numbers: Sequence[int], order: tuple[str, str]) -> list[Outcome]:
        """The tasks at these places. Only the first missing place is reported."""
        places = self.shown or dict(enumerate(self.tasks(order[0]), start=1))
        wanted = [number if number > 0 else max(places, default=0) + 1 + number for number in numbers]
        found = [self._now(places[number], order) for number in wanted if number in places]
        problem = ANSWERS["no such place"] if places else ANSWERS["empty"]
        missing = [number for number in wanted if number not in places][:1]
        return found + [Outcome(problem=problem.format(number, counted(len(places)))) for number in missing]

    def _now(self, task: Task, order: tuple[str, str]) -> Outcome:
        for status in order:
            if now := [each for each in self.tasks(status) if each.id == task.id]:
                return Outcome((now[0],))
        return Outcome(problem=ANSWERS["gone"].format(bold(task.title)))

    def _spoken_of(self, what: Reference, order: tuple[str, str]) -> list[Outcome]:
        tasks = [task for task in self.meant if task.id] if self.meant else self.spoken_of
        found = [self._now(task, order) for task in tasks] or [Outcome(problem=ANSWERS["unclear task"])]
        there = tuple(outcome.task for outcome in found if outcome.task)
        return [Outcome(there)] if what.kind == "it" and len(there) > 1 else found

    def _all(self, what: Reference, _: tuple[str, str]) -> list[Outcome]:
        """All tasks of a status, but for what is excepted and whatever reads the same."""
        tasks = self.tasks(what.kind)
        kept = [outcome for part in what.parts for outcome in self.find(part)]
        if unclear := [outcome for outcome in kept if not outcome.task]:
            return [Outcome(problem=unclear[0].problem or ANSWERS["unclear task"])]
        keys = {task.key for outcome in kept for task in outcome.tasks}
        return [Outcome((task,)) for task in tasks if task.key not in keys]

    def _named(self, what: Reference, order: tuple[str, str]) -> list[Outcome]:
        found = self._with_title(what.text, order[:1])
        found = found or [outcome for part in what.parts for outcome in self.find(part, order[0])]
        if found := found or self._with_title(what.text, order[1:]):
            return found
        tasks, said = self.tasks("all"), title_key(what.text[:MAX_COMPARED])
        near = process.extractOne(said, [task.key for task in tasks], scorer=fuzz.WRatio, score_cutoff=MIN_SIMILARITY)
        problem = ANSWERS["not found"].format(bold(what.text))
        return [Outcome((tasks[near[2]],) if near else (), what.text, problem)]

    def _with_title(self, said: str, order: Sequence[str], *, exactly: bool = False) -> list[Outcome]:
        for status in order:
            if tasks := fitting(said, self.tasks(status), exactly=exactly):
                # Nobody can say which of two tasks of one name is meant: take the older.
                is_one = len({task.key for task in tasks}) == 1
                return [Outcome(tuple(tasks[:1] if is_one else tasks), said)]
        return []


def fitting(said: str, tasks: Sequence[Task], *, exactly: bool = False) -> list[Task]:
    """The tasks whose titles read like what was said; else those of the same words, then those with more words."""
    spend()
    key, stems = title_key(said[:MAX_COMPARED]), stems_of(said[:MAX_COMPARED])
    exact = [task for task in tasks if task.key == key]
    same = exact if exact or exactly else [task for task in tasks if task.stems == stems]
    return same if same or exactly else [task for task in tasks if stems and stems <= task.stems]


def _known(calls: Iterable[Call]) -> dict[str, Task]:
    """All tasks that the calls show, by their ids, as they were last shown."""
    return {task.id: task for call in calls for task in call.tasks}


def _numbered(reply: str, calls: Sequence[Call]) -> dict[int, Task]:
    """The tasks in a numbered list, among all that the calls show."""
    left, found = _known(calls), dict[int, Task]()
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
