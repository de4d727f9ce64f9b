"""Completing, reopening, deleting and renaming tasks."""

from collections.abc import Sequence
from dataclasses import replace

from taskchat.chat.offline import looking
from taskchat.chat.offline.adding import MAX_TITLE
from taskchat.chat.offline.conversation import Task
from taskchat.chat.offline.intents import (
    ELICITING,
    Action,
    Change,
    Choose,
    Confirm,
    Elicit,
    Everything,
    Named,
    Pronoun,
    Reference,
    Rename,
    Status,
    Verb,
)
from taskchat.chat.offline.markdown import bold
from taskchat.chat.offline.matching import same_title
from taskchat.chat.offline.plan import Plan
from taskchat.chat.offline.resolution import Found, Gone, NoSuchPlace, NothingMeant, Resolved, Unclear, Unknown, resolve
from taskchat.chat.offline.scene import Scene

MAX_UNASKED = 3
"""Tasks that "delete them" deletes without asking first."""
MAX_CHOICES = 50

_CHANGED = {Verb.COMPLETE: Status.OPEN, Verb.REOPEN: Status.COMPLETED}
"""The verbs that change a task's status, and the status they change."""
_PREFERRED = {Verb.REOPEN: Status.COMPLETED}
_VERBS = {Verb.COMPLETE: "mark as done", Verb.REOPEN: "reopen", Verb.DELETE: "delete", Verb.RENAME: "rename"}
_ALREADY = {Verb.COMPLETE: "{} is done already.", Verb.REOPEN: "{} is still to do, so there is nothing to reopen."}
_NOTHING_THERE = {
    Verb.COMPLETE: "There is nothing left to do on your list.",
    Verb.REOPEN: "None of your tasks is done yet.",
    Verb.DELETE: "There is nothing to delete.",
    Verb.RENAME: "There is nothing on your list to rename.",
}


def plan_change(plan: Plan, request: Change, scene: Scene) -> None:
    """Complete, reopen or delete what is meant; or find out what to rename and how."""
    what, verb = request.what, request.verb
    if what is None:
        _ask_which(plan, verb, scene)
        return
    if isinstance(what, Everything) and what.status is Status.ALL and verb in _CHANGED:
        what = replace(what, status=_CHANGED[verb])  # "mark everything as done" is about what is open
    resolved = resolve(what, scene, _PREFERRED.get(verb, Status.OPEN))
    if not resolved:
        plan.notes.append(_NOTHING_THERE[verb])
    looking.note_unseen(plan, what, resolved, scene)
    actions = [action for each in resolved for action in _actions(plan, verb, each)]
    plan.meant = [each.task for each in resolved if isinstance(each, Found)] or plan.meant
    if verb is Verb.RENAME:
        do(plan, actions[:1])
    elif verb is Verb.DELETE and _is_much(what, actions):
        plan.ask(Confirm(_are_you_sure(actions), tuple(actions)))
    else:
        plan.actions += actions


def plan_rename(plan: Plan, request: Rename, scene: Scene) -> None:
    """Rename by the reading whose first part names a task."""
    resolved, title = _likeliest(request, scene)
    if len(title) > MAX_TITLE:
        plan.notes.append(f"That is too long for a title: {MAX_TITLE} characters fit. I changed nothing.")
    elif len(resolved) > 1:
        plan.notes.append("I can rename one task at a time, so I changed nothing.")
    else:
        plan.actions += [action for each in resolved for action in _actions(plan, Verb.RENAME, each, title)]
        plan.meant = [each.task for each in resolved if isinstance(each, Found)] or plan.meant


def do(plan: Plan, actions: Sequence[Action]) -> None:
    """Do exactly this, but for a new title that is yet to be told."""
    for action in actions:
        if action.verb is Verb.RENAME and action.task and not action.title:
            plan.ask(Elicit(f"{ELICITING}{bold(action.task.title)} be called?", action.verb, action.task))
        else:
            plan.actions.append(action)


