"""The table of tasks. Add a column here and in a migration; endpoints, tools and exports follow."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, Text, func
from sqlmodel import Field, SQLModel

from taskchat.accounts.owners import OWNER_ID
from taskchat.text import ANY_TEXT, NOT_BLANK, Description, Title

_now = {"server_default": func.now()}


class TaskFields(SQLModel):
    """The columns that people can set."""

    title: Title = Field(sa_type=Text, schema_extra={"examples": ["Buy milk"], "json_schema_extra": NOT_BLANK})
    description: Description = Field(
        default="",
        sa_type=Text,
        sa_column_kwargs={"server_default": ""},
        schema_extra={"json_schema_extra": ANY_TEXT},
    )


class Task(TaskFields, table=True):
    """Something that a user wants to do."""

    __table_args__ = (Index("task_in_order", "user_id", "created_at", "id"),)

    id: UUID = Field(primary_key=True)
    user_id: UUID = Field(foreign_key=OWNER_ID, ondelete="CASCADE")
    completed: bool = Field(sa_column_kwargs={"server_default": "false"})
    created_at: datetime = Field(sa_column_kwargs=_now)
    updated_at: datetime = Field(sa_column_kwargs=_now)
