"""The assistant's tools. To add one: its arguments, its effect, a line in TOOLS.

A tool's effect is one SQL statement, so that it commits together with its record. Whose tasks it
works on comes from the verified token through the run context, never from the model.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal
from uuid import UUID

import orjson
from agents import FunctionTool
from agents.strict_schema import ensure_strict_json_schema
from agents.tool_context import ToolContext
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from sqlalchemy import CTE, ColumnElement, SQLColumnExpression, case, func, literal, select
from sqlalchemy.dialects.postgresql import JSONB, aggregate_order_by
from sqlmodel import col
from uuid_utils.compat import uuid7

from offline_assistant import bold
from taskchat.chat import steps
from taskchat.chat.context import TurnContext
from taskchat.chat.statements import Effect, StoredToolCall, call_tool
from taskchat.tasks import statements
from taskchat.tasks.models import Task
from taskchat.text import Description, Title

MAX_LISTED = 200
"""Tasks that the model is shown at once."""
MAX_DESCRIPTION_LISTED = 200
"""Characters of each one's description in a list: it becomes part of the conversation, and is read with every turn."""


class Arguments(BaseModel):
    model_config = ConfigDict(extra="forbid")


class AddTask(Arguments):
    title: Title = Field(description="What is to be done, in a few words.")
    description: Description | None = Field(default=None, description="Details, if the user gave any.")


class ListTasks(Arguments):
    status: Literal["all", "open", "completed"] = Field(default="all", description="Which tasks to list.")


class OneTask(Arguments):
    task_id: UUID = Field(description="The task's id, as list_tasks gives it.")


class UpdateTask(OneTask):
    title: Title | None = Field(default=None, description="The new title; null keeps it.")
    description: Description | None = Field(
        default=None, description="The new description in place of the whole old one; null keeps it."
    )

    @model_validator(mode="after")
    def _changes_something(self) -> "UpdateTask":
        if self.title is None and self.description is None:
            raise ValueError("name a title or a description")
        return self


_COLUMNS = (col(Task.id), col(Task.title), col(Task.description), col(Task.completed), col(Task.created_at))
_NOT_FOUND = {"error": "task_not_found", "detail": "The user has no task with this id."}


def _as_json(task: CTE) -> ColumnElement[Any]:
    shown = ("id", "title", "description", "completed")
    return func.jsonb_build_object(*(part for name in shown for part in (name, task.c[name])))


def _one_task(statement: Any) -> tuple[CTE, ColumnElement[Any]]:
    return _task_of(statement.returning(*_COLUMNS).cte("effect"))


def _task_of(effect: CTE) -> tuple[CTE, ColumnElement[Any]]:
    return effect, func.coalesce(select(_as_json(effect)).scalar_subquery(), literal(_NOT_FOUND, JSONB))


def add_task(arguments: AddTask, owner: ColumnElement[UUID]) -> tuple[CTE, ColumnElement[Any]]:
    return _one_task(statements.add_task(owner, uuid7(), arguments.title, arguments.description or ""))


def _beginning_of(description: SQLColumnExpression[str]) -> ColumnElement[str]:
    beginning = func.left(description, MAX_DESCRIPTION_LISTED - 1) + "…"
    return case((func.char_length(description) > MAX_DESCRIPTION_LISTED, beginning), else_=description)


def list_tasks(arguments: ListTasks, owner: ColumnElement[UUID]) -> tuple[CTE, ColumnElement[Any]]:
    completed = None if arguments.status == "all" else arguments.status == "completed"
    description = _beginning_of(col(Task.description)).label("description")
    columns = (col(Task.id), col(Task.title), description, col(Task.completed), col(Task.created_at))
    wanted = statements.list_tasks(owner, completed=completed).with_only_columns(*columns)
    effect = wanted.limit(MAX_LISTED).cte("effect")
    tasks = func.jsonb_agg(aggregate_order_by(_as_json(effect), effect.c.created_at, effect.c.id))
    count = select(func.count()).select_from(wanted.order_by(None).subquery()).scalar_subquery()
    listed = func.jsonb_build_object(
        "tasks", func.coalesce(tasks, literal([], JSONB)), "more", count - func.count(effect.c.id)
    )
    return effect, select(listed).select_from(effect).scalar_subquery()


def get_task(arguments: OneTask, owner: ColumnElement[UUID]) -> tuple[CTE, ColumnElement[Any]]:
    return _task_of(statements.get_task(owner, arguments.task_id).with_only_columns(*_COLUMNS).cte("effect"))


def update_task(arguments: UpdateTask, owner: ColumnElement[UUID]) -> tuple[CTE, ColumnElement[Any]]:
    changes = arguments.model_dump(include={"title", "description"}, exclude_none=True)
    return _one_task(statements.update_task(owner, arguments.task_id, changes))


def complete_task(arguments: OneTask, owner: ColumnElement[UUID]) -> tuple[CTE, ColumnElement[Any]]:
    return _one_task(statements.update_task(owner, arguments.task_id, {"completed": True}))


def reopen_task(arguments: OneTask, owner: ColumnElement[UUID]) -> tuple[CTE, ColumnElement[Any]]:
    return _one_task(statements.update_task(owner, arguments.task_id, {"completed": False}))


