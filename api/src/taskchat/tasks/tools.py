"""The assistant's tools. To add one, write its arguments and its effect, and add it to `TOOLS`."""

from collections.abc import Callable
from typing import Any, Literal, Self
from uuid import UUID

from pydantic import Field, model_validator
from sqlalchemy import CTE, ColumnElement, SQLColumnExpression, Time, case, func, literal, select
from sqlalchemy.dialects.postgresql import JSONB, aggregate_order_by
from sqlmodel import col
from uuid_utils.compat import uuid7

from offline_assistant.replies import bold
from taskchat.chat.tools import Arguments, Tool, with_arguments
from taskchat.tasks import statements
from taskchat.tasks.due import DueDate, Priority, require_date
from taskchat.tasks.models import Task, TaskFields
from taskchat.tasks.schemas import TaskPublic
from taskchat.tasks.statements import Filter, Place

MAX_LISTED = 200
"""The maximum number of tasks that the model sees at once."""
MAX_DESCRIPTION_LISTED = 200
"""Characters of a description in a list, because every later turn reads the list again."""


DAY = "such as 2026-12-04"
TIME_OF_DAY = "such as 17:00, where the user is"


@with_arguments(
    TaskFields,
    {
        "title": "What is to be done, in a few words, without the date.",
        "description": "Details, if the user gave any.",
        "due_on": f"The day it is due, {DAY}; null if the user named none.",
        "due_at": f"The time of that day, {TIME_OF_DAY}; null if the user named none. Needs due_on.",
        "priority": "Only if the user said how important it is; otherwise null.",
    },
)
class AddTask(Arguments):
    @model_validator(mode="after")
    def _has_no_time_alone(self) -> Self:
        values = self.values()
        require_date(values.get("due_on"), values.get("due_at"))
        return self

    def values(self) -> dict[str, Any]:
        return self.model_dump(exclude_none=True)


class ListTasks(Arguments):
    status: Literal["all", "open", "completed"] = Field(default="all", description="Which tasks to list.")
    due_from: DueDate | None = Field(
        default=None, description=f"Only tasks due on this day or later, {DAY}; null for any."
    )
    due_until: DueDate | None = Field(
        default=None, description=f"Only tasks due on this day or earlier, {DAY}; null for any."
    )
    priority: Priority | None = Field(default=None, description="Only tasks with this priority; null for any.")

    def filter(self) -> Filter:
        completed = None if self.status == "all" else self.status == "completed"
        return Filter(completed=completed, due_from=self.due_from, due_until=self.due_until, priority=self.priority)


class OneTask(Arguments):
    task_id: UUID = Field(description="The task's id, as list_tasks gives it.")


@with_arguments(
    TaskFields,
    {
        "title": "The new title; null keeps it.",
        "description": "The new description in place of the whole old one; null keeps it.",
        "due_on": f"The new day it is due, {DAY}; null keeps it.",
        "due_at": f"The new time of that day, {TIME_OF_DAY}; null keeps it.",
        "priority": "The new priority; null keeps it.",
    },
    all_optional=True,
)
class UpdateTask(OneTask):
    remove_due: bool = Field(default=False, description="Whether to remove the date and the time.")

    @model_validator(mode="after")
    def _changes_something(self) -> Self:
        if not self.changes():
            raise ValueError(f"name a change: {', '.join(TaskFields.model_fields)} or remove_due")
        return self

    @model_validator(mode="after")
    def _removes_or_sets(self) -> Self:
        if self.remove_due and {"due_on", "due_at"} & self._given().keys():
            raise ValueError("give a new due_on or due_at, or remove_due, not both")
        return self

    def changes(self) -> dict[str, Any]:
        return self._given() | ({"due_on": None} if self.remove_due else {})

    def _given(self) -> dict[str, Any]:
        return self.model_dump(exclude={"task_id", "remove_due"}, exclude_none=True)


_SHOWN = tuple(name for name in TaskPublic.model_fields if name not in ("created_at", "updated_at"))
"""The columns that the model sees."""
_COLUMNS = {name: col(getattr(Task, name)) for name in (*_SHOWN, "position")}
_NOT_FOUND = {"error": "task_not_found", "detail": "The user has no task with this id."}
_DATE_MISSING = {"error": "date_missing", "detail": "The task has no due date. Give due_on with due_at."}


def _as_json(task: CTE) -> ColumnElement[Any]:
    return func.jsonb_build_object(*(part for name in _SHOWN for part in (name, _shown(task.c[name]))))


def _shown(column: ColumnElement[Any]) -> ColumnElement[Any]:
    return func.to_char(column, "HH24:MI") if isinstance(column.type, Time) else column


