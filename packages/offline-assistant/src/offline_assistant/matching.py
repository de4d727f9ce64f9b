"""Finds the tasks that a reference means: by title, by place on the list, or from the conversation."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property

from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

from offline_assistant.conversation import Conversation, NotListed, Task
from offline_assistant.effort import spend
from offline_assistant.replies import ANSWERS, bold, counted
from offline_assistant.text import stems_of, title_key
from offline_assistant.understanding import Reference, is_bare_number

MAX_COMPARED = 300
"""Characters of what was said; no title is longer."""
MIN_SIMILARITY = 70
"""Of 100: how similar a title must be to what was said to be suggested instead."""


class Fit(IntEnum):
    """How well a title fits: its words were said but for typing errors, in some form, all of them, exactly."""

    NONE, CLOSE, WORDS, SAME, EXACT = range(5)


@dataclass(frozen=True)
class Outcome:
    """The result of looking for a reference: one task, or several to choose from.

    Attributes:
        is_guess: the title fits only but for typing errors.
        problem: why no task was found; a task that comes with it is a suggestion.
    """

    tasks: tuple[Task, ...] = ()
    said: str = ""
    is_guess: bool = False
    problem: str = ""

    @property
    def task(self) -> Task | None:
        """The one task that is meant."""
        return self.tasks[0] if len(self.tasks) == 1 and not self.problem else None


class Titles:
    """The titles of some tasks, read once for however many names are looked for among them."""

    def __init__(self, tasks: Sequence[Task]) -> None:
        self.tasks = tasks
        self._near: dict[str, set[int]] = {}

    def best(self, said: str) -> tuple[Fit, list[Task]]:
        """How well the best title fits, and all tasks whose titles fit as well."""
        spend()
        key, stems = title_key(said[:MAX_COMPARED]), stems_of(said[:MAX_COMPARED])
        if exact := [task for task in self.tasks if task.key == key]:
            return Fit.EXACT, exact
        if same := [task for task in self.tasks if task.stems == stems]:
            return Fit.SAME, same
        for fit, places in ((Fit.WORDS, self._with_all(stems, self._with)), (Fit.CLOSE, self._close(key, stems))):
            if places:
                return fit, [self.tasks[place] for place in sorted(places)]
        return Fit.NONE, []

    def closest(self, said: str) -> tuple[Task, ...]:
        """The task with the most similar title, if one is similar."""
        spend()
        query, keys = title_key(said[:MAX_COMPARED]), [task.key for task in self.tasks]
        found = process.extractOne(query, keys, scorer=fuzz.WRatio, score_cutoff=MIN_SIMILARITY)
        return (self.tasks[found[2]],) if found else ()

    @cached_property
    def _vocabulary(self) -> dict[str, set[int]]:
        """The places of the titles that have a stem."""
        places: dict[str, set[int]] = defaultdict(set)
        for place, task in enumerate(self.tasks):
            for stem in task.stems:
                places[stem].add(place)
        return dict(places)

    def _with_all(self, stems: Sequence[str], places_of: Callable[[str], set[int]]) -> set[int]:
        return set.intersection(*map(places_of, stems)) if stems else set()

    def _with(self, stem: str) -> set[int]:
        return self._vocabulary.get(stem, set())

    def _close(self, key: str, stems: Sequence[str]) -> set[int]:
        """The places of titles with a typing error or two, in the whole or in each of their words."""
        joined, titles = key.replace(" ", ""), [task.key.replace(" ", "") for task in self.tasks]
        near = process.extract(joined, titles, scorer=OSA.distance, score_cutoff=_tolerated(joined), limit=None)
        return {place for _, _, place in near} | self._with_all(stems, self._near_to)

    def _near_to(self, word: str) -> set[int]:
        """The places of the titles that have the word, typing errors allowed."""
        if word not in self._near:
            spend()
            known = list(self._vocabulary)
            near = process.extract(word, known, scorer=OSA.distance, score_cutoff=_tolerated(word), limit=None)
            fits = [self._with(stem) for stem, distance, _ in near if distance <= _tolerated(stem)]
            self._near[word] = set[int]().union(*fits)
        return self._near[word]


def _tolerated(word: str) -> int:
    """The number of typing errors that leave a word recognizable: 0 in a short one."""
    return 0 if len(word) <= 3 else 1 if len(word) <= 7 else 2


class Finder:
    """Finds the tasks that references mean, each task once.

    Args:
        first: the status of the tasks to look among first, and to count where no list was shown.
        meant: the tasks that an earlier part of the message is about.
    """

    def __init__(self, conversation: Conversation) -> None:
        self.conversation = conversation
        self.titles: dict[str, Titles] = {}

    def find(self, what: Reference, first: str = "open", meant: Sequence[Task] = ()) -> list[Outcome]:
        spend()
        order = ("completed", "open") if first == "completed" else ("open", "completed")
        parts = (outcome for part in what.parts for outcome in self.find(part, first, meant))
        match what.kind:
            case "it" | "them":
                found = self._spoken_of(what.kind, order, meant)
            case "place":
                found = self._at_place(what, order, parts)
            case "named":
                found = self._named(what, order, parts)
            case _:
                found = self._all(what, list(parts))
        return list(dict.fromkeys(found))

    def _at_place(self, what: Reference, order: tuple[str, str], parts: Iterable[Outcome]) -> list[Outcome]:
        """By exact title, or by place. "Task 1" is rather a title; a bare number may be both, so ask."""
        is_bare = is_bare_number(what.texts[0])
        if not is_bare and not self.conversation.lists():
            raise NotListed("all")
        named = self._fitting(what.texts, order[:1] if is_bare else order, Fit.EXACT)
        if (named and not is_bare) or what.parts:
            return named or list(parts)
        placed = self._by_number(what.places, order)
        both = tuple(dict.fromkeys(task for outcome in [*named, *placed] for task in outcome.tasks))
        return [Outcome(both, what.texts[0])] if named and len(both) > 1 else placed

    def _by_number(self, numbers: Iterable[int], order: tuple[str, str]) -> list[Outcome]:
        """The tasks at these places. Only the first missing place is reported."""
        places = self.conversation.shown or dict(enumerate(self.conversation.tasks(order[0]), start=1))
        in_order, found, missing = sorted(places), list[Outcome](), list[Outcome]()
        for number in numbers:
            wanted = number if number > 0 else (in_order[number] if -number <= len(in_order) else 0)
            if wanted in places:
                found.append(self._now(places[wanted], order))
            else:
                problem = ANSWERS["no such place"].format(abs(number), counted(len(places)))
                missing.append(Outcome(problem=problem if places else ANSWERS["empty"]))
        return [*found, *missing[:1]]

    def _now(self, task: Task, order: tuple[str, str]) -> Outcome:
        for status in order:
            if now := next((each for each in self.conversation.tasks(status) if each.id == task.id), None):
                return Outcome((now,))
        return Outcome(problem=ANSWERS["gone"].format(bold(task.title)))

    def _spoken_of(self, kind: str, order: tuple[str, str], meant: Sequence[Task]) -> list[Outcome]:
        tasks = [task for task in meant if task.id] if meant else self.conversation.spoken_of
        found = [self._now(task, order) for task in tasks] or [Outcome(problem=ANSWERS["unclear task"])]
        there = tuple(outcome.task for outcome in found if outcome.task)
        return [Outcome(there)] if kind == "it" and len(there) > 1 else found

    def _all(self, what: Reference, kept: list[Outcome]) -> list[Outcome]:
        """All tasks of a status, but for what is excepted and whatever reads the same."""
        tasks = self.conversation.tasks(*(("open", "completed") if what.kind == "all" else (what.kind,)))
        if unclear := [outcome for outcome in kept if not outcome.task]:
            return [Outcome(problem=unclear[0].problem or ANSWERS["unclear task"])]
        keys = {task.key for outcome in kept for task in outcome.tasks}
        return [Outcome((task,)) for task in tasks if task.key not in keys]

    def _named(self, what: Reference, order: tuple[str, str], parts: Iterable[Outcome]) -> list[Outcome]:
        if found := self._fitting(what.texts, order[:1], Fit.WORDS):
            return found
        each = list(parts)
        if any(outcome.tasks and not outcome.problem for outcome in each):
            return each
        if found := self._fitting(what.texts, order[1:], Fit.WORDS) or self._fitting(what.texts, order, Fit.CLOSE):
            return found
        said, all_tasks = what.texts[-1], Titles(self.conversation.tasks(*order))
        return [Outcome(all_tasks.closest(said), said, problem=ANSWERS["not found"].format(bold(said)))]

    def _fitting(self, texts: Sequence[str], order: Sequence[str], least: Fit) -> list[Outcome]:
        for status in order:
            titles = self.titles[status] = self.titles.get(status) or Titles(self.conversation.tasks(status))
            for text in texts:
                fit, tasks = titles.best(text)
                if fit >= least:
                    # Nobody can say which of two tasks of one name is meant: take the older.
                    is_one = len({task.key for task in tasks}) == 1
                    return [Outcome(tuple(tasks[:1] if is_one else tasks), text, is_guess=fit is Fit.CLOSE)]
        return []
