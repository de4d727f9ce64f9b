"""What is said about changes, from what the tools returned."""

from collections.abc import Sequence

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
    """A sentence for each kind of change, and one for each change that a tool refused."""
    pairs = list(zip(actions, calls, strict=False))
    said: list[str] = []
    for verb in dict.fromkeys(action.verb for action, _ in pairs):
        same = [(action, call) for action, call in pairs if action.verb is verb]
        titles = [(action, call.task.title) for action, call in same if call.task]
        said += _changed(verb, titles, variant)
        said += [_refused(action, call) for action, call in same if not call.task]
    return said


def _changed(verb: Verb, changed: list[tuple[Action, str]], variant: int) -> list[str]:
    if verb is Verb.RENAME:
        return [f"Renamed {bold(action.task.title)} to {bold(title)}." for action, title in changed if action.task]
    if not changed:
        return []
    phrases = _DONE[verb]
    named = joined([bold(title) for _, title in changed]) if len(changed) <= MAX_NAMED else f"{len(changed)} tasks"
    return [phrases[variant % len(phrases)].format(named)]


def _refused(action: Action, call: Call) -> str:
    title = bold(action.task.title if action.task else action.title)
    if call.result.get("error") == "task_not_found":
        return f"{title} is not on your list any more."
    return f"Sorry, I could not {_TO_DO[action.verb]} {title}."