def _one_task(statement: Any, *reasons: ColumnElement[Any]) -> tuple[CTE, ColumnElement[Any]]:
    return _task_of(statement.returning(*_COLUMNS.values()).cte("effect"), *reasons)


def _task_of(effect: CTE, *reasons: ColumnElement[Any]) -> tuple[CTE, ColumnElement[Any]]:
    """The effect and its task; otherwise the first reason that is set, or "task not found"."""
    task = select(_as_json(effect)).scalar_subquery()
    return effect, func.coalesce(task, *reasons, literal(_NOT_FOUND, JSONB))


def add_task(arguments: AddTask, owner: ColumnElement[UUID]) -> tuple[CTE, ColumnElement[Any]]:
    return _one_task(statements.add_task(owner, uuid7(), arguments.values()))


def _beginning_of(description: SQLColumnExpression[str]) -> ColumnElement[str]:
    beginning = func.left(description, MAX_DESCRIPTION_LISTED - 1) + "…"
    return case((func.char_length(description) > MAX_DESCRIPTION_LISTED, beginning), else_=description)


def list_tasks(arguments: ListTasks, owner: ColumnElement[UUID]) -> tuple[CTE, ColumnElement[Any]]:
    description = _beginning_of(col(Task.description)).label("description")
    columns: dict[str, Any] = _COLUMNS | {"description": description}
    wanted = statements.list_tasks(owner, arguments.filter()).with_only_columns(*columns.values())
    effect = wanted.limit(MAX_LISTED).cte("effect")
    tasks = func.jsonb_agg(aggregate_order_by(_as_json(effect), *(effect.c[name] for name in Place._fields)))
    count = select(func.count()).select_from(wanted.order_by(None).subquery()).scalar_subquery()
    listed = func.jsonb_build_object(
        "tasks", func.coalesce(tasks, literal([], JSONB)), "more", count - func.count(effect.c.id)
    )
    return effect, select(listed).select_from(effect).scalar_subquery()


def get_task(arguments: OneTask, owner: ColumnElement[UUID]) -> tuple[CTE, ColumnElement[Any]]:
    return _task_of(statements.get_task(owner, arguments.task_id).with_only_columns(*_COLUMNS.values()).cte("effect"))


def update_task(arguments: UpdateTask, owner: ColumnElement[UUID]) -> tuple[CTE, ColumnElement[Any]]:
    # An existing task is not updated if it would have a time without a date.
    exists = statements.get_task(owner, arguments.task_id).with_only_columns(literal(_DATE_MISSING, JSONB))
    update = statements.update_task(owner, arguments.task_id, arguments.changes())
    return _one_task(update, exists.scalar_subquery())


def complete_task(arguments: OneTask, owner: ColumnElement[UUID]) -> tuple[CTE, ColumnElement[Any]]:
    return _one_task(statements.update_task(owner, arguments.task_id, {"completed": True}))


def reopen_task(arguments: OneTask, owner: ColumnElement[UUID]) -> tuple[CTE, ColumnElement[Any]]:
    return _one_task(statements.update_task(owner, arguments.task_id, {"completed": False}))


def delete_task(arguments: OneTask, owner: ColumnElement[UUID]) -> tuple[CTE, ColumnElement[Any]]:
    return _one_task(statements.delete_task(owner, arguments.task_id))


def _titled(verb: str) -> Callable[[Any], str]:
    return lambda task: f"{verb} {bold(task['title'])}"


TOOLS = (
    Tool("add_task", "Add one task to the user's list.", AddTask, add_task, _titled("Added")),
    Tool(
        "list_tasks",
        f"The user's tasks with their ids, by due date, those without one last: the first {MAX_LISTED}, and how many "
        "`more` there are. Name a status, days or a priority to see fewer. Of a description longer than "
        f"{MAX_DESCRIPTION_LISTED} characters it has the beginning only, which ends in an ellipsis: get_task has "
        "all of it.",
        ListTasks,
        list_tasks,
    ),
    Tool("get_task", "One task with its whole description.", OneTask, get_task),
    Tool(
        "update_task",
        "Change a task: its title, description, due date or priority. Before you change a part of a description, read "
        "all of it.",
        UpdateTask,
        update_task,
        _titled("Changed"),
    ),
    Tool("complete_task", "Mark a task as done.", OneTask, complete_task, _titled("Completed")),
    Tool("reopen_task", "Mark a done task as not done.", OneTask, reopen_task, _titled("Reopened")),
    Tool("delete_task", "Delete a task for good.", OneTask, delete_task, _titled("Deleted")),
)
