"""What is said about changes, from what the tools returned."""

from collections.abc import Sequence
from itertools import zip_longest

from taskchat.chat.offline.conversation import Call
from taskchat.chat.offline.intents import Action, Verb
from taskchat.chat.offline.markdown import bold, joined

MAX_NAMED = 12
"""Titles in one sentence; of more only the number is said."""

_DONE = {
    Verb.ADD: ("Added {}.", "Got it, added {}.", "On your list now: {}."),
    Verb.COMPLETE: ("✓ Done: {}.", "✓ Nice, done: {}.", "✓ Ticked off {}."),
    Verb.REOPEN: ("Open again: {}.", "Back on your list of things to do: {}."),
    Verb.DELETE: ("Deleted {}.", "Removed {} from your list."),
}
_TO_DO = {
    Verb.ADD: "add",
    Verb.COMPLETE: "mark as done",
    Verb.REOPEN: "reopen",
    Verb.RENAME: "rename",
    Verb.DELETE: "delete",
}


def report(actions: Sequence[Action], calls: Sequence[Call], variant: int) -> list[str]:
    """A sentence for each kind of change, and one for each change that a tool refused.

    What was done is read from the calls. The actions tell only what they were about: another model may
    have made the calls, before the turn was interrupted and taken up by this one.
    """
    said: list[str] = []
    pairs = list(zip_longest(calls, actions[: len(calls)]))
    for verb in dict.fromkeys(call.name for call in calls if call.name in _TO_DO):
        same = [(call, action) for call, action in pairs if call.name == verb]
        said += _changed(Verb(verb), [(call.task.title, action) for call, action in same if call.task], variant)
        said += [_refused(call, action) for call, action in same if not call.task]
    return said


def _changed(verb: Verb, changed: list[tuple[str, Action | None]], variant: int) -> list[str]:
    if verb is Verb.RENAME:
        return [_renamed(title, action) for title, action in changed]
    if not changed:
        return []
    phrases = _DONE[verb]
    named = joined([bold(title) for title, _ in changed]) if len(changed) <= MAX_NAMED else f"{len(changed)} tasks"
    return [phrases[variant % len(phrases)].format(named)]


def _renamed(title: str, action: Action | None) -> str:
    if action and action.verb is Verb.RENAME and action.task:
        return f"Renamed {bold(action.task.title)} to {bold(title)}."
    return f"It is called {bold(title)} now."


def _refused(call: Call, action: Action | None) -> str:
    title = bold((action.task.title if action.task else action.title) if action else "that task")
    if call.result.get("error") == "task_not_found":
        return f"{title} is not on your list any more."
    return f"Sorry, I could not {_TO_DO[Verb(call.name)]} {title}."
