"""Undoing what the last changes of the conversation did."""

from collections.abc import Sequence

from taskchat.chat.offline.changing import plan_change, plan_rename
from taskchat.chat.offline.conversation import Call, Task, Turn
from taskchat.chat.offline.intents import Action, Change, Correct, Pronoun, Rename, Verb
from taskchat.chat.offline.plan import Plan
from taskchat.chat.offline.scene import Scene


def plan_undoing(plan: Plan, scene: Scene) -> None:
    """Undo the last turn that changed anything."""
    earlier = list(scene.turns[:-1])
    last = _last_changed(earlier)
    if last is None:
        plan.notes.append("There is nothing to undo in this conversation.")
        return
    before = earlier[: earlier.index(last) + 1]
    for call in last.changes:
        if action := _inverse(call, before):
            plan.actions.append(action)
        elif call.task:
            plan.notes.append("I don't know any more how it was before.")


def plan_correction(plan: Plan, request: Correct, scene: Scene) -> None:
    """Change what was done last, where the person meant something else."""
    last = _last_changed(scene.turns[:-1])
    verbs = {call.name for call in last.changes if call.task} if last else set()
    if len(verbs) != 1:
        plan.notes.append("I'm not sure what to change. Tell me in a sentence, like “rename milk to oat milk”.")
        return
    verb = Verb(verbs.pop())
    if verb in (Verb.ADD, Verb.RENAME):
        plan_rename(plan, Rename(((Pronoun(plural=False), request.title),)), scene)
        return
    plan_change(plan, Change(verb, request.what), scene)
    if plan.actions:
        instead, plan.actions = plan.actions, []
        plan_undoing(plan, scene)
        plan.actions += instead


def _last_changed(turns: Sequence[Turn]) -> Turn | None:
    return next((turn for turn in reversed(turns) if any(call.task for call in turn.changes)), None)


def _inverse(call: Call, turns: list[Turn]) -> Action | None:
    task = call.task
    match task, call.name:
        case None, _:
            return None
        case Task(), Verb.ADD:
            return Action(Verb.DELETE, task)
        case Task(), Verb.COMPLETE:
            return Action(Verb.REOPEN, task)
        case Task(), Verb.REOPEN:
            return Action(Verb.COMPLETE, task)
        case Task(_, title, description), Verb.DELETE:
            return Action(Verb.ADD, title=title, description=description)
        case Task(task_id), Verb.RENAME:
            earlier = _earlier_title(task_id, turns)
            return Action(Verb.RENAME, task, earlier) if earlier else None
    return None


def _earlier_title(task_id: str, turns: list[Turn]) -> str | None:
    """The title before the last change of it, as the newest list or result before it shows it."""
    titles = [
        task.title
        for turn in turns
        for call in turn.calls
        for task in ([call.task] if call.task else call.listed)
        if task.id == task_id
    ]
    return titles[-2] if len(titles) > 1 else None
