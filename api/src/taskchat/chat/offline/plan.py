"""What a message leads to: the changes to make, what to say, what to ask."""

from dataclasses import dataclass, field

from taskchat.chat.offline.conversation import Task
from taskchat.chat.offline.intents import Action, Count, Question, Show, ShowNext

Note = str | Show | Count | ShowNext
"""Something to say: a text, or what the list looks like when all changes are made."""


@dataclass(slots=True)
class Plan:
    """Attributes:
    actions: to carry out, in this order.
    notes: to say after what was done.
    question: to ask at the end; one at a time.
    meant: the tasks that were found, for an "it" in the rest of the message.
    """

    actions: list[Action] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    question: Question | None = None
    meant: list[Task] = field(default_factory=list)

    @property
    def comes_to_nothing(self) -> bool:
        return not self.actions and self.question is None and not self.meant

    def ask(self, question: Question) -> None:
        """Ask this, unless something is asked already."""
        self.question = self.question or question
