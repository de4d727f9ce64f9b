"""Conversations as they travel over HTTP."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from taskchat.http.schemas import RequestBody, ResponseBody
from taskchat.text import NOT_BLANK, Title


class ConversationUpdate(RequestBody):
    title: Title = Field(examples=["The week's shopping"], json_schema_extra=NOT_BLANK)


class ConversationPublic(ResponseBody):
    id: UUID
    title: str
    created_at: datetime
    updated_at: datetime
    """When a message of it was last sent or answered."""


class ConversationPage(ResponseBody):
    items: list[ConversationPublic]
    next_cursor: str | None


class ToolCallPublic(ResponseBody):
    """What the assistant did, and what came of it."""

    name: str
    arguments: dict[str, Any]
    result: Any


class MessagePublic(ResponseBody):
    id: UUID
    sequence: int
    """2n - 1 for the user's message of turn n, 2n for the answer to it."""
    role: Literal["user", "assistant"]
    content: str
    tool_calls: list[ToolCallPublic]
    """Of an answer: what was done for it. Of a message that has no answer (yet): what was done so far."""
    idempotency_key: str | None
    """Of the user's message: the key under which to send it again. Null for an answer."""
    created_at: datetime


class MessagePage(ResponseBody):
    title: str
    """The conversation's."""
    items: list[MessagePublic]
    """In the order in which they were said."""
    next_before: int | None
    """`before` for the page of older messages; null when there are none."""
