"""Reading, renaming and deleting one user's conversations.

`taskchat.chat` writes their messages.
"""

from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, case, func, or_, select, tuple_
from sqlalchemy import delete as sql_delete
from sqlalchemy import update as sql_update
from sqlalchemy.orm import aliased
from sqlmodel import col

from taskchat.accounts.owners import require_account, within_rate
from taskchat.conversations.models import Conversation, Message, ToolCall
from taskchat.conversations.schemas import (
    ConversationPage,
    ConversationPublic,
    MessagePage,
    MessagePublic,
    ToolCallPublic,
)
from taskchat.database.engine import Session
from taskchat.errors import ConversationNotFound
from taskchat.http.pagination import decode_cursor, encode_cursor, split_page

SEARCHED_AT_ONCE = 5000
"""The maximum number of conversations that one search request reads."""


async def list_page(
    session: Session, user_id: UUID, *, title_contains: str | None, limit: int, cursor: str | None
) -> ConversationPage:
    """List a page of conversations.

    A search stops after `SEARCHED_AT_ONCE` conversations: its page may be short or empty, and its cursor continues
    from there.
    """
    after = decode_cursor(cursor) if cursor else None
    counted = within_rate(session, user_id, only_reads=True)
    if not title_contains:
        statement = _newest_first(user_id, after).limit(limit + 1).where(counted)
        rows, next_cursor = split_page((await session.scalars(statement)).all(), limit, "updated_at")
    else:
        found = (await session.execute(search(user_id, title_contains, after, limit, counted))).all()
        matches = [row[0] for row in found if row.is_match]
        rows, next_cursor = split_page(matches, limit, "updated_at")
        if next_cursor is None and found and found[-1].number == SEARCHED_AT_ONCE:
            oldest = found[-1][0]
            next_cursor = encode_cursor(oldest.updated_at, oldest.id)
    return ConversationPage(items=[ConversationPublic.model_validate(row) for row in rows], next_cursor=next_cursor)


def _newest_first(user_id: UUID, after: tuple[datetime, UUID] | None) -> Select[Any]:
    statement = select(Conversation).where(col(Conversation.user_id) == user_id)
    if after is not None:
        statement = statement.where(tuple_(col(Conversation.updated_at), col(Conversation.id)) < after)
    return statement.order_by(col(Conversation.updated_at).desc(), col(Conversation.id).desc())


def search(
    user_id: UUID,
    title_contains: str,
    after: tuple[datetime, UUID] | None,
    limit: int,
    counted: ColumnElement[bool] | None = None,
) -> Select[Any]:
    """The newest conversations whose title contains the text, among the next `SEARCHED_AT_ONCE`.

    The last of those is always a row, whether it matches or not, so that the next search can start there.
    """
    searched = _newest_first(user_id, after).limit(SEARCHED_AT_ONCE)
    if counted is not None:
        searched = searched.where(counted)
    part = searched.add_columns(
        func.row_number()
        .over(order_by=(col(Conversation.updated_at).desc(), col(Conversation.id).desc()))
        .label("number")
    ).subquery()
    conversation = aliased(Conversation, part)
    matches = col(conversation.title).icontains(title_contains, autoescape=True)
    return (
        select(conversation, part.c.number, matches.label("is_match"))
        .where(or_(matches, part.c.number == SEARCHED_AT_ONCE))
        .order_by(part.c.number)
        .limit(limit + 1)
    )


PAGE_BYTES = 1_000_000
"""The maximum size of a page of messages with their tool calls. Its newest turn is always whole."""


async def list_messages(
    session: Session, user_id: UUID, conversation_id: UUID, *, before: int | None, limit: int
) -> MessagePage:
    """List the newest messages before the given sequence number, oldest first, with their tool calls.

    Large messages make the page shorter than `limit`.

    Raises:
        ConversationNotFound: the user has no such conversation.
    """
    its_own = col(Conversation.id) == conversation_id, col(Conversation.user_id) == user_id
    # Numbers may be missing: their turns were discarded.
    last_turn = (
        select(col(Message.turn))
        .where(col(Message.conversation_id) == conversation_id, *([col(Message.sequence) < before] if before else []))
        .order_by(col(Message.sequence).desc())
        .limit(1)
    )
    oldest_turn = (
        select(func.oldest_turn_within(conversation_id, last_turn.scalar_subquery(), PAGE_BYTES))
        .where(*its_own)
        .correlate(None)
    )
    first_sequence = select(func.min(col(Message.sequence))).where(col(Message.conversation_id) == conversation_id)
    wanted = col(Message.conversation_id) == col(Conversation.id)
    wanted &= col(Message.turn) >= oldest_turn.scalar_subquery()
    if before is not None:
        wanted &= col(Message.sequence) < before
    is_running = col(Conversation.lease_until) > func.clock_timestamp()
    running_turn = case((is_running, col(Conversation.running_turn))).label("running_turn")
    newest = (
        select(
            col(Conversation.title),
            running_turn,
            first_sequence.correlate(None).scalar_subquery().label("first_sequence"),
            Message,
        )
        .outerjoin_from(Conversation, Message, wanted)
        .where(*its_own)
        .order_by(col(Message.sequence).desc())
        .limit(limit)
    )
    newest = newest.where(within_rate(session, user_id, only_reads=True))
    rows = (await session.execute(newest)).all()
    if not rows:
        raise ConversationNotFound
    page = [row.Message for row in reversed(rows) if row.Message]
    calls = await _tool_calls_by_message(session, conversation_id, page)
    return MessagePage(
        title=rows[0].title,
        running_sequence=None if rows[0].running_turn is None else rows[0].running_turn * 2 - 1,
        items=[_to_public(message, calls.get(message.sequence, [])) for message in page],
        next_before=page[0].sequence if page and page[0].sequence > rows[0].first_sequence else None,
    )


def _to_public(message: Message, tool_calls: list[ToolCallPublic]) -> MessagePublic:
    return MessagePublic.model_validate({**message.model_dump(), "tool_calls": tool_calls})


async def _tool_calls_by_message(
    session: Session, conversation_id: UUID, page: list[Message]
) -> dict[int, list[ToolCallPublic]]:
    """Tool calls by the sequence number of the message that shows them.

    That is the answer, or the user's message if the turn has no answer.
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
    """Rename a conversation.

    Raises:
        ConversationNotFound: the user has no such conversation.
    """
    statement = (
        sql_update(Conversation)
        .where(col(Conversation.id) == conversation_id, col(Conversation.user_id) == user_id)
        .where(within_rate(session, user_id))
        .values(title=title)
        .returning(Conversation)
    )
    conversation: Conversation | None = (await session.scalars(statement)).one_or_none()
    if conversation is None:
        await require_account(session, user_id)
        raise ConversationNotFound
    return conversation


async def delete(session: Session, user_id: UUID, conversation_id: UUID) -> None:
    """Delete a conversation with its messages. Changes that the assistant made stay.

    Raises:
        ConversationNotFound: the user has no such conversation.
    """
    statement = (
        sql_delete(Conversation)
        .where(col(Conversation.id) == conversation_id, col(Conversation.user_id) == user_id)
        .where(within_rate(session, user_id))
        .returning(col(Conversation.id))
    )
    if (await session.scalars(statement)).one_or_none() is None and not session.was_repeated:
        await require_account(session, user_id)
        raise ConversationNotFound
