"""Request and response bodies."""

from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import ConfigDict, Field, model_validator

from taskchat.http.schemas import RequestBody, ResponseBody, with_columns, with_fields
from taskchat.tasks.due import require_date
from taskchat.tasks.models import Task, TaskFields

MAX_IDS = 100
"""The most tasks that one request changes or deletes."""

TaskId = Annotated[UUID, Field(strict=False)]  # JSON has no ids; they arrive as strings


@with_fields(TaskFields)
class TaskCreate(RequestBody):
    completed: bool = Field(default_factory=bool)
    after: TaskId | None = Field(
        default_factory=lambda: None,
        description="Put the task right after this one, or first if null, among the tasks due at the same time; "
        "without it, last.",
    )

    @model_validator(mode="after")
    def _has_no_time_alone(self) -> Self:
        columns = self.values()
        require_date(columns["due_on"], columns["due_at"])
        return self

    def values(self) -> dict[str, Any]:
        return self.model_dump(exclude={"after"})


class _Changes(RequestBody):
    completed: bool = Field(default_factory=bool)

    @model_validator(mode="after")
    def _changes_something(self) -> Self:
        changes = self.changes()
        if not changes and "after" not in self.model_fields_set:
            raise ValueError(f"name at least one of {', '.join(name for name in type(self).model_fields)}")
        if "due_on" in changes or "ids" in self.model_fields_set:
            require_date(changes.get("due_on"), changes.get("due_at"))
        return self

    def changes(self) -> dict[str, Any]:
        """The columns to change."""
        return self.model_dump(exclude_unset=True, exclude={"after", "ids"})


@with_fields(TaskFields, all_optional=True, examples={"title": "Buy oat milk"})
class TaskUpdate(_Changes):
    """At least one member to change. Omitted members stay as they are. Removing the date removes the time."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})

    after: TaskId | None = Field(
        default_factory=lambda: None,
        description="Put the task right after this one, or first if null, among the tasks due at the same time.",
    )


@with_fields(TaskFields, all_optional=True, without={"title", "description"})
class TasksUpdate(_Changes):
    """The tasks, and at least one member to change. A time needs a date."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 2})

    ids: list[TaskId] = Field(min_length=1, max_length=MAX_IDS)


@with_columns(Task, without={"user_id", "position"})
class TaskPublic(ResponseBody):
    id: UUID


class TaskPage(ResponseBody):
    items: list[TaskPublic]
    next_cursor: str | None


class TaskItems(ResponseBody):
    items: list[TaskPublic]
    """Those that were found, in the order of the list."""
