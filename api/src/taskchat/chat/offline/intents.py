"""What a person may want, once it is understood."""

from dataclasses import dataclass
from enum import StrEnum

from taskchat.chat.offline.conversation import Task


class Verb(StrEnum):
    """What can be done to a task, by the name of the tool that does it."""

    ADD = "add_task"
    COMPLETE = "complete_task"
    REOPEN = "reopen_task"
    RENAME = "update_task"
    DELETE = "delete_task"


class Status(StrEnum):
    """Which tasks, as list_tasks calls it."""

    OPEN = "open"
    COMPLETED = "completed"
    ALL = "all"


# --- which tasks are spoken of ---------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Places:
    """Places in the list, from 1; negative ones count from its end."""

    numbers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Pronoun:
    """ "it", "them": what was last spoken of."""

    plural: bool


@dataclass(frozen=True, slots=True)
class Everything:
    status: Status = Status.ALL
    but: "Reference | None" = None


@dataclass(frozen=True, slots=True)
class Named:
    """A title, or words of it.

    Attributes:
        texts: how the title may read, the likeliest first: of "I called mum" both "called mum" and "mum".
        parts: what it means if no title reads like the whole: of "milk and eggs" each of the two.
    """

    texts: tuple[str, ...]
    parts: tuple["Reference", ...] = ()


Reference = Places | Pronoun | Everything | Named


# --- what is wanted --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Action:
    """One effect: on `task`, or with `title` and `description` a new one. A rename has task and title."""

    verb: Verb
    task: Task | None = None
    title: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True)
class Add:
    titles: tuple[str, ...]
    is_reminder: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """Complete, reopen or delete; without `what` the person has yet to say which."""

    verb: Verb
    what: Reference | None


@dataclass(frozen=True, slots=True)
class Rename:
    """Each reading is a possible "what" and new title: "rename talk to Bob to talk to Al" has two."""

    readings: tuple[tuple[Reference, str], ...]


@dataclass(frozen=True, slots=True)
class Correct:
    """ "I meant the eggs": what was last added or renamed is to be called `title`; or what was last done to
    another task is to be undone, and done to `what`."""

    title: str
    what: Reference


@dataclass(frozen=True, slots=True)
class Show:
    status: Status


@dataclass(frozen=True, slots=True)
class ShowNext:
    """Only what to do first."""


@dataclass(frozen=True, slots=True)
class Count:
    status: Status


@dataclass(frozen=True, slots=True)
class Find:
    what: Reference


@dataclass(frozen=True, slots=True)
class Mention:
    """Titles without a word on what to do about them: of tasks that are there, or of new ones."""

    titles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Undo:
    pass


@dataclass(frozen=True, slots=True)
class Do:
    """Exactly this: what a question of ours was answered with."""

    actions: tuple[Action, ...]


@dataclass(frozen=True, slots=True)
class Ask:
    """Ask this (again)."""

    question: "Question"


@dataclass(frozen=True, slots=True)
class Talk:
    """Something that has a ready answer."""

    topic: str


Intent = Add | Change | Rename | Correct | Show | ShowNext | Count | Find | Mention | Undo | Do | Ask | Talk


# --- what we ask back ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Confirm:
    """Yes or no?"""

    text: str
    actions: tuple[Action, ...]


@dataclass(frozen=True, slots=True)
class Choose:
    """Which of these?"""

    text: str
    choices: tuple[Action, ...]


@dataclass(frozen=True, slots=True)
class Elicit:
    """The rest of a request: what to add, which task, which new title (`task` is the one to rename)."""

    text: str
    verb: Verb
    task: Task | None = None


ELICITING = "What shall "
"""How the text of an Elicit begins."""

Question = Confirm | Choose | Elicit
