"""Operations on one user's task list."""

from collections.abc import Sequence
from datetime import date, time
from math import isfinite
from typing import Any, NoReturn
from uuid import UUID, uuid5

from sqlmodel import col
from uuid_utils.compat import uuid7

from taskchat.accounts.owners import counted, ensure_owner, require_account, within_rate
from taskchat.database.engine import Session
from taskchat.errors import InvalidRequest, NotFound
from taskchat.http.pagination import decode_key, split_page
from taskchat.tasks import statements
from taskchat.tasks.models import Task
from taskchat.tasks.schemas import TaskCreate, TaskItems, TaskPage, TaskPublic, TasksUpdate, TaskUpdate
from taskchat.tasks.statements import Filter, Place


class TaskNotFound(NotFound):
    """The user has no task with this id."""

    code = "task_not_found"
    default_detail = "You have no task with this id."


class PlaceNotFound(InvalidRequest):
    """The user has no task with the id in `after`."""

    code = "place_not_found"
    default_detail = "`after` is not the id of another task of yours."


class DateMissing(InvalidRequest):
    """The task has no due date, so it cannot have a time."""

    code = "date_missing"
    default_detail = "The task has no due date. Send `due_on` with `due_at`."


async def list_page(session: Session, user_id: UUID, wanted: Filter, *, limit: int, cursor: str | None) -> TaskPage:
    after = decode_key(cursor, _read_place) if cursor else None
    statement = statements.list_tasks(user_id, wanted, after=after).limit(limit + 1)
    statement = statement.where(within_rate(session, user_id, only_reads=True))
    tasks, next_cursor = split_page((await session.scalars(statement)).all(), limit, *Place._fields[:-1])
    return TaskPage(items=[TaskPublic.model_validate(task) for task in tasks], next_cursor=next_cursor)


def _read_place(due_on: str, due_at: str, position: str, task_id: str) -> Place:
    place = Place(
        date.fromisoformat(due_on) if due_on else None,
        time.fromisoformat(due_at).replace(tzinfo=None) if due_at else None,
        float(position),
        UUID(task_id),
    )
    if not isfinite(place.position):
        raise ValueError("not a position")
    return place


async def create(session: Session, user_id: UUID, body: TaskCreate, *, key: str | None) -> Task:
    """Create a task, or return the one that was created with the same key.

    Raises:
        PlaceNotFound: the user has no task `after`.
    """
    task_id = uuid5(user_id, key) if key else uuid7()
    if "after" in body.model_fields_set:
        allowed = within_rate(session, user_id)
        insert = statements.add_task_after(user_id, task_id, body.values(), body.after, allowed)
    else:
        insert = statements.add_task(counted(session, user_id), task_id, body.values())
    # A retry finds the row and returns it.
    statement = insert.on_conflict_do_update(
        index_elements=["id"], set_={"id": insert.excluded.id}, where=col(Task.user_id) == user_id
    ).returning(Task)
    task: Task | None = (await session.scalars(statement.add_cte(ensure_owner(user_id)))).one_or_none()
    if task is None and key:  # `after` may have been deleted since the first request
        task = (await session.scalars(statements.get_task(user_id, task_id))).one_or_none()
    if task is None:
        raise PlaceNotFound
    return task


async def update(session: Session, user_id: UUID, task_id: UUID, body: TaskUpdate) -> Task:
    """Update a task.

    Raises:
        TaskNotFound: the user has no such task.
        DateMissing: the task would have a time without a date.
        PlaceNotFound: the user has no task `after`.
    """
    changes = body.changes()
    if "after" in body.model_fields_set:
        if body.after == task_id:
            raise PlaceNotFound
        statement = statements.move_task(user_id, task_id, changes, body.after)
    else:
        statement = statements.update_task(user_id, task_id, changes)
    statement = statement.where(within_rate(session, user_id))
    task: Task | None = (await session.scalars(statement.returning(Task))).one_or_none()
    if task is None:
        await _explain_missing(session, user_id, task_id, changes)
    return task


async def _explain_missing(session: Session, user_id: UUID, task_id: UUID, changes: dict[str, Any]) -> NoReturn:
    """Find out why an update found no row."""
    await require_account(session, user_id)
    found = (await session.scalars(statements.get_task(user_id, task_id))).one_or_none()
    if found is None:
        raise TaskNotFound
    if changes.get("due_at") is not None and "due_on" not in changes and found.due_on is None:
        raise DateMissing
    raise PlaceNotFound


async def update_many(session: Session, user_id: UUID, body: TasksUpdate) -> TaskItems:
    """Update those of the tasks that the user has."""
    statement = statements.update_tasks(user_id, body.ids, body.changes()).where(within_rate(session, user_id))
    tasks: Sequence[Task] = (await session.scalars(statement.returning(Task))).all()
    if not tasks:
        await require_account(session, user_id)
    return TaskItems(items=[TaskPublic.model_validate(task) for task in sorted(tasks, key=_place)])


def _place(task: Task) -> tuple[date, time, float, UUID]:
    return task.due_on or date.max, task.due_at or time.max, task.position, task.id


async def delete(session: Session, user_id: UUID, task_id: UUID) -> None:
    """Delete a task.

    Raises:
        TaskNotFound: the user has no such task.
    """
    statement = statements.delete_task(user_id, task_id).where(within_rate(session, user_id))
    if (await session.scalars(statement.returning(col(Task.id)))).one_or_none() is None and not session.was_repeated:
        await require_account(session, user_id)
        raise TaskNotFound


async def delete_many(session: Session, user_id: UUID, task_ids: Sequence[UUID] | None, *, completed: bool) -> None:
    """Delete those of the tasks that the user has, or all completed ones.

    Raises:
        InvalidRequest: neither is asked for, or both.
    """
    if completed == bool(task_ids):
        raise InvalidRequest("Name the tasks to delete with `id`, or all completed ones with `completed=true`.")
    statement = statements.delete_tasks(user_id, task_ids or None).where(within_rate(session, user_id))
    if not (await session.scalars(statement.returning(col(Task.id)))).all() and not session.was_repeated:
        await require_account(session, user_id)
