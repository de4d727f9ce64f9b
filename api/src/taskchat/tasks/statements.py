"""Operations on tasks, each as one SQL statement.

Endpoints execute them directly. Tools execute them inside the statement that checks the lease and records the call, so
that everything commits together.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Date,
    Delete,
    Float,
    Select,
    Time,
    Update,
    Uuid,
    any_,
    delete,
    exists,
    func,
    inspect,
    literal,
    literal_column,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, Insert, insert
from sqlmodel import col

from taskchat.tasks.due import Priority
from taskchat.tasks.models import DUE_AT_OR_LAST, DUE_ON_OR_LAST, Task, TaskFields

SQL_FILES = tuple(sorted(Path(__file__).with_name("sql").glob("*.sql")))

Owner = UUID | ColumnElement[UUID]
"""A user's id, or an SQL expression for it."""

_DUE_ON_OR_LAST: ColumnElement[date] = literal_column(DUE_ON_OR_LAST.text, Date)
_DUE_AT_OR_LAST: ColumnElement[time] = literal_column(DUE_AT_OR_LAST.text, Time)


class Place(NamedTuple):
    """A place in the one order of tasks: by due date, those without last, then by position."""

    due_on: date | None
    due_at: time | None
    position: float
    id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which tasks to list; None means all.

    Attributes:
        due_from, due_until: the first and the last day.
    """

    completed: bool | None = None
    due_from: date | None = None
    due_until: date | None = None
    priority: Priority | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        conditions: list[ColumnElement[bool]] = []
        if self.completed is not None:
            conditions.append(col(Task.completed) == self.completed)
        # These are what the index has, so it finds the days.
        if self.due_from is not None:
            conditions += [self.due_from <= _DUE_ON_OR_LAST, literal_column("'infinity'::date") > _DUE_ON_OR_LAST]
        if self.due_until is not None:
            conditions.append(self.due_until >= _DUE_ON_OR_LAST)
        if self.priority is not None:
            conditions.append(col(Task.priority) == self.priority)
        return conditions


def add_task(owner: Owner, task_id: UUID, values: Mapping[str, Any]) -> Insert:
    return insert(Task).values(id=task_id, user_id=owner, **_with_defaults(values))


def add_task_after(
    owner: UUID, task_id: UUID, values: Mapping[str, Any], after: UUID | None, condition: ColumnElement[bool]
) -> Insert:
    """Add a task at a place, unless the task `after` is missing or the task exists: finding a place may move others."""
    is_new = ~exists().where(col(Task.id) == task_id, col(Task.user_id) == owner)
    position = _position_after(owner, after, task_id, condition=is_new)
    types = {column.key: column.type for column in inspect(Task).columns}
    given = {name: literal(value, types[name]) for name, value in _with_defaults(values).items()}
    row = {"id": literal(task_id, Uuid), "user_id": literal(owner, Uuid), "position": position} | given
    wanted = select(*row.values()).where(condition, position.is_not(None))
    return insert(Task).from_select(list(row), wanted)


def _with_defaults(values: Mapping[str, Any]) -> dict[str, Any]:
    # SQLAlchemy applies no defaults to an insert inside another statement.
    return {**values, **TaskFields.model_validate(values).model_dump()}


def _position_after(
    owner: UUID, after: UUID | None, moved: UUID, *, condition: ColumnElement[bool] | None = None
) -> ColumnElement[float]:
    """Where to put a task, or null. A CTE, so that it is computed once for several uses."""
    position = func.task_position_after(literal(owner, Uuid), literal(after, Uuid), literal(moved, Uuid), type_=Float)
    place = select(position.label("position"))
    if condition is not None:
        place = place.where(condition)
    return select(place.cte("place").c.position).scalar_subquery()


def list_tasks(owner: Owner, wanted: Filter | None = None, *, after: Place | None = None) -> Select[Any]:
    """List tasks by due date, then in the user's order."""
    statement = select(Task).where(col(Task.user_id) == owner, *(wanted or Filter()).conditions())
    order = (_DUE_ON_OR_LAST, _DUE_AT_OR_LAST, col(Task.position), col(Task.id))
    if after is not None:
        place = (
            func.coalesce(literal(after.due_on, Date), literal_column("'infinity'::date")),
            func.coalesce(literal(after.due_at, Time), literal_column("'24:00:00'::time")),
            literal(after.position, Float),
            literal(after.id, Uuid),
        )
        statement = statement.where(tuple_(*order) > tuple_(*place))
    return statement.order_by(*order)


def get_task(owner: Owner, task_id: UUID) -> Select[Any]:
    return select(Task).where(col(Task.id) == task_id, col(Task.user_id) == owner)


def update_task(owner: Owner, task_id: UUID, changes: Mapping[str, Any]) -> Update:
    """Update a task; nothing if it would have a time without a date."""
    return _update(changes).where(col(Task.id) == task_id, col(Task.user_id) == owner)


def move_task(owner: UUID, task_id: UUID, changes: Mapping[str, Any], after: UUID | None) -> Update:
    """Update a task and put it right after another, unless that one is missing."""
    position = _position_after(owner, after, task_id)
    return update_task(owner, task_id, {**changes, "position": position}).where(position.is_not(None))


def update_tasks(owner: Owner, task_ids: Sequence[UUID], changes: Mapping[str, Any]) -> Update:
    return _update(changes).where(_is_one_of(task_ids), col(Task.user_id) == owner)


def _update(changes: Mapping[str, Any]) -> Update:
    statement = update(Task).values(**changes, updated_at=func.clock_timestamp())
    if "due_on" in changes and changes["due_on"] is None:
        return statement.values(due_at=None)
    if changes.get("due_at") is not None and "due_on" not in changes:
        return statement.where(col(Task.due_on).is_not(None))
    return statement


def delete_task(owner: Owner, task_id: UUID) -> Delete:
    return delete(Task).where(col(Task.id) == task_id, col(Task.user_id) == owner)


def delete_tasks(owner: Owner, task_ids: Sequence[UUID] | None) -> Delete:
    """Delete these tasks, or all completed ones."""
    chosen = col(Task.completed) if task_ids is None else _is_one_of(task_ids)
    return delete(Task).where(col(Task.user_id) == owner, chosen)


def _is_one_of(task_ids: Sequence[UUID]) -> ColumnElement[bool]:
    # An array, so that the statement is prepared once for any number of ids.
    return col(Task.id) == any_(literal(task_ids, ARRAY(Uuid)))
