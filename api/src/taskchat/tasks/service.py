"""Operations on one user's task list."""

from uuid import UUID

from sqlmodel import col
from uuid_utils.compat import uuid7

from taskchat.accounts.owners import counted, ensure_owner, require_account, within_rate
from taskchat.database.engine import Session
from taskchat.errors import NotFound
from taskchat.http.pagination import decode_cursor, split_page
from taskchat.tasks import statements
from taskchat.tasks.models import Task
from taskchat.tasks.schemas import TaskCreate, TaskPage, TaskPublic, TaskUpdate


class TaskNotFound(NotFound):
    """The user has no task with this id."""

    code = "task_not_found"
    default_detail = "You have no task with this id."


async def list_page(
    session: Session, user_id: UUID, *, completed: bool | None, limit: int, cursor: str | None
) -> TaskPage:
    after = decode_cursor(cursor) if cursor else None
    statement = statements.list_tasks(user_id, completed=completed, after=after).limit(limit + 1)
    statement = statement.where(within_rate(session, user_id, only_reads=True))
    tasks, next_cursor = split_page((await session.scalars(statement)).all(), limit, "created_at")
    return TaskPage(items=[TaskPublic.model_validate(task) for task in tasks], next_cursor=next_cursor)


async def create(session: Session, user_id: UUID, body: TaskCreate) -> Task:
    insert = statements.add_task(counted(session, user_id), uuid7(), body.model_dump())
    # A retry after a lost connection finds the row and returns it.
    statement = insert.on_conflict_do_update(index_elements=["id"], set_={"id": insert.excluded.id}).returning(Task)
    task: Task = (await session.scalars(statement.add_cte(ensure_owner(user_id)))).one()
    return task


async def update(session: Session, user_id: UUID, task_id: UUID, body: TaskUpdate) -> Task:
    """Update a task.

    Raises:
        TaskNotFound: the user has no such task.
    """
    statement = statements.update_task(user_id, task_id, body.changes()).where(within_rate(session, user_id))
    task: Task | None = (await session.scalars(statement.returning(Task))).one_or_none()
    if task is None:
        await require_account(session, user_id)
        raise TaskNotFound
    return task


async def delete(session: Session, user_id: UUID, task_id: UUID) -> None:
    """Delete a task.

    Raises:
        TaskNotFound: the user has no such task.
    """
    statement = statements.delete_task(user_id, task_id).where(within_rate(session, user_id))
    if (await session.scalars(statement.returning(col(Task.id)))).one_or_none() is None and not session.was_repeated:
        await require_account(session, user_id)
        raise TaskNotFound
