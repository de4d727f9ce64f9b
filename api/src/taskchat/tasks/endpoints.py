"""`/api/{user_id}/tasks`."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from taskchat.auth.gate import CurrentUser
from taskchat.http.dependencies import SessionDep
from taskchat.http.openapi import problems
from taskchat.http.pagination import Cursor, Limit
from taskchat.tasks import service
from taskchat.tasks.models import Task
from taskchat.tasks.schemas import TaskCreate, TaskPage, TaskPublic, TaskUpdate
from taskchat.tasks.service import TaskNotFound

router = APIRouter(prefix="/api/{user_id}/tasks", tags=["tasks"])


@router.get("", response_model=TaskPage, responses=problems())
async def list_tasks(
    user: CurrentUser,
    session: SessionDep,
    completed: Annotated[bool | None, Query(description="Only completed tasks, or only open ones.")] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> TaskPage:
    """List your tasks, oldest first."""
    return await service.list_page(session, user.id, completed=completed, limit=limit, cursor=cursor)


@router.post("", status_code=201, response_model=TaskPublic, responses=problems())
async def create_task(user: CurrentUser, session: SessionDep, body: TaskCreate) -> Task:
    """Add a task."""
    return await service.create(session, user.id, body)


@router.patch("/{task_id}", response_model=TaskPublic, responses=problems(TaskNotFound))
async def update_task(user: CurrentUser, session: SessionDep, task_id: UUID, body: TaskUpdate) -> Task:
    """Change a task's title, description or completion."""
    return await service.update(session, user.id, task_id, body)


@router.delete("/{task_id}", status_code=204, responses=problems(TaskNotFound))
async def delete_task(user: CurrentUser, session: SessionDep, task_id: UUID) -> None:
    """Delete a task."""
    await service.delete(session, user.id, task_id)
