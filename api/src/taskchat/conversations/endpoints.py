"""`/api/{user_id}/conversations`."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header, Query
from pydantic import StringConstraints
from starlette.responses import StreamingResponse

from taskchat.accounts.endpoints import FILE_NAME, Download, ExportsDep
from taskchat.auth.gate import CurrentUser
from taskchat.conversations import service
from taskchat.conversations.models import Conversation
from taskchat.conversations.schemas import ConversationPage, ConversationPublic, ConversationUpdate, MessagePage
from taskchat.conversations.transcript import DescribeCall, slug, transcript
from taskchat.errors import ConversationNotFound, ExportUnavailable
from taskchat.http.dependencies import SessionDep
from taskchat.http.openapi import problems
from taskchat.http.pagination import Cursor, Limit
from taskchat.http.time_zones import read_time_zone
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


def transcript_router(describe: DescribeCall) -> APIRouter:
    """Create the endpoint for one conversation as Markdown.

    Args:
        describe: describes tool calls.
    """
    transcripts = APIRouter(prefix="/api/{user_id}/conversations", tags=["conversations"])
    markdown = {"text/markdown": {"schema": {"type": "string"}}}

    @transcripts.get(
        "/{conversation_id}/export.md",
        response_class=StreamingResponse,
        responses={
            200: {"headers": FILE_NAME, "content": markdown},
            **problems(ConversationNotFound, ExportUnavailable),
        },
    )
    async def export_conversation(
        user: CurrentUser,
        session: SessionDep,
        exports: ExportsDep,
        conversation_id: UUID,
        time_zone: Annotated[
            str | None,
            Header(
                alias="Time-Zone",
                description="The IANA name of the zone for the messages' times. A missing or unknown name means UTC.",
                examples=["Europe/Berlin"],
            ),
        ] = None,
    ) -> StreamingResponse:
        """Download a conversation as Markdown, with the changes that the assistant made."""
        title = await service.get_title(session, user.id, conversation_id)
        kept = await exports.create(user.id, transcript(conversation_id, read_time_zone(time_zone), describe))
        parts = ("taskchat", slug(title), f"{datetime.now(UTC):%Y-%m-%d}")
        name = f"{'-'.join(filter(None, parts))}.md"
        return Download(kept, name, "text/markdown; charset=utf-8", ended=lambda: exports.discard(kept))

    return transcripts
