"""What to do next in a turn: call tools, or answer."""

import re
from dataclasses import dataclass, field
from typing import Any

from taskchat.chat.offline.conversation import LIST_TASKS, Task, Turn
from taskchat.chat.offline.markdown import bold, joined

ADD = re.compile(r"(?:please )?add (?P<titles>.+?)(?: to my list)?[.!]*", re.IGNORECASE | re.DOTALL)
SHOW = re.compile(r"(?:what(?:'|’)?s on my list|show my tasks|show my list)[?.!]*", re.IGNORECASE)
CHANGE = {
    "complete_task": re.compile(r"mark (?P<which>.+?) as done[.!]*", re.IGNORECASE),
    "delete_task": re.compile(r"(?:delete|remove) (?P<which>.+?)[.!]*", re.IGNORECASE),
}
SAID = {"complete_task": "Done: {} ✓", "delete_task": "Deleted {}."}
ORDINALS = {"first": 0, "second": 1, "third": 2, "last": -1}


@dataclass(frozen=True, slots=True)
class NewCall:
    name: str
    arguments: dict[str, Any] = field(default_factory=dict)


def next_step(turns: list[Turn]) -> list[NewCall] | str:
    turn = turns[-1] if turns else Turn("")
    text = " ".join(turn.text.split())
    if match := ADD.fullmatch(text):
        return _add(turn, match["titles"])
    if SHOW.fullmatch(text):
        return _show(turn)
    for tool, pattern in CHANGE.items():
        if match := pattern.fullmatch(text):
            return _change(turn, tool, match["which"])
    return "I can add tasks, show your list, mark tasks as done and delete them: try “add milk, eggs and bread”."


def _add(turn: Turn, titles: str) -> list[NewCall] | str:
    if not turn.changes:
        parts = [part.strip() for part in re.split(r",\s*|\s+and\s+", titles)]
        return [NewCall("add_task", {"title": part}) for part in parts if part] or "What shall I add?"
    return f"Added {joined([bold(call.task.title) for call in turn.changes if call.task])}."


def _show(turn: Turn) -> list[NewCall] | str:
    if not turn.lists:
        return [NewCall(LIST_TASKS, {"status": "open"})]
    lines = [f"{number}. {bold(task.title)}" for number, task in enumerate(turn.lists[-1].listed, start=1)]
    return "\n".join(["Here is your list:", "", *lines]) if lines else "There is nothing to do on your list."


def _change(turn: Turn, tool: str, which: str) -> list[NewCall] | str:
    if not turn.lists:
        return [NewCall(LIST_TASKS, {"status": "open"})]
    if not turn.changes:
        task = _find(turn.lists[-1].listed, which)
        return [NewCall(tool, {"task_id": task.id})] if task else f"I can't find {bold(which)} on your list."
    return SAID[tool].format(joined([bold(call.task.title) for call in turn.changes if call.task]))


def _find(tasks: list[Task], which: str) -> Task | None:
    wanted = which.casefold().removeprefix("the ")
    place = ORDINALS.get(wanted.removesuffix(" one"))
    if place is not None:
        return tasks[place] if -len(tasks) <= place < len(tasks) else None
    return next((task for task in tasks if task.title.casefold() == wanted), None)
