"""`POST /api/{user_id}/chat` as it travels over HTTP."""

from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from taskchat.conversations.schemas import ToolCallPublic
from taskchat.http.schemas import RequestBody, ResponseBody
from taskchat.text import NOT_BLANK, Storable


class ChatRequest(RequestBody):
    message: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1), Storable] = Field(
        json_schema_extra=NOT_BLANK
    )
    conversation_id: Annotated[UUID | None, Field(strict=False)] = None
    """The conversation to go on with; without one a new conversation begins."""


class ChatResponse(ResponseBody):
    conversation_id: UUID
    response: str
    """In Markdown."""
    tool_calls: list[ToolCallPublic]
    """What the assistant did for this message, in order."""
