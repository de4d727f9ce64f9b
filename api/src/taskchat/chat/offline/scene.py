"""What a request is made over: the tasks that are there, the list that was shown, what was spoken of last."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from taskchat.chat.offline.conversation import Call, Task, Turn
from taskchat.chat.offline.intents import Status, Verb
from taskchat.chat.offline.markdown import bold_texts, plain
from taskchat.chat.offline.matching import mentions, same_title

_NUMBERED = re.compile(r"^ {0,3}(\d{1,4})[.)]\s+(.+)$", re.MULTILINE)


class NotListed(Exception):
    """The tasks must be listed first."""

    def __init__(self, status: Status) -> None:
        super().__init__(status)
        self.status = status


class Unlistable(Exception):
    """The tasks could not be listed."""


@dataclass(frozen=True, slots=True)
class Scene:
    """A conversation whose last turn is the one to answer.

    Attributes:
        meant: the tasks that an earlier part of the same message is about.
    """

    turns: Sequence[Turn]
    meant: Sequence[Task] = field(default=())

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

    def last_known(self) -> list[Task]:
        """The tasks as this conversation saw them last; elsewhere they may have changed since."""
        known: dict[str, Task] = {}
        for call in (call for turn in self.turns[:-1] for call in turn.calls):
            known |= {task.id: task for task in call.listed}
            if call.task and call.name == Verb.DELETE:
                known.pop(call.task.id, None)
            elif call.task:
                known[call.task.id] = call.task
        return list(known.values())

    def current(self, task: Task, *statuses: Status) -> Task | None:
        """The task as it is now; None when it is gone."""
        for status in statuses:
            for candidate in self.tasks(status):
                if candidate.id == task.id:
                    return candidate
        return None

    def shown(self) -> dict[int, Task]:
        """The list that the person has before their eyes, by its numbers; empty if none was shown.

        Tasks that were added since go on where it ended.
        """
        added: list[Task] = []
        for turn in reversed(self.turns[:-1]):
            if numbered := shown_in(turn):
                if any(not task.completed for task in numbered.values()):
                    numbered |= dict(enumerate(reversed(added), start=max(numbered) + 1))
                return numbered
            added += [call.task for call in reversed(turn.changes) if call.name == Verb.ADD and call.task]
        return {}

    def spoken_of(self) -> list[Task]:
        """What "it" and "them" mean: the tasks that were last changed or shown."""
        if self.meant:
            return [task for task in self.meant if task.id]  # what is being added now has no id yet
        return next((tasks for turn in reversed(self.turns[:-1]) if (tasks := _spoken_of_in(turn))), [])


def shown_in(turn: Turn) -> dict[int, Task]:
    """The numbered list of a reply. One that ends with a question shows what to choose from, not the list."""
    if turn.reply is None or turn.reply.rstrip().endswith("?"):
        return {}
    return dict(_numbered_tasks(turn.reply, turn.known_tasks()))


def _numbered_tasks(reply: str, tasks: list[Task]) -> Iterator[tuple[int, Task]]:
    left = list(tasks)
    for number, line in _NUMBERED.findall(reply):
        title = next(iter(bold_texts(line)), plain(line))
        found = next((task for task in left if same_title(task.title, title)), None) or next(
            (task for task in left if mentions(line, task.title)), None
        )
        if found:
            left.remove(found)
            yield int(number), found


def _spoken_of_in(turn: Turn) -> list[Task]:
    if changed := [task for call in turn.changes if (task := call.task)]:
        return changed
    known = turn.known_tasks()
    if numbered := dict(_numbered_tasks(turn.reply or "", known)):
        return list(numbered.values())
    named = bold_texts(turn.reply or "")
    return [task for task in known if any(same_title(task.title, title) for title in named)]
