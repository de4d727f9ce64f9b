"""What an export reads. All of it runs in one snapshot."""

from uuid import UUID

from sqlalchemy import TextualSelect, Uuid, bindparam, text
from sqlalchemy.dialects.postgresql import JSONB

_MESSAGES = text("""
select c.id as conversation_id, c.title, c.created_at as started_at, c.updated_at as used_at,
  m.id, m.sequence, m.role, m.content, m.idempotency_key, m.created_at,
  (select coalesce(jsonb_agg(to_jsonb(t) order by t.step, t.position), '[]')
     from tool_call t where t.conversation_id = m.conversation_id and t.turn = shown.turn) as tool_calls,
  (select coalesce(jsonb_agg(said.item -> 'text' order by s.step, said.position), '[]')
     from step s, jsonb_array_elements(s.output) with ordinality as said (item, position)
     where s.conversation_id = m.conversation_id and s.turn = shown.turn
       and said.item ->> 'type' = 'message') as remarks
from conversation c
left join message m on m.conversation_id = c.id
-- What was done for a turn is shown with its answer, or with the user's message where there is none.
left join lateral (
  select m.turn where m.role = 'assistant' or not exists (
    select from message answer where answer.conversation_id = m.conversation_id and answer.sequence = m.turn * 2)
) as shown on true
where c.user_id = :user_id
order by c.created_at, c.id, m.sequence
""")


def messages(user_id: UUID) -> TextualSelect:
    """A row for each message, in order, with its conversation; one without a message where there is none."""
    return _MESSAGES.bindparams(bindparam("user_id", user_id, Uuid)).columns(tool_calls=JSONB, remarks=JSONB)
