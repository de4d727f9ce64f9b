"""An account is deleted with everything in it, in time that grows with what is in it."""

from uuid import UUID

from support.database import Database

CONVERSATIONS = 300
MESSAGES = 40


async def store_conversations(database: Database, people: list[UUID]) -> None:
    """Insert a conversation with `MESSAGES` messages for each of the people, who may be the same."""
    await database.fetch("insert into owner (user_id) select distinct unnest($1::uuid[])", people)
    await database.fetch(
        """with talk as (
             insert into conversation (id, user_id, title, last_turn)
             select gen_random_uuid(), unnest($1::uuid[]), 'hello', $2::int / 2 returning id, user_id
           )
           insert into message (id, conversation_id, user_id, turn, role, content, idempotency_key, runs)
           select gen_random_uuid(), talk.id, user_id, (n + 1) / 2,
                  case n % 2 when 1 then 'user' else 'assistant' end, '',
                  case n % 2 when 1 then gen_random_uuid()::text end, case n % 2 when 1 then 1 end
           from talk, generate_series(1, $2::int) n""",
        people,
        MESSAGES,
    )


async def test_many_conversations_are_deleted_without_reading_all_messages_for_each(database: Database) -> None:
    """Postgres combines two indexes if most people have few messages, and one of them lists every message of a user."""
    heavy = await database.create_user()
    others = [await database.create_user() for _ in range(CONVERSATIONS)]
    await store_conversations(database, [heavy] * CONVERSATIONS + others)
    await database.fetch("vacuum analyze")
    read = """select sum(idx_tup_read)::int + (select seq_tup_read::int from pg_stat_user_tables
                where schemaname = 'chat' and relname = 'message') as entries
              from pg_stat_user_indexes where schemaname = 'chat' and relname = 'message'"""
    [before] = await database.fetch(read)
    await database.delete_user(heavy)
    [after] = await database.fetch(read)
    assert await database.count("message", user_id=heavy) == 0
    stored = CONVERSATIONS * MESSAGES
    assert stored <= after["entries"] - before["entries"] <= 2 * stored
