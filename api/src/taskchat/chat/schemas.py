"""`POST /api/{user_id}/chat` as it travels over HTTP."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, StringConstraints

from taskchat.conversations.schemas import ToolCallPublic
from taskchat.http.schemas import RequestBody, ResponseBody, extend
from taskchat.text import NOT_BLANK, Storable


class ChatRequest(RequestBody):
    message: str
    conversation_id: Annotated[UUID | None, Field(strict=False)] = None
    """The conversation to continue; omit it to start a new one."""
    new_conversation_id: Annotated[UUID | None, Field(strict=False)] = None
    """A random UUID for a new conversation, so that you know its id before the answer; omit it to get any."""


def chat_request(message_max_chars: int) -> type[ChatRequest]:
    """Create the request's schema for a maximum message length."""
    text = StringConstraints(strip_whitespace=True, min_length=1, max_length=message_max_chars)
    message: Any = Annotated[str, text, Storable], Field(json_schema_extra=NOT_BLANK)
    return extend(ChatRequest, {"message": message})


class ChatResponse(ResponseBody):
    conversation_id: UUID
    response: str
    """In Markdown."""
    tool_calls: list[ToolCallPublic]
    """What the assistant did for this message, in order."""
