"""People and conversations for a benchmark, written by SQL."""

from dataclasses import dataclass
from uuid import UUID

from load.models import ANSWER
from support.database import Database
from support.issuer import Issuer

QUESTION = "please add milk to my list"


@dataclass(frozen=True)
class Person:
    id: UUID
    token: str


async def create_person(database: Database, issuer: Issuer) -> Person:
    user_id = await database.create_user()
    await database.fetch("insert into owner (user_id) values ($1)", user_id)
    return Person(user_id, issuer.token(user_id, exp=2**40))


@dataclass(frozen=True)
class Conversation:
    id: UUID
    person: Person


async def create_conversations(database: Database, conversations: list[Conversation], messages: int) -> None:
    """Insert conversations with this many messages each: questions and answers, no tool calls."""
    ids, owners = _columns(conversations)
    await database.fetch(
        """insert into conversation (id, user_id, title, last_turn)
           select id, owner, $3, $4::int / 2 from unnest($1::uuid[], $2::uuid[]) as given (id, owner)""",
        ids,
        owners,
        f"{messages} messages",
        messages,
    )
    await database.fetch(
        """insert into message (id, conversation_id, user_id, turn, role, content, idempotency_key, runs)
           select gen_random_uuid(), given.id, owner, (n + 1) / 2, case when n % 2 = 1 then 'user' else 'assistant' end,
                  case when n % 2 = 1 then $4 else $5 end,
                  case when n % 2 = 1 then gen_random_uuid()::text end, case when n % 2 = 1 then 1 end
           from unnest($1::uuid[], $2::uuid[]) as given (id, owner), generate_series(1, $3::int) n""",
        ids,
        owners,
        messages,
        QUESTION,
        ANSWER,
    )


async def create_usual_conversations(database: Database, conversations: list[Conversation], messages: int) -> None:
    """Likewise, in the tables of the usual way."""
    ids, owners = _columns(conversations)
    await database.fetch(
        """insert into usual.conversation (id, user_id, updated_at)
           select id, owner, now() from unnest($1::uuid[], $2::uuid[]) as given (id, owner)""",
        ids,
        owners,
    )
    await database.fetch("insert into usual.agent_sessions (session_id) select unnest($1::uuid[])::text", ids)
    await database.fetch(
        """insert into usual.agent_messages (session_id, message_data)
           select id::text, json_build_object('content', case when n % 2 = 1 then $3 else $4 end,
                                              'role', case when n % 2 = 1 then 'user' else 'assistant' end)::text
           from unnest($1::uuid[]) id, generate_series(1, $2::int) n""",
        ids,
        messages,
        QUESTION,
        ANSWER,
    )


def _columns(conversations: list[Conversation]) -> tuple[list[UUID], list[UUID]]:
    return [each.id for each in conversations], [each.person.id for each in conversations]


async def remove_turns(database: Database) -> None:
    """Bring every conversation back to the length that it was created with."""
    for statement in (
        "delete from conversation where title !~ '^\\d+ messages$'",
        """delete from message m using conversation c
           where m.conversation_id = c.id and m.sequence > split_part(c.title, ' ', 1)::int""",
        """delete from step s using conversation c
           where s.conversation_id = c.id and s.turn > split_part(c.title, ' ', 1)::int / 2""",
        "update conversation set last_turn = split_part(title, ' ', 1)::int / 2",
        "delete from task",
        # Ours have a blank before each colon, the SDK's don't.
        """delete from usual.agent_messages where message_data !~ '^{"content" '""",
        "vacuum analyze",
    ):
        await database.fetch(statement)
