"""People and conversations for a benchmark, written by SQL."""

from dataclasses import dataclass
from uuid import UUID, uuid4

import asyncpg

from load.models import ANSWER
from load.sides import USUAL_SCHEMA
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


async def create_conversations(database: Database, person: Person, number: int, messages: int) -> list[UUID]:
    """Insert conversations with this many messages each: questions and answers, no tool calls."""
    ids = [uuid4() for _ in range(number)]
    await database.fetch(
        """insert into conversation (id, user_id, title, last_turn)
           select unnest($1::uuid[]), $2, $4, $3::int / 2""",
        ids,
        person.id,
        messages,
        f"{messages} messages",
    )
    await database.fetch(
        """insert into message (id, conversation_id, user_id, turn, role, content, idempotency_key, runs)
           select gen_random_uuid(), c, $2, (n + 1) / 2, case when n % 2 = 1 then 'user' else 'assistant' end,
                  case when n % 2 = 1 then $4 else $5 end,
                  case when n % 2 = 1 then gen_random_uuid()::text end, case when n % 2 = 1 then 1 end
           from unnest($1::uuid[]) c, generate_series(1, $3::int) n""",
        ids,
        person.id,
        messages,
        QUESTION,
        ANSWER,
    )
    return ids


async def create_usual_conversations(database: Database, person: Person, number: int, messages: int) -> list[UUID]:
    """Likewise, in the tables of the usual way."""
    ids = [uuid4() for _ in range(number)]
    connection = await asyncpg.connect(database.admin_url, server_settings={"search_path": USUAL_SCHEMA})
    try:
        await connection.execute(
            "insert into conversation (id, user_id, updated_at) select unnest($1::uuid[]), $2, now()", ids, person.id
        )
        await connection.execute("insert into agent_sessions (session_id) select unnest($1::uuid[])::text", ids)
        await connection.execute(
            """insert into agent_messages (session_id, message_data)
               select c::text, json_build_object('content', case when n % 2 = 1 then $3 else $4 end,
                                                 'role', case when n % 2 = 1 then 'user' else 'assistant' end)::text
               from unnest($1::uuid[]) c, generate_series(1, $2::int) n""",
            ids,
            messages,
            QUESTION,
            ANSWER,
        )
    finally:
        await connection.close()
    return ids


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
