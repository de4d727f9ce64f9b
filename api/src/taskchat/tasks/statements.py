"""Operations on tasks, each as one SQL statement.

Endpoints execute them directly. Tools execute them inside the statement that checks the lease and records the call, so
that everything commits together.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Delete, Select, Update, delete, func, select, tuple_, update
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlmodel import col

from taskchat.tasks.models import Task, TaskFields

Owner = UUID | ColumnElement[UUID]
"""A user's id, or an SQL expression for it."""


def add_task(owner: Owner, task_id: UUID, values: Mapping[str, Any]) -> Insert:
    # SQLAlchemy applies no defaults to an insert inside another statement.
    fields = TaskFields.model_validate(values).model_dump()
    return insert(Task).values(id=task_id, user_id=owner, **fields)


def list_tasks(
    owner: Owner, *, completed: bool | None = None, after: tuple[datetime, UUID] | None = None
) -> Select[Any]:
    """List tasks, oldest first; None for `completed` means all."""
    statement = select(Task).where(col(Task.user_id) == owner).order_by(col(Task.created_at), col(Task.id))
    if completed is not None:
        statement = statement.where(col(Task.completed) == completed)
    if after is not None:
        statement = statement.where(tuple_(col(Task.created_at), col(Task.id)) > after)
    return statement


def get_task(owner: Owner, task_id: UUID) -> Select[Any]:
    return select(Task).where(col(Task.id) == task_id, col(Task.user_id) == owner)


def update_task(owner: Owner, task_id: UUID, changes: Mapping[str, Any]) -> Update:
    return (
        update(Task)
        .where(col(Task.id) == task_id, col(Task.user_id) == owner)
        .values(**changes, updated_at=func.clock_timestamp())
    )


def delete_task(owner: Owner, task_id: UUID) -> Delete:
    return delete(Task).where(col(Task.id) == task_id, col(Task.user_id) == owner)
