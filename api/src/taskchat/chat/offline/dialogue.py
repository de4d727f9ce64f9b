"""What to do next in a turn: call tools, or answer."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from taskchat.chat.offline import adding, changing, looking, ready_answers, undoing
from taskchat.chat.offline.conversation import LIST_TASKS, Task, Turn
from taskchat.chat.offline.effort import TooMuchWork
from taskchat.chat.offline.follow_up import may_answer, read_answer, read_continuation
from taskchat.chat.offline.intents import (
    Action,
    Add,
    Ask,
    Change,
    Correct,
    Count,
    Do,
    Find,
    Intent,
    Mention,
    Named,
    Question,
    Rename,
    Show,
    ShowNext,
    Status,
    Talk,
    Undo,
    Verb,
)
from taskchat.chat.offline.plan import Note, Plan
from taskchat.chat.offline.replies import report
from taskchat.chat.offline.scene import NotListed, Scene, Unlistable
from taskchat.chat.offline.understanding import guess, understand

MAX_QUESTIONS_IN_A_ROW = 5


@dataclass(frozen=True, slots=True)
class NewCall:
    name: str
    arguments: dict[str, Any] = field(default_factory=dict)


def next_step(turns: Sequence[Turn]) -> list[NewCall] | str:
    """The calls to make now, or the answer when there is nothing more to call.

    The turn is thought through from its message in each step. What is known by then decides how far
    the thought comes: without the list to looking at it, without the changes to making them.
    """
    if not turns:
        return ready_answers.answer("greeting", 0)
    scene = Scene.of(turns)
    try:
        plan = _plan(scene)
        if plan.actions and not scene.turn.changes:
            return [_call(action) for action in plan.actions]
        return _reply(plan, scene)
    except NotListed as needed:
        return [NewCall(LIST_TASKS, {"status": needed.status})]
    except Unlistable:
        return ready_answers.answer("unlistable", 0)
    except TooMuchWork:
        # The results of the tools say what was done, even though the message can't be read again.
        done = report((), scene.turn.changes, _variant(scene))
        return " ".join([*done, ready_answers.answer("cut_short" if done else "too_long", 0)])


def _call(action: Action) -> NewCall:
    match action:
        case Action(Verb.ADD, _, title, description):
            return NewCall(Verb.ADD, {"title": title} | ({"description": description} if description else {}))
        case Action(verb, Task(task_id), title):
            return NewCall(verb, {"task_id": task_id} | ({"title": title} if verb is Verb.RENAME else {}))
    raise AssertionError(action)


def _plan(scene: Scene, asked_in_a_row: int = 0) -> Plan:
    plan = Plan()
    intents = _intents(scene, asked_in_a_row)
    for intent in intents:
        _plan_intent(plan, intent, replace(scene, meant=tuple(plan.meant)))
    match intents:
        case [Change(_, Named())] if plan.comes_to_nothing:
            looking.offer_to_add(plan, scene.turn.text)
    return plan


def _intents(scene: Scene, asked_in_a_row: int) -> list[Intent]:
    message = scene.turn.text
    asked = scene.turns[-2].reply or "" if len(scene.turns) > 1 else ""
    if may_answer(message, asked):
        question = _pending_question(scene.turns[:-1], asked_in_a_row)
        if question and (answered := read_answer(message, question)):
            return [answered]
    intents = understand(message)
    verbs = {call.name for turn in scene.turns[-2:-1] for call in turn.changes if call.task}
    if not intents and len(verbs) == 1 and (continued := read_continuation(message, Verb(verbs.pop()))):
        return [continued]
    return [intent for intent in intents if not isinstance(intent, Talk)] or intents[:1] or [guess(message)]


def _pending_question(turns: Sequence[Turn], asked_in_a_row: int) -> Question | None:
    """What the last reply asked: thought through again, the turn asks it in the same words."""
    if asked_in_a_row == MAX_QUESTIONS_IN_A_ROW:
        return None
    scene = Scene.of(turns)
    try:
        plan = _plan(scene, asked_in_a_row + 1)
        return plan.question if _reply(plan, scene) == turns[-1].reply else None
    except (NotListed, Unlistable):
        return None


def _plan_intent(plan: Plan, intent: Intent, scene: Scene) -> None:
    match intent:
        case Add():
            adding.plan_adding(plan, intent, scene)
        case Change():
            changing.plan_change(plan, intent, scene)
        case Rename():
            changing.plan_rename(plan, intent, scene)
        case Find():
            looking.plan_finding(plan, intent, scene)
        case Mention():
            looking.plan_mention(plan, intent, scene)
        case Show() | Count() | ShowNext():
            plan.notes.append(intent)
        case Correct():
            undoing.plan_correction(plan, intent, scene)
        case Undo():
            undoing.plan_undoing(plan, scene)
        case Do(actions):
            changing.do(plan, actions)
        case Ask(question):
            plan.ask(question)
        case Talk(topic):
            plan.notes.append(ready_answers.answer(topic, _variant(scene)))


def _reply(plan: Plan, scene: Scene) -> str:
    said = report(plan.actions, scene.turn.changes, _variant(scene))
    said += _praise(plan, scene) + [_noted(note, scene) for note in plan.notes]
    if plan.question:
        said.append(plan.question.text)
    return ("\n\n" if any("\n" in part for part in said) else " ").join(said)


def _praise(plan: Plan, scene: Scene) -> list[str]:
    """A word on the last open task being done, where the list was looked at."""
    done = {call.task.id for call in scene.turn.changes if call.name == Verb.COMPLETE and call.task}
    try:
        still_open = {task.id for task in scene.tasks(Status.OPEN)}
    except (NotListed, Unlistable):
        return []
    is_all = done >= still_open and not scene.unseen(Status.OPEN)
    adds = any(action.verb in (Verb.ADD, Verb.REOPEN) for action in plan.actions)
    return ["That was everything on your list!"] if done and is_all and not adds else []


def _noted(note: Note, scene: Scene) -> str:
    try:
        match note:
            case Show():
                return looking.shown(note, scene)
            case Count():
                return looking.counted(note, scene)
            case ShowNext():
                return looking.next_task(scene)
            case str():
                return note
    except Unlistable:  # whatever else was done is still told
        return ready_answers.answer("unlistable", 0)


def _variant(scene: Scene) -> int:
    """Varies the wording from message to message, and is the same for the same message."""
    return zlib.crc32(scene.turn.text.encode(errors="replace"))
