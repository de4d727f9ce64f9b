"""The conversations of one user, as far as they are read, renamed and deleted.

What is said in them is written by `taskchat.chat`.
"""

from itertools import groupby
from uuid import UUID

from sqlalchemy import delete as sql_delete
from sqlalchemy import func, select, tuple_
from sqlalchemy import update as sql_update
from sqlmodel import col

from taskchat.auth.owners import require_account
from taskchat.conversations.models import Conversation, Message, ToolCall
from taskchat.conversations.schemas import (
    ConversationPage,
    ConversationPublic,
    MessagePage,
    MessagePublic,
    ToolCallPublic,
)
from taskchat.database import Session
from taskchat.errors import ConversationNotFound
from taskchat.pagination import decode_cursor, split_page


async def list_page(
    session: Session, user_id: UUID, *, title_contains: str | None, limit: int, cursor: str | None
) -> ConversationPage:
    statement = (
        select(Conversation)
        .where(col(Conversation.user_id) == user_id)
        .order_by(col(Conversation.updated_at).desc(), col(Conversation.id).desc())
        .limit(limit + 1)
    )
    if title_contains:
        statement = statement.where(col(Conversation.title).icontains(title_contains, autoescape=True))
    if cursor:
        statement = statement.where(tuple_(col(Conversation.updated_at), col(Conversation.id)) < decode_cursor(cursor))
    rows, next_cursor = split_page((await session.scalars(statement)).all(), limit, "updated_at")
    return ConversationPage(items=[ConversationPublic.model_validate(row) for row in rows], next_cursor=next_cursor)


PAGE_BYTES = 1_000_000
"""What a page of messages takes at most with all that was done for them, but for its newest turn, which is whole."""


async def list_messages(
    session: Session, user_id: UUID, conversation_id: UUID, *, before: int | None, limit: int
) -> MessagePage:
    """The newest messages before the given sequence number, oldest first, with their tool calls.

    Fewer than `limit` where they are large.

    Raises:
        ConversationNotFound: the user has no such conversation.
    """
    its_own = col(Conversation.id) == conversation_id, col(Conversation.user_id) == user_id
    last_turn = col(Conversation.last_turn) if before is None else func.least(col(Conversation.last_turn), before // 2)
    oldest_turn = (
        select(func.oldest_turn_within(conversation_id, last_turn, PAGE_BYTES)).where(*its_own).correlate(None)
    )
    wanted = col(Message.conversation_id) == col(Conversation.id)
    wanted &= col(Message.turn) >= oldest_turn.scalar_subquery()
    if before is not None:
        wanted &= col(Message.sequence) < before
    newest = (
        select(col(Conversation.title), Message)
        .outerjoin_from(Conversation, Message, wanted)
        .where(*its_own)
        .order_by(col(Message.sequence).desc())
        .limit(limit)
    )
    rows = (await session.execute(newest)).all()
    if not rows:
        raise ConversationNotFound
    page = [row.Message for row in reversed(rows) if row.Message]
    calls = await _tool_calls_by_message(session, conversation_id, page)
    return MessagePage(
        title=rows[0].title,
        items=[_to_public(message, calls.get(message.sequence, [])) for message in page],
        next_before=page[0].sequence if page and page[0].sequence > 1 else None,  # every turn has its first message
    )


def _to_public(message: Message, tool_calls: list[ToolCallPublic]) -> MessagePublic:
    return MessagePublic.model_validate({**message.model_dump(), "tool_calls": tool_calls})


async def _tool_calls_by_message(
    session: Session, conversation_id: UUID, page: list[Message]
) -> dict[int, list[ToolCallPublic]]:
    """Tool calls by the sequence number of the message that they are shown with.

    That is the answer, or the user's message where its turn has no answer.
    """
    if not page:
        return {}
    statement = (
        select(ToolCall)
        .where(col(ToolCall.conversation_id) == conversation_id)
        .where(col(ToolCall.turn).between(page[0].turn, page[-1].turn))
        .order_by(col(ToolCall.turn), col(ToolCall.step), col(ToolCall.position))
    )
    answered = select(col(Message.turn)).where(
        col(Message.conversation_id) == conversation_id,
        col(Message.role) == "assistant",
        col(Message.turn).between(page[0].turn, page[-1].turn),
    )
    calls = (await session.scalars(statement)).all()
    answers = set((await session.scalars(answered)).all()) if calls else set()
    return {
        turn * 2 if turn in answers else turn * 2 - 1: [ToolCallPublic.model_validate(call) for call in of_turn]
        for turn, of_turn in groupby(calls, key=lambda call: call.turn)
    }


async def rename(session: Session, user_id: UUID, conversation_id: UUID, title: str) -> Conversation:
    """The conversation with its new title.

    Raises:
        ConversationNotFound: the user has no such conversation.
    """
    statement = (
        sql_update(Conversation)
        .where(col(Conversation.id) == conversation_id, col(Conversation.user_id) == user_id)
        .values(title=title)
        .returning(Conversation)
    )
    conversation: Conversation | None = (await session.scalars(statement)).one_or_none()
    if conversation is None:
        await require_account(session, user_id)
        raise ConversationNotFound
    return conversation


async def delete(session: Session, user_id: UUID, conversation_id: UUID) -> None:
    """Delete the conversation with all that was said and done in it; the tasks stay.

    Raises:
        ConversationNotFound: the user has no such conversation.
    """
    statement = (
        sql_delete(Conversation)
        .where(col(Conversation.id) == conversation_id, col(Conversation.user_id) == user_id)
        .returning(col(Conversation.id))
    )
    if (await session.scalars(statement)).one_or_none() is None and not session.was_repeated:
        await require_account(session, user_id)
        raise ConversationNotFound
