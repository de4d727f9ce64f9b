"""The statements of docs/data.md delete what they say, and nothing else."""

import re
from uuid import UUID

from support.client import Person
from support.database import ROOT, Database

DOCUMENT = ROOT / "docs/data.md"


async def prune(database: Database) -> None:
    statements = re.findall(r"```sql\n(.+?);\n```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
    assert len(statements) == 3
    for statement in statements:
        await database.fetch(statement)


async def add_turn(database: Database, person: Person, conversation_id: UUID, age: str, *, is_answered: bool) -> None:
    """Insert a turn with one step and one call."""
    for role in ("user", "assistant") if is_answered else ("user",):
        await database.fetch(
            """insert into message (id, conversation_id, user_id, turn, role, content, idempotency_key, runs)
               values (gen_random_uuid(), $1, $2, 1, $3::text, 'hello',
                 case $3::text when 'user' then gen_random_uuid()::text end, case $3::text when 'user' then 1 end)""",
            conversation_id,
            person.id,
            role,
        )
    await database.fetch(
        """insert into step (conversation_id, turn, step, output, created_at)
           values ($1, 1, 0, '[]', now() - $2::text::interval)""",
        conversation_id,
        age,
    )
    await database.fetch(
        """insert into tool_call (conversation_id, turn, step, position, run_id, name, arguments, result)
           values ($1, 1, 0, 0, gen_random_uuid(), 'x', '{}', '{}')""",
        conversation_id,
    )


async def test_pruning_deletes_what_is_old(database: Database, alice: Person) -> None:
    ids = {
        name: await database.create_conversation(alice.id, name) for name in ("old", "running", "calls", "open", "new")
    }
    await add_turn(database, alice, ids["old"], "3 years", is_answered=True)
    await add_turn(database, alice, ids["calls"], "2 years", is_answered=True)
    await add_turn(database, alice, ids["open"], "2 years", is_answered=False)
    await add_turn(database, alice, ids["new"], "2 days", is_answered=True)
    await database.fetch(
        "update conversation set updated_at = now() - interval '3 years' where title in ('old', 'running')"
    )
    await database.fetch(
        """update conversation set running_turn = 1, run_id = gen_random_uuid(), lease_until = now() + interval '1 min'
           where id = $1""",
        ids["running"],
    )
    for key, age in (("past", "91 days"), ("recent", "89 days")):
        await database.fetch(
            """insert into discarded_turn (user_id, idempotency_key, created_at)
               values ($1, $2, now() - $3::text::interval)""",
            alice.id,
            key,
            age,
        )
    await prune(database)
    query = "select title from conversation where user_id = $1 order by title"
    assert [row["title"] for row in await database.fetch(query, alice.id)] == ["calls", "new", "open", "running"]
    query = "select title from tool_call t join conversation c on c.id = conversation_id where user_id = $1 order by 1"
    assert [row["title"] for row in await database.fetch(query, alice.id)] == ["new", "open"]
    query = "select idempotency_key as key from discarded_turn where user_id = $1"
    assert [row["key"] for row in await database.fetch(query, alice.id)] == ["recent"]
