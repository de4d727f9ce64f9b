"""The file that a user takes along."""

from datetime import datetime
from uuid import UUID

from taskchat.conversations.schemas import ConversationPublic, MessagePublic, ToolCallPublic
from taskchat.http.schemas import ResponseBody
from taskchat.tasks.schemas import TaskPublic


class ExportHead(ResponseBody):
    exported_at: datetime
    """The moment that all of it shows."""
    user_id: UUID


class ExportedToolCall(ToolCallPublic):
    created_at: datetime


class ExportedMessage(MessagePublic):
    tool_calls: list[ExportedToolCall]  # type: ignore[assignment]  # never written to
    remarks: list[str]
    """What the assistant said between its tool calls."""


class ExportedConversation(ConversationPublic):
    messages: list[ExportedMessage]
    """In the order in which they were said."""


class Export(ExportHead):
    """All that is stored of a user, but for the service's own notes: leases, counts of attempts."""

    conversations: list[ExportedConversation]
    """The first one first."""
    tasks: list[TaskPublic]
    """In the order in which they were made."""
