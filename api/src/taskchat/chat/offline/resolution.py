"""From a reference to the tasks that it means."""

from collections.abc import Iterable
from dataclasses import dataclass

from taskchat.chat.offline.conversation import Task
from taskchat.chat.offline.intents import Everything, Named, Places, Pronoun, Reference, Status
from taskchat.chat.offline.matching import Fit, best_matches, closest, same_title
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
    resolver = _Resolver(scene, order)
    return list(dict.fromkeys(resolver.resolve(what)))


@dataclass(frozen=True, slots=True)
class _Resolver:
    scene: Scene
    order: tuple[Status, Status]

    def resolve(self, what: Reference) -> Iterable[Resolved]:
        match what:
            case Places(numbers):
                return [self._place(number) for number in numbers]
            case Pronoun(plural):
                return self._pronoun(plural=plural)
            case Everything(status, but):
                return self._everything(status, but)
            case Named():
                return self._named(what)

    def _place(self, number: int) -> Resolved:
        shown = self.scene.shown()
        places = shown or dict(enumerate(self.scene.tasks(self.order[0]), start=1))
        in_order = sorted(places)
        wanted = number if number > 0 else (in_order[number] if -number <= len(in_order) else 0)
        if wanted not in places:
            return NoSuchPlace(number, len(places))
        return self._now(places[wanted]) if shown else Found(places[wanted])

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
        return [Unknown(said, closest(said, [task for status in self.order for task in self.scene.tasks(status)]))]

    def _fitting(self, texts: Iterable[str], status: Status, least: Fit) -> list[Resolved]:
        for text in texts:
            fit, tasks = best_matches(text, self.scene.tasks(status))
            if fit < least:
                continue
            # Nobody can say which of two tasks of one name is meant: take the older.
            if all(same_title(task.title, tasks[0].title) for task in tasks):
                return [Found(tasks[0], is_guess=fit is Fit.CLOSE)]
            return [Unclear(text, tuple(tasks))]
        return []
