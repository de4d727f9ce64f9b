"""Tasks as they travel over HTTP and as the assistant sees them."""

from datetime import datetime
from typing import Self
from uuid import UUID

from pydantic import ConfigDict, Field, model_validator

from taskchat.http.schemas import RequestBody, ResponseBody
from taskchat.text import ANY_TEXT, NOT_BLANK, Description, Title


class TaskCreate(RequestBody):
    title: Title = Field(examples=["Buy milk"], json_schema_extra=NOT_BLANK)
    description: Description = Field(default="", json_schema_extra=ANY_TEXT)


class TaskUpdate(RequestBody):
    """What to change, one thing at least; what is left out stays."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})

    # The factories' values are never used: they only say that a member may be left out, and that it is never null.
    title: Title = Field(default_factory=str, examples=["Buy oat milk"], json_schema_extra=NOT_BLANK)
    description: Description = Field(default_factory=str, json_schema_extra=ANY_TEXT)
    completed: bool = Field(default_factory=bool)

    @model_validator(mode="after")
    def _changes_something(self) -> Self:
        if not self.changes():
            raise ValueError("name at least one of title, description, completed")
        return self

    def changes(self) -> dict[str, str | bool]:
        return self.model_dump(exclude_unset=True)


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
