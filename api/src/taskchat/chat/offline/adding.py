"""Adding tasks.

Adding looks at the list first only where the conversation has seen an open task of that title: so that it
is one step in general, and nothing is put on the list twice that the person was just told is there.
"""

from textwrap import shorten

from taskchat.chat.offline.conversation import Task
from taskchat.chat.offline.intents import ELICITING, Action, Add, Confirm, Elicit, Status, Verb
from taskchat.chat.offline.markdown import bold, joined
from taskchat.chat.offline.matching import title_key
from taskchat.chat.offline.plan import Plan
from taskchat.chat.offline.scene import Scene
from taskchat.chat.offline.titles import is_time

MAX_TITLE = 200
MAX_DESCRIPTION = 2000
MAX_ADDED = 50
"""Tasks in one message: each is a round trip to the database."""


def plan_adding(plan: Plan, request: Add, scene: Scene) -> None:
    if not request.titles:
        plan.ask(Elicit(f"{ELICITING}I add?", Verb.ADD))
    elif len(request.titles) > MAX_ADDED:
        plan.notes.append(
            f"That is {len(request.titles)} tasks at once, and I take at most {MAX_ADDED}. "
            "Could you send them in smaller portions? I added nothing yet."
        )
    else:
        _add(plan, request, scene)


def _add(plan: Plan, request: Add, scene: Scene) -> None:
    there = _open_titles(plan, request, scene)
    repeated: list[Action] = []
    plan.meant = [Task("", title) for title in request.titles]
    for action in map(new_task, request.titles):
        (repeated if title_key(action.title) in there else plan.actions).append(action)
        there.add(title_key(action.title))
    if request.is_reminder and plan.actions and any(is_time(word) for word in " ".join(request.titles).lower().split()):
        plan.notes.append("It stands on your list; ringing at a certain time is nothing I can do.")
    if repeated:
        titles = joined([bold(action.title) for action in repeated])
        is_are, it_them = ("is", "it") if len(repeated) == 1 else ("are", "them")
        text = f"{titles} {is_are} on your list already. Shall I add {it_them} again?"
        plan.ask(Confirm(text, tuple(repeated)))


def _open_titles(plan: Plan, request: Add, scene: Scene) -> set[str]:
    """What is on the list to do and not removed by this message; nothing where there is no need to look."""
    seen = scene.earlier.open_titles
    if not scene.has_listed(Status.OPEN) and seen.isdisjoint(map(title_key, request.titles)):
        return set()
    leaving = {action.task.id for action in plan.actions if action.task and action.verb is not Verb.RENAME}
    return {title_key(task.title) for task in scene.tasks(Status.OPEN) if task.id not in leaving}


def new_task(title: str) -> Action:
    """A title that is too long is cut, and kept whole in the description."""
    if len(title) <= MAX_TITLE:
        return Action(Verb.ADD, title=title)
    short = shorten(title, MAX_TITLE, placeholder="…")
    return Action(Verb.ADD, title=short if len(short) > 1 else title[:MAX_TITLE], description=title[:MAX_DESCRIPTION])
