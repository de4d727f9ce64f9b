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
    """When a message in it was last sent or answered."""


class SnippetPart(ResponseBody):
    text: str
    is_match: bool
    """Whether the search asked for this."""


class ListedConversation(ConversationPublic):
    snippet: list[SnippetPart] | None
    """For a search: an excerpt of the newest message that has all its words, as plain text; null if only the title
    matches."""
    found_sequence: int | None
    """That message's sequence number."""


class ConversationPage(ResponseBody):
    items: list[ListedConversation]
    next_cursor: str | None


class ToolCallPublic(ResponseBody):
    """A tool call of the assistant, with its result."""

    name: str
    arguments: dict[str, Any]
    result: Any


class MessagePublic(ResponseBody):
    id: UUID
    sequence: int
    """2n - 1 for the user's message of turn n, 2n for the answer to it. Numbers of discarded turns are missing."""
    role: Literal["user", "assistant"]
    content: str
    tool_calls: list[ToolCallPublic]
    """For an answer: the calls made for it. For a message without an answer: the calls made so far."""
    idempotency_key: str | None
    """For a user's message: the key to resend it with. Null for an answer."""
    created_at: datetime


class MessagePage(ResponseBody):
    title: str
    """The conversation's title."""
    items: list[MessagePublic]
    """Oldest first."""
    running_sequence: int | None
    """The sequence number of the message that is being answered now, or null."""
    next_before: int | None
    """`before` for the page of older messages; null when there are none."""
