"""`/api/{user_id}/tasks`."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Header, Query

from taskchat.auth.gate import CurrentUser
from taskchat.http.dependencies import SessionDep
from taskchat.http.openapi import problems
from taskchat.http.pagination import Cursor, Limit
from taskchat.http.schemas import IdempotencyKey
from taskchat.tasks import service
from taskchat.tasks.due import DueDate, Priority
from taskchat.tasks.models import Task
from taskchat.tasks.schemas import MAX_IDS, TaskCreate, TaskItems, TaskPage, TaskPublic, TasksUpdate, TaskUpdate
from taskchat.tasks.service import DateMissing, PlaceNotFound, TaskNotFound
from taskchat.tasks.statements import Filter

router = APIRouter(prefix="/api/{user_id}/tasks", tags=["tasks"])

KeyOfTask = Annotated[
    IdempotencyKey | None,
    Header(
        alias="Idempotency-Key",
        description="A key of your choice for this task. A repeated request with the same key adds nothing and "
        "returns the task.",
        examples=["018f3c2e-7a1b-7c3d-9e4f-5a6b7c8d9e0f"],
    ),
]


@router.get("", response_model=TaskPage, responses=problems())
async def list_tasks(
    user: CurrentUser,
    session: SessionDep,
    completed: Annotated[bool | None, Query(description="Only completed tasks, or only open ones.")] = None,
    due_from: Annotated[DueDate | None, Query(description="Only tasks that are due on this day or later.")] = None,
    due_until: Annotated[DueDate | None, Query(description="Only tasks that are due on this day or earlier.")] = None,
    priority: Annotated[Priority | None, Query(description="Only tasks with this priority.")] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> TaskPage:
    """List your tasks by due date, those without one last, then in your own order."""
    wanted = Filter(completed=completed, due_from=due_from, due_until=due_until, priority=priority)
    return await service.list_page(session, user.id, wanted, limit=limit, cursor=cursor)


@router.post("", status_code=201, response_model=TaskPublic, responses=problems(PlaceNotFound))
async def create_task(
    user: CurrentUser, session: SessionDep, body: TaskCreate, idempotency_key: KeyOfTask = None
) -> Task:
    """Add a task."""
    return await service.create(session, user.id, body, key=idempotency_key)


@router.patch("/{task_id}", response_model=TaskPublic, responses=problems(TaskNotFound, DateMissing, PlaceNotFound))
async def update_task(user: CurrentUser, session: SessionDep, task_id: UUID, body: TaskUpdate) -> Task:
    """Change a task, or move it."""
    return await service.update(session, user.id, task_id, body)


@router.patch("", response_model=TaskItems, responses=problems())
async def update_tasks(user: CurrentUser, session: SessionDep, body: TasksUpdate) -> TaskItems:
    """Change several tasks at once. The answer omits ids that are not yours."""
    return await service.update_many(session, user.id, body)


@router.delete("/{task_id}", status_code=204, responses=problems(TaskNotFound))
async def delete_task(user: CurrentUser, session: SessionDep, task_id: UUID) -> None:
    """Delete a task."""
    await service.delete(session, user.id, task_id)


@router.delete("", status_code=204, responses=problems())
async def delete_tasks(
    user: CurrentUser,
    session: SessionDep,
    completed: Annotated[Literal["true"] | None, Query(description="Delete all completed tasks.")] = None,
    ids: Annotated[
        list[UUID] | None, Query(alias="id", min_length=1, max_length=MAX_IDS, description="Delete these tasks.")
    ] = None,
) -> None:
    """Delete all completed tasks, or some by their ids. Name either; ids that are not yours are ignored."""
    await service.delete_many(session, user.id, ids, completed=completed is not None)