def delete_task(arguments: OneTask, owner: ColumnElement[UUID]) -> tuple[CTE, ColumnElement[Any]]:
    return _one_task(statements.delete_task(owner, arguments.task_id))


@dataclass(frozen=True, slots=True)
class Tool:
    name: str
    description: str
    arguments: type[Arguments]
    effect: Callable[[Any, ColumnElement[UUID]], tuple[CTE, ColumnElement[Any]]]


TOOLS = (
    Tool("add_task", "Add one task to the user's list.", AddTask, add_task),
    Tool(
        "list_tasks",
        f"The user's tasks with their ids, in the order in which they were made: the first {MAX_LISTED}, and how many "
        "`more` there are. Name a status to see fewer. Of a description longer than "
        f"{MAX_DESCRIPTION_LISTED} characters it has the beginning only, which ends in an ellipsis: get_task has "
        "all of it.",
        ListTasks,
        list_tasks,
    ),
    Tool("get_task", "One task with its whole description.", OneTask, get_task),
    Tool(
        "update_task",
        "Change the title or the description of a task. Before you change a part of a description, read all of it.",
        UpdateTask,
        update_task,
    ),
    Tool("complete_task", "Mark a task as done.", OneTask, complete_task),
    Tool("reopen_task", "Mark a done task as not done.", OneTask, reopen_task),
    Tool("delete_task", "Delete a task for good.", OneTask, delete_task),
)


def function_tools() -> list[Any]:
    """The tools as the agents SDK takes them."""
    return [
        FunctionTool(tool.name, tool.description, _parameters(tool.arguments), partial(_invoke, tool)) for tool in TOOLS
    ]


def _parameters(arguments: type[Arguments]) -> dict[str, Any]:
    """The JSON schema of the arguments with those keywords alone that strict function calling allows."""
    return ensure_strict_json_schema(_without_bounds(arguments.model_json_schema()))


_REFUSED = ("minLength", "maxLength", "format", "default")


def _without_bounds(schema: Any) -> Any:
    if isinstance(schema, dict):
        return {k: _without_bounds(v) for k, v in schema.items() if k not in _REFUSED}
    return [_without_bounds(item) for item in schema] if isinstance(schema, list) else schema


async def _invoke(tool: Tool, context: ToolContext[TurnContext], arguments: str) -> str:
    turn = context.context
    try:
        step, position = steps.position_of(context.tool_call_id)
        call = turn.tool_calls.get((step, position))
        if call is None:
            call = await _call(tool, turn, step, position, arguments)
        return steps.to_output(call.result)
    except Exception as error:
        # The first one: the SDK then cancels the other calls of the step.
        turn.failure = turn.failure or error
        raise


async def _call(tool: Tool, turn: TurnContext, step: int, position: int, arguments: str) -> StoredToolCall:
    """Execute and record the call. Arguments that do not fit are recorded with what is wrong about them."""
    given, effect, result = _understand(tool, arguments)
    return await _record(turn, StoredToolCall(turn.run.turn, step, position, tool.name, given, result), effect)


async def _record(turn: TurnContext, call: StoredToolCall, effect: Effect | None) -> StoredToolCall:
    turn.check_limits()
    # The step is sent with its first call only, so that many calls take linear time.
    output = None if call.step in turn.stored_steps else turn.steps[call.step]
    stored = await call_tool(turn.engine, turn.run, call, step_output=output, effect=effect)
    turn.record(stored)
    return stored


def _understand(tool: Tool, arguments: str) -> tuple[dict[str, Any], Effect | None, Any]:
    given: dict[str, Any] = orjson.loads(arguments)
    try:
        return given, partial(tool.effect, tool.arguments.model_validate(given)), None
    except ValidationError as error:
        wrong = [f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors(include_input=False)]
        return given, None, {"error": "invalid_arguments", "detail": "; ".join(wrong)}


NAMES = frozenset(tool.name for tool in TOOLS)
_UNKNOWN = {"error": "unknown_tool", "detail": "There is no tool of this name."}


async def record_unknown_calls(turn: TurnContext, step: int) -> None:
    """Record the calls of a step that name no tool of ours.

    The SDK answers these itself. Without a record the step would be missing when the turn is resumed.
    """
    calls = [item for item in turn.steps[step] if item["type"] == "function_call"]
    for position, item in enumerate(calls):
        if item["name"] not in NAMES:
            given = orjson.loads(item["arguments"])
            await _record(turn, StoredToolCall(turn.run.turn, step, position, item["name"], given, _UNKNOWN), None)


_DONE = {
    "add_task": "Added",
    "update_task": "Changed",
    "complete_task": "Completed",
    "reopen_task": "Reopened",
    "delete_task": "Deleted",
}


def describe_calls(calls: list[StoredToolCall]) -> str | None:
    """List the changes for a person, in place of a model that said nothing; None if no call succeeded."""
    done = [
        f"- {_DONE[call.name]} {bold(call.result['title'])}"
        for call in calls
        if call.name in _DONE and "title" in call.result
    ]
    if done:
        return "\n".join(["The assistant's model gave no answer, but this was done:", "", *done])
    if any("error" not in call.result for call in calls):
        return (
            "I looked at your tasks, but the assistant's model gave no answer. Nothing was changed. Please ask again."
        )
    return None
