"""Request and response bodies."""

from typing import Any, Self
from uuid import UUID

from pydantic import ConfigDict, Field, model_validator

from taskchat.http.schemas import RequestBody, ResponseBody, with_columns, with_fields
from taskchat.tasks.models import Task, TaskFields


@with_fields(TaskFields)
class TaskCreate(RequestBody):
    pass


@with_fields(TaskFields, all_optional=True, examples={"title": "Buy oat milk"})
class TaskUpdate(RequestBody):
    """At least one member to change. Omitted members stay as they are."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})

    completed: bool = Field(default_factory=bool)

    @model_validator(mode="after")
    def _changes_something(self) -> Self:
        if not self.changes():
            raise ValueError(f"name at least one of {', '.join((*TaskFields.model_fields, 'completed'))}")
        return self

    def changes(self) -> dict[str, Any]:
        return self.model_dump(exclude_unset=True)


@with_columns(Task, without={"user_id"})
class TaskPublic(ResponseBody):
    id: UUID


class TaskPage(ResponseBody):
    items: list[TaskPublic]
    next_cursor: str | None