def _likeliest(request: Rename, scene: Scene) -> tuple[list[Resolved], str]:
    """The reading that names a task by its whole title; else one that names a task; else the first."""
    readings: list[tuple[list[Resolved], str]] = []
    for what, title in request.readings:
        resolved = resolve(what, scene, Status.OPEN)
        match resolved:
            case [Found(task, False)] if not isinstance(what, Named) or same_title(task.title, what.texts[0]):
                return resolved, title
            case [Found(_, False)]:
                readings.insert(0, (resolved, title))
            case _:
                readings.append((resolved, title))
    return readings[0]


def _actions(plan: Plan, verb: Verb, resolved: Resolved, title: str = "") -> list[Action]:
    """What to do about one resolved reference; where nothing can be done, say why or ask."""
    match resolved:
        case Found(task, is_guess):
            action = Action(verb, task, title)
            if verb in _CHANGED and task.completed == (verb is Verb.COMPLETE):
                plan.notes.append(_ALREADY[verb].format(bold(task.title)))
                return []
            if is_guess and verb is Verb.DELETE:
                plan.ask(Confirm(f"Did you mean {bold(task.title)}? Then I'll delete it.", (action,)))
                return []
            return [action]
        case Unclear(said, tasks):
            _ask_which_of(plan, verb, said, [task for task in tasks if _can_change(verb, task)] or list(tasks), title)
        case Unknown(said, closest):
            plan.notes.append(f"I can't find {bold(said)} on your list.")
            if closest is not None and _can_change(verb, closest):
                plan.ask(Confirm(f"Did you mean {bold(closest.title)}?", (Action(verb, closest, title),)))
        case Gone(task):
            plan.notes.append(f"{bold(task.title)} is not on your list any more.")
        case NoSuchPlace(number, length):
            plan.notes.append(_no_such_place(number, length))
        case NothingMeant():
            plan.notes.append("I'm not sure which task you mean. Tell me its title, or its number on the list.")
    return []


def _can_change(verb: Verb, task: Task) -> bool:
    return verb not in _CHANGED or task.completed != (verb is Verb.COMPLETE)


def _ask_which(plan: Plan, verb: Verb, scene: Scene) -> None:
    """Ask which task, among those that it can be done to."""
    tasks = scene.tasks(_PREFERRED.get(verb, Status.OPEN))
    if not tasks:
        plan.notes.append(_NOTHING_THERE[verb])
    elif len(tasks) > MAX_CHOICES:
        plan.notes.append(f"Which task shall I {_VERBS[verb]}? Tell me its title, or its number on the list.")
    else:
        _ask_which_of(plan, verb, "", tasks)


def _ask_which_of(plan: Plan, verb: Verb, said: str, tasks: list[Task], title: str = "") -> None:
    shown = tasks[:MAX_CHOICES]
    intro = f"{len(tasks)} tasks fit {bold(said)}:" if said else "You have:"
    lines = [f"{number}. {bold(task.title)}" for number, task in enumerate(shown, start=1)]
    text = "\n".join([intro, "", *lines, "", f"Which one shall I {_VERBS[verb]}?"])
    plan.ask(Choose(text, tuple(Action(verb, task, title) for task in shown)))


def _is_much(what: Reference, actions: list[Action]) -> bool:
    """Whether to ask before deleting: where tasks that are not done go without being named one by one."""
    if not any(action.task and not action.task.completed for action in actions):
        return False
    return isinstance(what, Everything) or (isinstance(what, Pronoun) and len(actions) > MAX_UNASKED)


def _are_you_sure(actions: list[Action]) -> str:
    if len(actions) == 1 and actions[0].task:
        return f"That deletes {bold(actions[0].task.title)} for good. Are you sure?"
    return f"That deletes {len(actions)} tasks for good. Are you sure?"


def _no_such_place(number: int, length: int) -> str:
    if length == 0:
        return "There is nothing on your list."
    has = "1 task" if length == 1 else f"{length} tasks"
    return f"There is no number {number}: the list has {has}." if number > 0 else f"The list has only {has}."
