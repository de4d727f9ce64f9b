"""A conversation with a model whose tools work on an in-memory list of tasks.

The tools have the names and arguments of the api's tools; `api/tests/chat/test_offline_assistant.py` compares them.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, time
from typing import Any
from uuid import UUID, uuid4

from agents import Agent, FunctionTool, Model, RunConfig, Runner, TResponseInputItem
from agents.run_config import ToolExecutionConfig
from agents.tool_context import ToolContext

MAX_STEPS = 10
MAX_LISTED = 200
ARGUMENTS: dict[str, tuple[set[str], set[str]]] = {
    "add_task": ({"title"}, {"description", "due_on", "due_at", "priority"}),
    "list_tasks": (set(), {"status", "due_from", "due_until", "priority"}),
    "get_task": ({"task_id"}, set()),
    "update_task": ({"task_id"}, {"title", "description", "due_on", "due_at", "priority", "remove_due"}),
    "complete_task": ({"task_id"}, set()),
    "reopen_task": ({"task_id"}, set()),
    "delete_task": ({"task_id"}, set()),
}
"""The required and the optional arguments of each tool."""
DONE = "✓ "
_NOT_FOUND = {"error": "task_not_found", "detail": "The user has no task with this id."}

TODAY = "Today is Monday, 2026-11-30, where the person is (time zone UTC)."

Task = dict[str, Any]


@dataclass
class Said:
    """The answer to one message, and each call with its arguments and result."""

    reply: str
    calls: list[tuple[str, dict[str, Any], dict[str, Any]]] = field(default_factory=list)


def are_valid(name: str, arguments: dict[str, Any]) -> bool:
    """Return whether the real tool would accept these arguments."""
    needed, possible = ARGUMENTS[name]
    if not needed <= arguments.keys() <= needed | possible:
        return False
    if "task_id" in arguments:
        UUID(arguments["task_id"])
    has_title = "title" not in arguments or 0 < len(arguments["title"].strip()) <= 200
    return (
        has_title
        and len(arguments.get("description", "")) <= 2000
        and arguments.get("status", "all") in ("all", "open", "completed")
        and not any("\x00" in str(value) for value in arguments.values())
        and arguments.get("priority", "none") in ("none", "low", "medium", "high")
        and _is_date_with_time(arguments)
    )


_WRITTEN = re.compile(rf"({DONE})?(.*?)(?: @(\S+)(?: (\d\d:\d\d))?)?(?: !(low|medium|high))?", re.DOTALL)


def _written(task: Task) -> str:
    due = " ".join(filter(None, (task["due_on"], task["due_at"])))
    priority = "" if task["priority"] == "none" else f" !{task['priority']}"
    return f"{DONE if task['completed'] else ''}{task['title']}{f' @{due}' if due else ''}{priority}"


def _is_date_with_time(arguments: dict[str, Any]) -> bool:
    date.fromisoformat(arguments.get("due_on", "2026-11-30"))
    time.fromisoformat(arguments.get("due_at", "17:00"))
    return "due_on" in arguments or "due_at" not in arguments


class Conversation:
    """One conversation; other conversations may share its tasks."""

    def __init__(self, model: Model, tasks: list[Task] | None = None) -> None:
        self.tasks: list[Task] = [] if tasks is None else tasks
        self.history: list[TResponseInputItem] = []
        self._calls: list[tuple[str, dict[str, Any], dict[str, Any]]] = []
        self._agent = Agent[None](
            name="Test", instructions=TODAY, model=model, tools=[self._function_tool(name) for name in ARGUMENTS]
        )

    async def say(self, message: str) -> Said:
        self.history.append({"role": "user", "content": message})
        self._calls = []
        in_order = ToolExecutionConfig(max_function_tool_concurrency=1)
        run_config = RunConfig(tool_execution=in_order, tracing_disabled=True)
        result = await Runner.run(self._agent, self.history, max_turns=MAX_STEPS, run_config=run_config)
        self.history = result.to_input_list()
        return Said(str(result.final_output), self._calls)

    def put(self, *titles: str) -> None:
        """Add tasks: `✓ ` before a title means completed; `@2026-12-04 17:00` and `!high` may follow it."""
        for text in titles:
            found = _WRITTEN.fullmatch(text)
            assert found
            is_done, title, due_on, due_at, priority = found.groups()
            self._add({"title": title})
            details = {"due_on": due_on, "due_at": due_at, "priority": priority or "none"}
            self.tasks[-1].update(details, completed=bool(is_done))

    def list(self) -> list[str]:
        """Return the tasks in the form that `put` accepts."""
        return [_written(task) for task in self.tasks]

    def _function_tool(self, name: str) -> FunctionTool:
        async def invoke(_context: ToolContext[Any], given: str) -> str:
            arguments = json.loads(given)
            fits = are_valid(name, arguments)
            result = self._effects[name](arguments) if fits else {"error": "invalid_arguments", "detail": given}
            self._calls.append((name, arguments, result))
            return json.dumps(result)

        return FunctionTool(name, name, {"type": "object", "properties": {}}, invoke, strict_json_schema=False)

    @property
    def _effects(self) -> dict[str, Callable[[dict[str, Any]], dict[str, Any]]]:
        return {
            "add_task": self._add,
            "list_tasks": self._list,
            "get_task": self._changed(),
            "update_task": self._update,
            "complete_task": self._changed(completed=True),
            "reopen_task": self._changed(completed=False),
            "delete_task": self._delete,
        }

    def _add(self, arguments: dict[str, Any]) -> Task:
        set_by_default = {"description": "", "due_on": None, "due_at": None, "priority": "none", "completed": False}
        self.tasks.append({"id": str(uuid4())} | set_by_default | arguments | {"title": arguments["title"].strip()})
        return dict(self.tasks[-1])

    def _list(self, arguments: dict[str, Any]) -> dict[str, Any]:
        wanted = {"open": (False,), "completed": (True,)}.get(arguments.get("status", "all"), (False, True))
        first, last = arguments.get("due_from", "0"), arguments.get("due_until", "9")
        is_due = {"due_from", "due_until"} & arguments.keys()
        levels = [arguments["priority"]] if "priority" in arguments else ["none", "low", "medium", "high"]
        tasks = [
            dict(task)
            for task in self.tasks
            if task["completed"] in wanted
            and task["priority"] in levels
            and (not is_due or first <= (task["due_on"] or "") <= last)
        ]
        tasks.sort(key=lambda task: (task["due_on"] or "9999", task["due_at"] or "99"))
        return {"tasks": tasks[:MAX_LISTED], "more": len(tasks[MAX_LISTED:])}

    def _update(self, arguments: dict[str, Any]) -> dict[str, Any]:
        undated = {"due_on": None, "due_at": None} if arguments.get("remove_due") else {}
        return self._changed("title", "description", "due_on", "due_at", "priority", **undated)(arguments)

    def _changed(self, *names: str, **changes: bool | None) -> Callable[[dict[str, Any]], dict[str, Any]]:
        def effect(arguments: dict[str, Any]) -> dict[str, Any]:
            for task in self.tasks:
                if task["id"] == arguments["task_id"]:
                    task.update({name: arguments[name] for name in names if arguments.get(name) is not None}, **changes)
                    return dict(task)
            return _NOT_FOUND

        return effect

    def _delete(self, arguments: dict[str, Any]) -> dict[str, Any]:
        for task in self.tasks:
            if task["id"] == arguments["task_id"]:
                self.tasks.remove(task)
                return task
        return _NOT_FOUND
