"""`/api/{user_id}/conversations`."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import StringConstraints

from taskchat.auth.gate import CurrentUser
from taskchat.conversations import service
from taskchat.conversations.models import Conversation
from taskchat.conversations.schemas import ConversationPage, ConversationPublic, ConversationUpdate, MessagePage
from taskchat.errors import ConversationNotFound
from taskchat.http.dependencies import SessionDep
from taskchat.http.openapi import problems
from taskchat.http.pagination import Cursor, Limit
from taskchat.text import ANY_TEXT, Storable

router = APIRouter(prefix="/api/{user_id}/conversations", tags=["conversations"])

Contains = Annotated[
    str | None,
    StringConstraints(max_length=200),
    Storable,
    Query(
        description="Only those whose title contains this, or with a message that has all its words. "
        "The last word may be unfinished.",
        json_schema_extra=ANY_TEXT,
    ),
]


@router.get("", response_model=ConversationPage, responses=problems())
async def list_conversations(
    user: CurrentUser, session: SessionDep, q: Contains = None, limit: Limit = 30, cursor: Cursor = None
) -> ConversationPage:
    """List your conversations, most recently used first.

    A search reads a few thousand conversations per request, or fewer if its words are common. A page may therefore
    have fewer items than `limit`, or none, and still have a `next_cursor` for older ones.
    """
    return await service.list_page(session, user.id, containing=q, limit=limit, cursor=cursor)


@router.get("/{conversation_id}/messages", response_model=MessagePage, responses=problems(ConversationNotFound))
async def list_messages(
    user: CurrentUser,
    session: SessionDep,
    conversation_id: UUID,
    before: Annotated[
        int | None, Query(ge=1, lt=2**31, description="Only messages before this sequence number.")
    ] = None,
    limit: Limit = 50,
) -> MessagePage:
    """List a page of messages, oldest first: the newest ones unless `before` is given."""
    return await service.list_messages(session, user.id, conversation_id, before=before, limit=limit)


@router.patch("/{conversation_id}", response_model=ConversationPublic, responses=problems(ConversationNotFound))
async def rename_conversation(
    user: CurrentUser, session: SessionDep, conversation_id: UUID, body: ConversationUpdate
) -> Conversation:
    """Rename a conversation."""
    return await service.rename(session, user.id, conversation_id, body.title)


@router.delete("/{conversation_id}", status_code=204, responses=problems(ConversationNotFound))
async def delete_conversation(user: CurrentUser, session: SessionDep, conversation_id: UUID) -> None:
    """Delete a conversation with all its messages. Changes that the assistant made stay."""
    await service.delete(session, user.id, conversation_id)
