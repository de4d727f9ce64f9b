"""Looking at the list: showing it, counting, finding tasks in it."""

from collections.abc import Sequence
from textwrap import shorten

from taskchat.chat.offline.adding import new_task
from taskchat.chat.offline.conversation import Task
from taskchat.chat.offline.courtesy import without_courtesies
from taskchat.chat.offline.intents import Confirm, Count, Everything, Find, Mention, Named, Reference, Show, Status
from taskchat.chat.offline.markdown import bold, escaped, joined
from taskchat.chat.offline.plan import Plan
from taskchat.chat.offline.resolution import Found, Gone, NoSuchPlace, NothingMeant, Resolved, Unclear, Unknown, resolve
from taskchat.chat.offline.scene import Scene
from taskchat.chat.offline.titles import begins_with_verb, split_titles
from taskchat.chat.offline.utterance import Utterance

MAX_DESCRIPTION_SHOWN = 80
EMPTY = "Your list is empty. Tell me what to put on it, for example “add milk, eggs and bread”."


def shown(request: Show, scene: Scene) -> str:
    """The list as it is after all changes of this turn."""
    match request.status:
        case Status.OPEN:
            return _open_tasks(scene)
        case Status.COMPLETED:
            done = _tasks(scene, Status.COMPLETED)
            more = _more(scene, Status.COMPLETED)
            return _listed("Done so far:", done, more) if done else "None of your tasks is done yet."
        case Status.ALL:
            tasks = _tasks(scene, Status.OPEN) + _tasks(scene, Status.COMPLETED)
            more = _more(scene, Status.OPEN) + _more(scene, Status.COMPLETED)
            return _listed("All your tasks:", tasks, more) if tasks else EMPTY


def _open_tasks(scene: Scene) -> str:
    tasks = _tasks(scene, Status.OPEN)
    if tasks:
        return _listed("To do:", tasks, _more(scene, Status.OPEN))
    done = _count(scene, Status.COMPLETED)
    return f"Nothing left to do, {_counted(done)} done ✓" if done else EMPTY


def counted(request: Count, scene: Scene) -> str:
    still_open = _count(scene, Status.OPEN)
    if request.status is Status.OPEN:
        return f"{_counted(still_open)} left to do." if still_open else "Nothing left to do."
    done = _count(scene, Status.COMPLETED)
    if request.status is Status.COMPLETED:
        return f"{_counted(done)} done."
    return f"{_counted(still_open + done)} in all: {still_open} to do, {done} done."


def next_task(scene: Scene) -> str:
    tasks = _tasks(scene, Status.OPEN)
    return f"Next on your list is {bold(tasks[0].title)}." if tasks else shown(Show(Status.OPEN), scene)


def plan_finding(plan: Plan, request: Find, scene: Scene) -> None:
    resolved = resolve(request.what, scene, Status.OPEN)
    plan.meant = [each.task for each in resolved if isinstance(each, Found)] or plan.meant
    plan.notes += [_found(each) for each in resolved] or [EMPTY]
    note_unseen(plan, request.what, resolved, scene)
    match request.what, resolved:
        case Named(), [Unknown(said, None)]:
            plan.ask(Confirm("Shall I add it?", (new_task(said),)))


def plan_mention(plan: Plan, request: Mention, scene: Scene) -> None:
    """Say how the named tasks stand; offer to add what is not on the list."""
    new: list[str] = []
    for title in request.titles:
        match resolve(Named((title,)), scene, Status.OPEN):
            case [Found() | Unclear() as found]:
                plan.notes.append(_found(found))
            case _:
                new.append(title)
    if new:
        actions = tuple(new_task(title) for title in new)
        plan.ask(Confirm(f"Shall I add {joined([bold(action.title) for action in actions])} to your list?", actions))


def offer_to_add(plan: Plan, message: str) -> None:
    """ "Finish the report", when there is no report on the list, may be a new task."""
    request, _ = without_courtesies(Utterance.of(message))
    if begins_with_verb(request.words) and len(titles := split_titles(request)) == 1:
        action = new_task(titles[0])
        plan.ask(Confirm(f"Shall I add {bold(action.title)}?", (action,)))


def _found(resolved: Resolved) -> str:
    match resolved:
        case Found(task):
            return f"{bold(task.title)} is on your list, {'and done.' if task.completed else 'still to do.'}"
        case Unclear(_, tasks):
            return _listed(f"{len(tasks)} tasks fit:", list(tasks))
        case Unknown(said, closest):
            hint = f" The closest I have is {bold(closest.title)}." if closest else ""
            return f"{bold(said)} is not on your list.{hint}"
        case Gone(task):
            return f"{bold(task.title)} is not on your list any more."
        case NoSuchPlace(_, length):
            return f"The list has only {_counted(length)}."
        case NothingMeant():
            return "I'm not sure which task you mean."


def note_unseen(plan: Plan, what: Reference, resolved: Sequence[Resolved], scene: Scene) -> None:
    """Say that the list was longer than what was looked at, where that may be why something is missing."""
    is_missing = any(isinstance(each, Unknown | NoSuchPlace) for each in resolved)
    if (is_missing or isinstance(what, Everything)) and (unseen := scene.unseen_in_all()):
        plan.notes.append(f"I look at the oldest tasks only; {_counted(unseen)} more I have not seen.")


def _tasks(scene: Scene, status: Status) -> list[Task]:
    return scene.tasks(status, after_changes=True)


def _more(scene: Scene, status: Status) -> int:
    return scene.unseen(status, after_changes=True)


def _count(scene: Scene, status: Status) -> int:
    return len(_tasks(scene, status)) + _more(scene, status)


def _listed(heading: str, tasks: list[Task], more: int = 0) -> str:
    lines = [f"{number}. {_line(task)}" for number, task in enumerate(tasks, start=1)]
    cut = ["", f"These are {len(tasks)} of {len(tasks) + more}."] if more else []
    return "\n".join([heading, "", *lines, *cut])


def _line(task: Task) -> str:
    details = (
        f" – {escaped(shorten(task.description, MAX_DESCRIPTION_SHOWN, placeholder='…'))}" if task.description else ""
    )
    return f"{'✓ ' if task.completed else ''}{bold(task.title)}{details}"


def _counted(number: int) -> str:
    return "1 task" if number == 1 else f"{number} tasks"
