"""Finds the tasks that a reference means: by title, by place on the list, or from the conversation."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from rapidfuzz import fuzz, process

from offline_assistant.conversation import Conversation, NotListed, Task
from offline_assistant.effort import spend
from offline_assistant.replies import ANSWERS, bold, counted
from offline_assistant.text import stems_of, title_key
from offline_assistant.understanding import Reference

MAX_COMPARED = 300  # characters of what was said; no title is longer
MIN_SIMILARITY = 70  # of 100, for a title to be suggested instead


@dataclass(frozen=True)
class Outcome:
    """One task, several to choose from, or the reason why nothing was found, perhaps with a suggestion."""

    tasks: tuple[Task, ...] = ()
    said: str = field(default="", compare=False)
    problem: str = ""

    @property
    def task(self) -> Task | None:
        """The one task that is meant."""
        return self.tasks[0] if len(self.tasks) == 1 and not self.problem else None


def fitting(said: str, tasks: Sequence[Task], *, exactly: bool = False) -> list[Task]:
    """The tasks whose titles read like what was said; else those of the same words, then those with more words."""
    spend()
    key, stems = title_key(said[:MAX_COMPARED]), stems_of(said[:MAX_COMPARED])
    exact = [task for task in tasks if task.key == key]
    same = exact if exact or exactly else [task for task in tasks if task.stems == stems]
    return same if same or exactly else [task for task in tasks if stems and stems <= task.stems]


@dataclass
class Finder:
    """Finds the tasks that references mean, each task once; `meant` is what an earlier part of the message is about."""

    conversation: Conversation
    meant: Sequence[Task] = ()

    def find(self, what: Reference, first: str = "open") -> list[Outcome]:
        spend()
        order = ("completed", "open") if first == "completed" else ("open", "completed")
        find = {"it": self._spoken_of, "them": self._spoken_of, "place": self._at_place, "number": self._at_place}
        find |= {"named": self._named}
        return list(dict.fromkeys(find.get(what.kind, self._all)(what, order)))

    def _at_place(self, what: Reference, order: tuple[str, str]) -> list[Outcome]:
        """By exact title, or by place. "Task 1" is rather a title; a bare number may be both, so ask."""
        is_title = what.kind == "number"
        if is_title and not self.conversation.lists():
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
        places = self.conversation.shown or dict(enumerate(self.conversation.tasks(order[0]), start=1))
        wanted = [number if number > 0 else max(places, default=0) + 1 + number for number in numbers]
        found = [self._now(places[number], order) for number in wanted if number in places]
        problem = ANSWERS["no such place"] if places else ANSWERS["empty"]
        missing = [number for number in wanted if number not in places][:1]
        return found + [Outcome(problem=problem.format(number, counted(len(places)))) for number in missing]

    def _now(self, task: Task, order: tuple[str, str]) -> Outcome:
        for status in order:
            if now := [each for each in self.conversation.tasks(status) if each.id == task.id]:
                return Outcome((now[0],))
        return Outcome(problem=ANSWERS["gone"].format(bold(task.title)))

    def _spoken_of(self, what: Reference, order: tuple[str, str]) -> list[Outcome]:
        tasks = [task for task in self.meant if task.id] if self.meant else self.conversation.spoken_of
        found = [self._now(task, order) for task in tasks] or [Outcome(problem=ANSWERS["unclear task"])]
        there = tuple(outcome.task for outcome in found if outcome.task)
        return [Outcome(there)] if what.kind == "it" and len(there) > 1 else found

    def _all(self, what: Reference, _: tuple[str, str]) -> list[Outcome]:
        """All tasks of a status, but for what is excepted and whatever reads the same."""
        tasks = self.conversation.tasks(*(("open", "completed") if what.kind == "all" else (what.kind,)))
        kept = [outcome for part in what.parts for outcome in self.find(part)]
        if unclear := [outcome for outcome in kept if not outcome.task]:
            return [Outcome(problem=unclear[0].problem or ANSWERS["unclear task"])]
        keys = {task.key for outcome in kept for task in outcome.tasks}
        return [Outcome((task,)) for task in tasks if task.key not in keys]

    def _named(self, what: Reference, order: tuple[str, str]) -> list[Outcome]:
        each = [] if (found := self._with_title(what.text, order[:1])) else what.parts
        found = found or [outcome for part in each for outcome in self.find(part, order[0])]
        if found := found or self._with_title(what.text, order[1:]):
            return found
        tasks, said = self.conversation.tasks(*order), title_key(what.text[:MAX_COMPARED])
        near = process.extractOne(said, [task.key for task in tasks], scorer=fuzz.WRatio, score_cutoff=MIN_SIMILARITY)
        problem = ANSWERS["not found"].format(bold(what.text))
        return [Outcome((tasks[near[2]],) if near else (), what.text, problem)]

    def _with_title(self, said: str, order: Sequence[str], *, exactly: bool = False) -> list[Outcome]:
        for status in order:
            if tasks := fitting(said, self.conversation.tasks(status), exactly=exactly):
                # Nobody can say which of two tasks of one name is meant: take the older.
                is_one = len({task.key for task in tasks}) == 1
                return [Outcome(tuple(tasks[:1] if is_one else tasks), said)]
        return []
