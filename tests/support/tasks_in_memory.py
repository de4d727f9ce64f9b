"""A conversation with a model whose tools work on an in-memory list of tasks.

The tools have the names and arguments of the api's tools; `api/tests/chat/test_offline_assistant.py` compares them.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from agents import Agent, FunctionTool, Model, RunConfig, Runner, TResponseInputItem
from agents.run_config import ToolExecutionConfig
from agents.tool_context import ToolContext

MAX_STEPS = 10
MAX_LISTED = 200
ARGUMENTS: dict[str, tuple[set[str], set[str]]] = {
    "add_task": ({"title"}, {"description"}),
    "list_tasks": (set(), {"status"}),
    "get_task": ({"task_id"}, set()),
    "update_task": ({"task_id"}, {"title", "description"}),
    "complete_task": ({"task_id"}, set()),
    "reopen_task": ({"task_id"}, set()),
    "delete_task": ({"task_id"}, set()),
}
"""The required and the optional arguments of each tool."""
DONE = "✓ "
_NOT_FOUND = {"error": "task_not_found", "detail": "The user has no task with this id."}

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
        and not any("\x00" in value for value in arguments.values())
    )


class Conversation:
    """One conversation; other conversations may share its tasks."""

    def __init__(self, model: Model, tasks: list[Task] | None = None) -> None:
        self.tasks: list[Task] = [] if tasks is None else tasks
        self.history: list[TResponseInputItem] = []
        self._calls: list[tuple[str, dict[str, Any], dict[str, Any]]] = []
        self._agent = Agent[None](name="Test", model=model, tools=[self._function_tool(name) for name in ARGUMENTS])

    async def say(self, message: str) -> Said:
        self.history.append({"role": "user", "content": message})
        self._calls = []
        in_order = RunConfig(tool_execution=ToolExecutionConfig(max_function_tool_concurrency=1))
        result = await Runner.run(self._agent, self.history, max_turns=MAX_STEPS, run_config=in_order)
        self.history = result.to_input_list()
        return Said(str(result.final_output), self._calls)

    def put(self, *titles: str) -> None:
        """Add tasks; a title that starts with `✓ ` is completed."""
        for title in titles:
            task = self._add({"title": title.removeprefix(DONE)})
            task["completed"] = title.startswith(DONE)
            self.tasks[-1] = task

    def list(self) -> list[str]:
        """Return the titles in the form that `put` accepts."""
        return [f"{DONE if task['completed'] else ''}{task['title']}" for task in self.tasks]

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
            "update_task": self._changed("title", "description"),
            "complete_task": self._changed(completed=True),
            "reopen_task": self._changed(completed=False),
            "delete_task": self._delete,
        }

    def _add(self, arguments: dict[str, Any]) -> Task:
        description = arguments.get("description") or ""
        self.tasks.append(
            {"id": str(uuid4()), "title": arguments["title"].strip(), "description": description, "completed": False}
        )
        return dict(self.tasks[-1])

    def _list(self, arguments: dict[str, Any]) -> dict[str, Any]:
        wanted = {"open": (False,), "completed": (True,)}.get(arguments.get("status", "all"), (False, True))
        tasks = [dict(task) for task in self.tasks if task["completed"] in wanted]
        return {"tasks": tasks[:MAX_LISTED], "more": len(tasks[MAX_LISTED:])}

    def _changed(self, *names: str, **changes: bool) -> Callable[[dict[str, Any]], dict[str, Any]]:
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
