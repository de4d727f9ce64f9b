"""Reading, renaming and deleting one user's conversations.

`taskchat.chat` writes their messages.
"""

from itertools import groupby
from uuid import UUID

from sqlalchemy import case, func, select
from sqlalchemy import delete as sql_delete
from sqlalchemy import update as sql_update
from sqlmodel import col

from taskchat.accounts.owners import require_account, within_rate
from taskchat.conversations.models import Conversation, Message, ToolCall
from taskchat.conversations.schemas import (
    ConversationPage,
    ListedConversation,
    MessagePage,
    MessagePublic,
    SnippetPart,
    ToolCallPublic,
)
from taskchat.conversations.search import newest_first, search, snippet_of
from taskchat.database.engine import Session
from taskchat.errors import ConversationNotFound
from taskchat.http.pagination import decode_cursor, encode_cursor, split_page


async def list_page(
    session: Session, user_id: UUID, *, containing: str | None, limit: int, cursor: str | None
) -> ConversationPage:
    """List a page of conversations, or of those with a text in their title or messages.

    A search stops after `SEARCHED_AT_ONCE` conversations: its page may be short or empty, and its cursor continues
    from there.
    """
    after = decode_cursor(cursor) if cursor else None
    counted = within_rate(session, user_id, only_reads=True)
    if not containing:
        statement = newest_first(user_id, after).limit(limit + 1).where(counted)
        rows, next_cursor = split_page((await session.scalars(statement)).all(), limit, "updated_at")
        return ConversationPage(items=[_to_listed(row) for row in rows], next_cursor=next_cursor)
    found = (await session.execute(search(user_id, containing, after, limit, counted))).all()
    matches = [_to_listed(row[0], snippet_of(row, containing), row.sequence) for row in found if row.is_match]
    items, next_cursor = split_page(matches, limit, "updated_at")
    if next_cursor is None and found and found[-1].is_last:
        oldest = found[-1][0]
        next_cursor = encode_cursor(oldest.updated_at, oldest.id)
    return ConversationPage(items=list(items), next_cursor=next_cursor)


def _to_listed(
    conversation: Conversation, snippet: list[SnippetPart] | None = None, found_sequence: int | None = None
) -> ListedConversation:
    return ListedConversation(**conversation.model_dump(), snippet=snippet, found_sequence=found_sequence)


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
        select(func.oldest_turn_of_page(conversation_id, last_turn.scalar_subquery(), PAGE_BYTES, limit))
        .where(*its_own)
        .correlate(None)
    )
    first_sequence = select(func.min(col(Message.sequence))).where(col(Message.conversation_id) == conversation_id)
    wanted = col(Message.conversation_id) == col(Conversation.id)
    # By sequence, since the index has no turns.
    wanted &= col(Message.sequence) >= oldest_turn.scalar_subquery() * 2 - 1
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
        col(Message.sequence).between(page[0].turn * 2, page[-1].turn * 2),
    )
    calls = (await session.scalars(statement)).all()
    answers = set((await session.scalars(answered)).all()) if calls else set()
    return {
        turn * 2 if turn in answers else turn * 2 - 1: [ToolCallPublic.model_validate(call) for call in of_turn]
        for turn, of_turn in groupby(calls, key=lambda call: call.turn)
    }


async def get_title(session: Session, user_id: UUID, conversation_id: UUID) -> str:
    """Count a request, return the title, and release the connection.

    Raises:
        ConversationNotFound: the user has no such conversation.
    """
    statement = (
        select(col(Conversation.title))
        .where(col(Conversation.id) == conversation_id, col(Conversation.user_id) == user_id)
        .where(within_rate(session, user_id, only_reads=True))
    )
    title: str | None = (await session.scalars(statement)).one_or_none()
    await session.rollback()
    if title is None:
        raise ConversationNotFound
    return title


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
