"""Tasks as they travel over HTTP and as the assistant sees them."""

from datetime import datetime
from typing import Self
from uuid import UUID

from pydantic import Field, model_validator

from taskchat.schemas import RequestBody, ResponseBody
from taskchat.text import Description, Title


class TaskCreate(RequestBody):
    title: Title = Field(examples=["Buy milk"])
    description: Description = ""


class TaskUpdate(RequestBody):
    """What to change; what is left out stays."""

    title: Title | None = Field(default=None, examples=["Buy oat milk"])
    description: Description | None = None
    completed: bool | None = None

    @model_validator(mode="after")
    def _changes_something(self) -> Self:
        if not self.changes():
            raise ValueError("name at least one of title, description, completed")
        return self

    def changes(self) -> dict[str, str | bool]:
        return self.model_dump(exclude_none=True)


class TaskPublic(ResponseBody):
    id: UUID
    title: str
    description: str
    completed: bool
    created_at: datetime
    updated_at: datetime


class TaskPage(ResponseBody):
    items: list[TaskPublic]
    next_cursor: str | None
