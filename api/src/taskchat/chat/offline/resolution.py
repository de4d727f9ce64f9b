"""From a reference to the tasks that it means."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from taskchat.chat.offline.conversation import Task
from taskchat.chat.offline.effort import spend
from taskchat.chat.offline.intents import Everything, Named, Places, Pronoun, Reference, Status
from taskchat.chat.offline.matching import Fit
from taskchat.chat.offline.scene import Scene


@dataclass(frozen=True, slots=True)
class Found:
    """A task that is meant; `is_guess` if its title fits only but for typing errors."""

    task: Task
    is_guess: bool = False


@dataclass(frozen=True, slots=True)
class Unclear:
    """Several tasks fit."""

    said: str
    tasks: tuple[Task, ...]


@dataclass(frozen=True, slots=True)
class Unknown:
    """No task fits."""

    said: str
    closest: Task | None


@dataclass(frozen=True, slots=True)
class Gone:
    """The task was deleted since it was spoken of."""

    task: Task


@dataclass(frozen=True, slots=True)
class NoSuchPlace:
    number: int
    length: int


@dataclass(frozen=True, slots=True)
class NothingMeant:
    """ "it", before any task was spoken of."""


Resolved = Found | Unclear | Unknown | Gone | NoSuchPlace | NothingMeant


def resolve(what: Reference, scene: Scene, preferred: Status) -> list[Resolved]:
    """What the reference means, each task once.

    Args:
        preferred: the tasks to look among first, and to count where no list was shown.
    """
    order = (Status.COMPLETED, Status.OPEN) if preferred is Status.COMPLETED else (Status.OPEN, Status.COMPLETED)
    spend()
    resolver = _Resolver(scene, order)
    return list(dict.fromkeys(resolver.resolve(what)))


@dataclass(frozen=True, slots=True)
class _Resolver:
    scene: Scene
    order: tuple[Status, Status]

    def resolve(self, what: Reference) -> Iterable[Resolved]:
        match what:
            case Places(numbers):
                return self._places(numbers)
            case Pronoun(plural):
                return self._pronoun(plural=plural)
            case Everything(status, but):
                return self._everything(status, but)
            case Named():
                return self._named(what)

    def _places(self, numbers: Iterable[int]) -> Iterator[Resolved]:
        """The tasks at these places. Only the first missing place is reported."""
        shown = self.scene.earlier.shown
        places = shown or dict(enumerate(self.scene.tasks(self.order[0]), start=1))
        in_order = sorted(places)
        missing: list[int] = []
        for number in numbers:
            wanted = number if number > 0 else (in_order[number] if -number <= len(in_order) else 0)
            if wanted in places:
                yield self._now(places[wanted]) if shown else Found(places[wanted])
            elif not missing:
                missing.append(number)
                yield NoSuchPlace(number, len(places))

    def _pronoun(self, *, plural: bool) -> list[Resolved]:
        tasks = self.scene.spoken_of()
        if not tasks:
            return [NothingMeant()]
        found = [self._now(task) for task in tasks]
        there = tuple(resolved.task for resolved in found if isinstance(resolved, Found))
        return [Unclear("", there)] if not plural and len(there) > 1 else found

    def _now(self, task: Task) -> Resolved:
        current = self.scene.current(task, *self.order)
        return Found(current) if current else Gone(task)

    def _everything(self, status: Status, but: Reference | None) -> list[Resolved]:
        statuses = (Status.OPEN, Status.COMPLETED) if status is Status.ALL else (status,)
        tasks = [task for each in statuses for task in self.scene.tasks(each)]
        if but is None:
            return [Found(task) for task in tasks]
        excepted = list(self.resolve(but))
        unclear: list[Resolved] = [resolved for resolved in excepted if not isinstance(resolved, Found)]
        kept = {resolved.task.id for resolved in excepted if isinstance(resolved, Found)}
        return unclear or [Found(task) for task in tasks if task.id not in kept]

    def _named(self, what: Named) -> list[Resolved]:
        if found := self._fitting(what.texts, self.order[0], Fit.WORDS):
            return found
        if what.parts:
            parts = [resolved for part in what.parts for resolved in self.resolve(part)]
            if any(isinstance(resolved, Found | Unclear) for resolved in parts):
                return parts
        if found := self._fitting(what.texts, self.order[1], Fit.WORDS):
            return found
        for status in self.order:
            if found := self._fitting(what.texts, status, Fit.CLOSE):
                return found
        said = what.texts[-1]
        return [Unknown(said, self.scene.titles(*self.order).closest(said))]

    def _fitting(self, texts: Iterable[str], status: Status, least: Fit) -> list[Resolved]:
        titles = self.scene.titles(status)
        for text in texts:
            fit, tasks = titles.best(text)
            if fit < least:
                continue
            # Nobody can say which of two tasks of one name is meant: take the older.
            if titles.are_same(tasks):
                return [Found(tasks[0], is_guess=fit is Fit.CLOSE)]
            return [Unclear(text, tuple(tasks))]
        return []
