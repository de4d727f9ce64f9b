"""The table of tasks."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, Text, func
from sqlmodel import Field, SQLModel

from taskchat.accounts.owners import OWNER_ID

_now = {"server_default": func.now()}


class Task(SQLModel, table=True):
    """Something that a user means to do."""

    __table_args__ = (Index("task_in_order", "user_id", "created_at", "id"),)

    id: UUID = Field(primary_key=True)
    user_id: UUID = Field(foreign_key=OWNER_ID, ondelete="CASCADE")
    title: str = Field(sa_type=Text)
    description: str = Field(sa_type=Text, sa_column_kwargs={"server_default": ""})
    completed: bool = Field(sa_column_kwargs={"server_default": "false"})
    created_at: datetime = Field(sa_column_kwargs=_now)
    updated_at: datetime = Field(sa_column_kwargs=_now)
