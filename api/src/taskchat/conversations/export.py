"""The conversations' section of an export."""

from collections.abc import AsyncIterator
from datetime import datetime
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import TextualSelect, Uuid, bindparam, text
from sqlalchemy.dialects.postgresql import JSONB

from taskchat.accounts.export import ExportSection, Rows
from taskchat.conversations.schemas import ConversationPublic, MessagePublic, ToolCallPublic


class ExportedToolCall(ToolCallPublic):
    created_at: datetime


class ExportedMessage(MessagePublic):
    tool_calls: list[ExportedToolCall]  # type: ignore[assignment]  # never written to
    remarks: list[str]
    """What the assistant said between its tool calls."""


class ExportedConversation(ConversationPublic):
    messages: list[ExportedMessage]
    """In chronological order."""


_ROWS = """
select c.id as conversation_id, c.title, c.created_at as started_at, c.updated_at as used_at,
  m.id, m.sequence, m.role, m.content, m.idempotency_key, m.created_at,
  m.role = 'user' and shown.turn is not null as is_unanswered,
  coalesce(c.running_turn = m.turn and c.lease_until > clock_timestamp(), false) as is_running,
  (select coalesce(jsonb_agg(to_jsonb(t) order by t.step, t.position), '[]')
     from tool_call t where t.conversation_id = m.conversation_id and t.turn = shown.turn) as tool_calls,
  (select coalesce(jsonb_agg(said.item -> 'text' order by s.step, said.position), '[]')
     from step s, jsonb_array_elements(s.output) with ordinality as said (item, position)
     where s.conversation_id = m.conversation_id and s.turn = shown.turn
       and said.item ->> 'type' = 'message') as remarks
-- Conversation by conversation, so that the first rows come at once, however many there are.
from (
  select * from conversation where user_id = :user_id {of_one} order by created_at, id offset 0
) as c
left join lateral (
  select * from message where message.conversation_id = c.id order by sequence offset 0
) as m on true
-- A turn's tool calls are shown with its answer, or with the user's message if there is no answer.
left join lateral (
  select m.turn where m.role = 'assistant' or not exists (
    select from message answer where answer.conversation_id = m.conversation_id and answer.sequence = m.turn * 2)
) as shown on true
order by c.created_at, c.id, m.sequence
"""
_OF_ALL = text(_ROWS.format(of_one=""))
_OF_ONE = text(_ROWS.format(of_one="and id = :conversation_id"))


def _messages(user_id: UUID) -> TextualSelect:
    """A row for each message, in order, with its conversation; one without a message for an empty conversation."""
    return _OF_ALL.bindparams(bindparam("user_id", user_id, Uuid)).columns(tool_calls=JSONB, remarks=JSONB)


def messages_of(user_id: UUID, conversation_id: UUID) -> TextualSelect:
    """The same rows of one conversation."""
    ids = bindparam("user_id", user_id, Uuid), bindparam("conversation_id", conversation_id, Uuid)
    return _OF_ONE.bindparams(*ids).columns(tool_calls=JSONB, remarks=JSONB)


async def _write(_item: type[BaseModel], rows: Rows) -> AsyncIterator[str]:
    conversation_id = None
    async for row in rows:
        if row.conversation_id != conversation_id:
            yield "]}," if conversation_id else ""
            conversation = ConversationPublic(
                id=row.conversation_id, title=row.title, created_at=row.started_at, updated_at=row.used_at
            )
            yield f'{conversation.model_dump_json()[:-1]},"messages":['
        elif row.id:
            yield ","
        if row.id:
            yield ExportedMessage.model_validate(row).model_dump_json()
        conversation_id = row.conversation_id
    yield "]}" if conversation_id else ""


CONVERSATIONS = ExportSection(
    name="conversations",
    item=ExportedConversation,
    contents="conversations with what was said and done in them",
    order="Oldest first.",
    statement=_messages,
    write=_write,
)
