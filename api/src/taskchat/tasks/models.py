"""The table of tasks. Add a column here and in a migration; endpoints, tools and exports follow."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Date, Index, Text, Time, func, text
from sqlmodel import Field, SQLModel

from taskchat.accounts.owners import OWNER_ID
from taskchat.tasks.due import DueDate, DueTime, Priority
from taskchat.text import ANY_TEXT, NOT_BLANK, Description, Title

_now = {"server_default": func.now()}

DUE_ON_OR_LAST = text("coalesce(due_on, 'infinity'::date)")
DUE_AT_OR_LAST = text("coalesce(due_at, '24:00:00'::time)")
"""The order's first two columns with a value for null, since null compares with nothing."""


class TaskFields(SQLModel):
    """The columns that people can set."""

    title: Title = Field(sa_type=Text, schema_extra={"examples": ["Buy milk"], "json_schema_extra": NOT_BLANK})
    description: Description = Field(
        default="",
        sa_type=Text,
        sa_column_kwargs={"server_default": ""},
        schema_extra={"json_schema_extra": ANY_TEXT},
    )
    due_on: DueDate | None = Field(
        default=None,
        sa_type=Date,
        description="The day on which the task is due.",
        schema_extra={"examples": ["2026-12-04"]},
    )
    due_at: DueTime | None = Field(
        default=None,
        sa_type=Time,
        description="The time of that day, `HH:MM`, in whichever time zone the user is.",
        schema_extra={"examples": ["17:00"]},
    )
    priority: Priority = Field(default="none", sa_type=Text, sa_column_kwargs={"server_default": "none"})


class Task(TaskFields, table=True):
    """Something that a user wants to do."""

    __table_args__ = (
        CheckConstraint("due_at is null or due_on is not null", name="task_due_at_has_due_on"),
        CheckConstraint("priority in ('none', 'low', 'medium', 'high')", name="task_priority_is_known"),
        Index("task_by_due_date", "user_id", DUE_ON_OR_LAST, DUE_AT_OR_LAST, "position", "id"),
        Index("task_by_position", "user_id", "position", "id"),
    )

    id: UUID = Field(primary_key=True)
    user_id: UUID = Field(foreign_key=OWNER_ID, ondelete="CASCADE")
    completed: bool = Field(default=False, sa_column_kwargs={"server_default": "false"})
    position: float = Field(sa_column_kwargs={"server_default": text("extract(epoch from now())")})
    """Orders tasks that are due at the same time. Never later than now, so a new task is the last one."""
    created_at: datetime = Field(sa_column_kwargs=_now)
    updated_at: datetime = Field(sa_column_kwargs=_now)
