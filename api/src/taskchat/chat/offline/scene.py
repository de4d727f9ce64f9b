"""What a request is made over: the tasks that are there, the list that was shown, what was spoken of last."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from taskchat.chat.offline.conversation import Call, Task, Turn
from taskchat.chat.offline.effort import spend
from taskchat.chat.offline.intents import Status, Verb
from taskchat.chat.offline.markdown import bold_texts, plain
from taskchat.chat.offline.matching import Titles, title_key

_NUMBERED = re.compile(r"^ {0,3}(\d{1,4})[.)]\s+(.+)$", re.MULTILINE)


class NotListed(Exception):
    """The tasks must be listed first."""

    def __init__(self, status: Status) -> None:
        super().__init__(status)
        self.status = status


class Unlistable(Exception):
    """The tasks could not be listed."""


class Earlier:
    """Facts from earlier turns, each computed once per step, however many requests the message has."""

    def __init__(self, turns: Sequence[Turn]) -> None:
        self._turns = turns
        self.titles: dict[Sequence[Status], Titles] = {}
        """Of the tasks that this turn has listed."""

    @cached_property
    def known(self) -> list[Task]:
        """The tasks as this conversation saw them last; elsewhere they may have changed since."""
        known: dict[str, Task] = {}
        for call in (call for turn in self._turns for call in turn.calls):
            known |= {task.id: task for task in call.listed}
            if call.task and call.name == Verb.DELETE:
                known.pop(call.task.id, None)
            elif call.task:
                known[call.task.id] = call.task
        return list(known.values())

    @cached_property
    def open_titles(self) -> set[str]:
        """The titles among them that were still to do, as `title_key` gives them."""
        return {title_key(task.title) for task in self.known if not task.completed}

    @cached_property
    def shown(self) -> dict[int, Task]:
        """The list that the person has before their eyes, by its numbers; empty if none was shown.

        Tasks that were added since go on where it ended.
        """
        added: list[Task] = []
        for turn in reversed(self._turns):
            if numbered := shown_in(turn):
                if any(not task.completed for task in numbered.values()):
                    numbered |= dict(enumerate(reversed(added), start=max(numbered) + 1))
                return numbered
            added += [call.task for call in reversed(turn.changes) if call.name == Verb.ADD and call.task]
        return {}

    @cached_property
    def spoken_of(self) -> list[Task]:
        """The tasks that were last changed or shown."""
        return next((tasks for turn in reversed(self._turns) if (tasks := _spoken_of_in(turn))), [])


@dataclass(frozen=True, slots=True)
class Scene:
    """A conversation whose last turn is the one to answer.

    Attributes:
        meant: the tasks that an earlier part of the same message is about.
    """

    turns: Sequence[Turn]
    earlier: Earlier
    meant: Sequence[Task] = field(default=())

    @classmethod
    def of(cls, turns: Sequence[Turn]) -> "Scene":
        return cls(turns, Earlier(turns[:-1]))

    @property
    def turn(self) -> Turn:
        return self.turns[-1]

    def tasks(self, status: Status, *, after_changes: bool = False) -> list[Task]:
        """The tasks of this status as they are when the request is made, or after what it changes.

        Raises:
            NotListed: this turn has not looked yet.
            Unlistable: it has, in vain.
        """
        return self._list(status, after_changes=after_changes).listed

    def unseen(self, status: Status, *, after_changes: bool = False) -> int:
        """How many more of them there are than `tasks` gives."""
        return self._list(status, after_changes=after_changes).more

    def _list(self, status: Status, *, after_changes: bool) -> Call:
        for call in self.turn.lists(after_changes=after_changes):
            if call.arguments.get("status") == status:
                if not call.is_list:
                    raise Unlistable
                return call
        raise NotListed(status)

    def unseen_in_all(self) -> int:
        """How many tasks this turn has not seen where it looked, before it changed anything."""
        return sum(call.more for call in self.turn.lists())

    def has_listed(self, status: Status) -> bool:
        """Whether this turn has looked already, before it changed anything."""
        return any(call.arguments.get("status") == status for call in self.turn.lists())

    def titles(self, *statuses: Status) -> Titles:
        """The titles of the tasks of these statuses, to look for names in. It raises what `tasks` does."""
        if statuses not in self.earlier.titles:
            self.earlier.titles[statuses] = Titles([task for status in statuses for task in self.tasks(status)])
        return self.earlier.titles[statuses]

    def current(self, task: Task, *statuses: Status) -> Task | None:
        """The task as it is now; None when it is gone."""
        return next((found for status in statuses if (found := self.titles(status).find(task.id))), None)

    def spoken_of(self) -> list[Task]:
        """What "it" and "them" mean: the tasks that were last changed or shown."""
        if self.meant:
            return [task for task in self.meant if task.id]  # what is being added now has no id yet
        return self.earlier.spoken_of


def shown_in(turn: Turn) -> dict[int, Task]:
    """The numbered list of a reply. One that ends with a question shows what to choose from, not the list."""
    if turn.reply is None or turn.reply.rstrip().endswith("?"):
        return {}
    return dict(_numbered_tasks(turn.reply, turn.known_tasks()))


def _numbered_tasks(reply: str, tasks: list[Task]) -> Iterator[tuple[int, Task]]:
    left = {task.id: (title_key(task.title), task) for task in tasks}
    with_key: dict[str, list[Task]] = defaultdict(list)
    for key, task in reversed(left.values()):
        with_key[key].append(task)
    for number, line in _NUMBERED.findall(reply):
        spend()
        same = with_key[title_key(next(iter(bold_texts(line)), plain(line)))]
        words = f" {title_key(line)} "
        found = same[-1] if same else next((task for key, task in left.values() if f" {key} " in words), None)
        if found:
            key, _ = left.pop(found.id)
            with_key[key].remove(found)
            yield int(number), found


def _spoken_of_in(turn: Turn) -> list[Task]:
    if changed := [task for call in turn.changes if (task := call.task)]:
        return changed
    known = turn.known_tasks()
    if numbered := dict(_numbered_tasks(turn.reply or "", known)):
        return list(numbered.values())
    named = {title_key(title) for title in bold_texts(turn.reply or "")}
    return [task for task in known if title_key(task.title) in named]
