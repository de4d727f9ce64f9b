"""The tables of conversations. The statements that write them are in `taskchat.chat`."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    Column,
    Computed,
    ForeignKeyConstraint,
    Index,
    Integer,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from taskchat.accounts.owners import OWNER_ID

_now = {"server_default": func.now()}


class Conversation(SQLModel, table=True):
    """A thread of turns. A turn is one message of the user and the answer to it."""

    __table_args__ = (
        UniqueConstraint("id", "user_id"),
        CheckConstraint("num_nulls(running_turn, run_id, lease_until) in (0, 3)", name="conversation_lease_is_whole"),
        Index("conversation_newest_first", "user_id", text("updated_at desc"), text("id desc")),
    )

    id: UUID = Field(primary_key=True)
    user_id: UUID = Field(foreign_key=OWNER_ID, ondelete="CASCADE")
    title: str = Field(sa_type=Text)
    last_turn: int = Field(sa_column_kwargs={"server_default": "0"})

    # The lease: which run of which turn may write, and until when no other run may take over.
    running_turn: int | None
    run_id: UUID | None
    lease_until: datetime | None

    created_at: datetime = Field(sa_column_kwargs=_now)
    updated_at: datetime = Field(sa_column_kwargs=_now)


class Message(SQLModel, table=True):
    """A message of the user (sequence 2n - 1 of turn n) or of the assistant (2n)."""

    __table_args__ = (
        UniqueConstraint("conversation_id", "sequence"),
        Index(
            "message_by_key",
            "user_id",
            "idempotency_key",
            unique=True,
            # Partial, so that the cascade from a deleted conversation can't use it, and read every message of the user.
            postgresql_where=text("idempotency_key is not null"),
        ),
        ForeignKeyConstraint(
            ["conversation_id", "user_id"], ["conversation.id", "conversation.user_id"], ondelete="CASCADE"
        ),
        CheckConstraint("turn > 0", name="message_turns_count_from_one"),
        CheckConstraint("role in ('user', 'assistant')", name="message_role_is_known"),
        CheckConstraint("(role = 'user') = (idempotency_key is not null)", name="message_of_user_names_turn"),
        CheckConstraint("(role = 'user') = (runs is not null)", name="message_of_user_counts_runs"),
    )

    id: UUID = Field(primary_key=True)
    conversation_id: UUID
    user_id: UUID
    turn: int
    role: Literal["user", "assistant"] = Field(sa_type=Text)
    sequence: int = Field(
        sa_column=Column(
            Integer, Computed("turn * 2 - case role when 'user' then 1 else 0 end", persisted=True), nullable=False
        )
    )
    content: str = Field(sa_type=Text)
    idempotency_key: str | None = Field(sa_type=Text)
    """The name of the turn, unique per user."""
    runs: int | None
    """How many runs have begun the turn."""
    created_at: datetime = Field(sa_column_kwargs=_now)


class Step(SQLModel, table=True):
    """The model's output in one step that called tools: texts and calls in order."""

    conversation_id: UUID = Field(primary_key=True, foreign_key="conversation.id", ondelete="CASCADE")
    turn: int = Field(primary_key=True)
    step: int = Field(primary_key=True)
    output: list[dict[str, Any]] = Field(sa_type=JSONB)
    created_at: datetime = Field(sa_column_kwargs=_now)


class ToolCall(SQLModel, table=True):
    """One tool call with its result, written by the statement that had the effect."""

    __tablename__ = "tool_call"
    __table_args__ = (
        ForeignKeyConstraint(
            ["conversation_id", "turn", "step"], ["step.conversation_id", "step.turn", "step.step"], ondelete="CASCADE"
        ),
    )

    conversation_id: UUID = Field(primary_key=True)
    turn: int = Field(primary_key=True)
    step: int = Field(primary_key=True)
    position: int = Field(primary_key=True)
    run_id: UUID
    name: str = Field(sa_type=Text)
    arguments: dict[str, Any] = Field(sa_type=JSONB)
    result: Any = Field(sa_type=JSONB)
    created_at: datetime = Field(sa_column_kwargs=_now)


class DiscardedTurn(SQLModel, table=True):
    """A turn that the user has discarded, whose key is never accepted again."""

    __tablename__ = "discarded_turn"
    __table_args__ = (Index("discarded_turn_of_conversation", "conversation_id", "turn"),)

    user_id: UUID = Field(primary_key=True, foreign_key=OWNER_ID, ondelete="CASCADE")
    idempotency_key: str = Field(primary_key=True, sa_type=Text)
    conversation_id: UUID | None
    """None, as `turn`, if the key was discarded before its message arrived. The conversation may be gone."""
    turn: int | None
    run_id: UUID | None
    """The run that was answering it."""
    created_at: datetime = Field(sa_column_kwargs=_now)
