"""The applications that `make bench` compares, all with the instant model in their process.

- `limit`: the token check and one `Runner.run` over the history, without a database.
- `usual`: the turn as most people write it, with a SQLModel session and the SDK's `SQLAlchemySession`. It is neither
  safe to retry nor to run twice at once.
- `ours`: the api.
"""

import json
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID, uuid4

from agents import (
    Agent,
    FunctionTool,
    RunConfig,
    Runner,
    RunResult,
    ToolCallItem,
    set_trace_provider,
    set_tracing_disabled,
)
from agents.extensions.memory import SQLAlchemySession
from agents.tool_context import ToolContext
from agents.tracing.provider import DefaultTraceProvider
from fastapi import Depends, FastAPI, Header, HTTPException
from pydantic import BaseModel
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlmodel import Field, SQLModel, col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from load.models import ANSWER, TOOL, InstantModel
from taskchat.auth.key_set import KeySet
from taskchat.auth.tokens import TokenVerifier
from taskchat.chat.providers.offline import InProcessModel
from taskchat.logs import configure_logging
from taskchat.main import create_app
from taskchat.settings import load_settings
from taskchat.tasks.domain import INSTRUCTIONS, TASKS
from taskchat.tasks.tools import TOOLS

USUAL_SCHEMA = "usual"
RUN_CONFIG = RunConfig(tracing_disabled=True)


class Message(BaseModel):
    message: str
    conversation_id: UUID | None = None
    history: int = 0
    """How many messages the limit's conversation has."""


def _agent(invoke: Callable[[ToolContext[Any], str], Awaitable[str]]) -> Agent[Any]:
    """The api's agent, whose tools all do the same."""
    schemas = [tool.schema for tool in TOOLS]
    tools: list[Any] = [FunctionTool(s.name, s.description, dict(s.parameters), invoke) for s in schemas]
    set_trace_provider(DefaultTraceProvider())
    set_tracing_disabled(True)
    return Agent(name="Taskchat", instructions=INSTRUCTIONS, tools=tools, model=InstantModel())


def _application(engine: AsyncEngine | None = None) -> tuple[FastAPI, Any]:
    """Create an application, and the dependency that checks the token and returns the user's id."""
    settings = load_settings()
    key_set = KeySet(str(settings.jwks_url), max_age_seconds=3600, max_stale_seconds=3600)
    verifier = TokenVerifier(key_set, issuer=settings.jwt_issuer, audience=settings.jwt_audience)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        await key_set.refresh()
        yield
        await key_set.aclose()
        if engine is not None:
            await engine.dispose()

    async def current_user(user_id: str, authorization: Annotated[str, Header()]) -> UUID:
        claims = await verifier.verify(authorization.removeprefix("Bearer "))
        if claims.sub != user_id:
            raise HTTPException(403)
        return claims.user_id

    return FastAPI(lifespan=lifespan), Depends(current_user)


def _turn(conversation_id: UUID, result: RunResult) -> dict[str, Any]:
    calls = [{"name": TOOL} for item in result.new_items if isinstance(item, ToolCallItem)]
    return {"conversation_id": conversation_id, "response": result.final_output, "tool_calls": calls}


def limit() -> FastAPI:
    async def add_task(_context: ToolContext[None], _arguments: str) -> str:
        return json.dumps({"id": str(uuid4()), "title": "Buy milk", "completed": False})

    agent = _agent(add_task)
    app, current_user = _application()

    @app.post("/api/{user_id}/chat")
    async def chat(body: Message, _user: Annotated[UUID, current_user]) -> dict[str, Any]:
        history: list[Any] = [
            {"role": "assistant" if n % 2 else "user", "content": ANSWER} for n in range(body.history)
        ]
        result = await Runner.run(agent, [*history, {"role": "user", "content": body.message}], run_config=RUN_CONFIG)
        return _turn(uuid4(), result)

    return app


class UsualConversation(SQLModel, table=True):
    __tablename__ = "conversation"
    __table_args__ = {"schema": USUAL_SCHEMA}

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    user_id: UUID = Field(index=True)
    updated_at: datetime = Field(default_factory=lambda: datetime.now(UTC))


class UsualTask(SQLModel, table=True):
    __tablename__ = "task"
    __table_args__ = {"schema": USUAL_SCHEMA}

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    user_id: UUID = Field(index=True)
    title: str


def usual_engine(url: str) -> AsyncEngine:
    return create_async_engine(
        url.replace("postgresql://", "postgresql+asyncpg://", 1),
        pool_size=10,
        max_overflow=0,
        connect_args={"server_settings": {"search_path": USUAL_SCHEMA}},
    )


async def create_usual_tables(url: str) -> None:
    engine = usual_engine(url)
    async with engine.begin() as connection:
        await connection.execute(text(f"create schema {USUAL_SCHEMA}"))
        tables = [SQLModel.metadata.tables[f"{USUAL_SCHEMA}.{name}"] for name in ("conversation", "task")]
        await connection.run_sync(lambda sync: SQLModel.metadata.create_all(sync, tables=tables))
    await SQLAlchemySession("none", engine=engine, create_tables=True).get_items()
    await engine.dispose()


def usual() -> FastAPI:
    engine = usual_engine(os.environ["USUAL_DATABASE_URL"])
    app, current_user = _application(engine)

    async def session() -> AsyncIterator[AsyncSession]:
        async with AsyncSession(engine, expire_on_commit=False) as opened:
            yield opened

    async def add_task(context: ToolContext[UUID], arguments: str) -> str:
        task = UsualTask(user_id=context.context, title=json.loads(arguments)["title"])
        async with AsyncSession(engine, expire_on_commit=False) as opened:
            opened.add(task)
            await opened.commit()
        return json.dumps({"id": str(task.id), "title": task.title, "completed": False})

    agent = _agent(add_task)

    @app.post("/api/{user_id}/chat")
    async def chat(
        body: Message, user_id: Annotated[UUID, current_user], db: Annotated[AsyncSession, Depends(session)]
    ) -> dict[str, Any]:
        if body.conversation_id is None:
            conversation = UsualConversation(user_id=user_id)
            db.add(conversation)
        else:
            owned = select(UsualConversation).where(
                col(UsualConversation.id) == body.conversation_id, col(UsualConversation.user_id) == user_id
            )
            conversation = (await db.exec(owned)).one()
        await db.commit()
        memory = SQLAlchemySession(str(conversation.id), engine=engine)
        result = await Runner.run(agent, body.message, context=user_id, session=memory, run_config=RUN_CONFIG)
        conversation.updated_at = datetime.now(UTC)
        db.add(conversation)
        await db.commit()
        return _turn(conversation.id, result)

    return app


def ours() -> FastAPI:
    settings = load_settings()
    configure_logging(settings.log_level)
    return create_app(settings, replace(TASKS, offline_assistant=lambda: InProcessModel(InstantModel())))


def __getattr__(name: str) -> FastAPI:
    """Create the application that uvicorn runs."""
    create = {"limit_app": limit, "usual_app": usual, "ours_app": ours}.get(name)
    if create is None:
        raise AttributeError(name)
    return create()
