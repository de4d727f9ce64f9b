"""The rows of a large database, made by SQL within minutes.

Everybody's conversations lie in twenty places of the tables, as in a database that grew over the years; but those of
one place are sorted by user, because the largest index is built twice as quickly then. All ids can be computed:
`md5('user' || 7)::uuid`.
"""

import sys
import time
from dataclasses import dataclass

import asyncpg

from support.database import Database

HEAVY, LONG, LISTER = 1, 2, 3
"""The numbers of people with very many conversations, a very long one, and very many tasks; others follow."""
MESSAGES = 20
"""Of a usual conversation."""
TASKS = 40
"""Of a usual person."""
BYTES_PER_MESSAGE = 900
"""With its share of indexes, tool calls and tasks, while the largest index is built."""
SENTENCES = 20_000
COMMON = "milk"
"""A word in half of the messages."""
RARE, OLD = "zanzibar", "quetzal"
"""Words in one message each of three new conversations of everybody, and of the oldest of HEAVY."""


@dataclass(frozen=True)
class Amounts:
    """How much to make.

    Attributes:
        conversations: of usual people and of HEAVY.
        people: how many usual people share those that are not HEAVY's.
        heavy_share: HEAVY has one conversation in so many.
        long_turns: of the conversation of LONG.
        tasks: of LISTER.
    """

    conversations: int
    people: int
    heavy_share: int
    long_turns: int
    tasks: int

    @property
    def messages(self) -> int:
        return self.conversations * MESSAGES + self.long_turns * 2


EMPTY = Amounts(conversations=500, people=21, heavy_share=5, long_turns=2000, tasks=200)
"""Enough to fill every page and every history that is compared."""


def amounts(size: float) -> Amounts:
    """Return the data's sizes for a share of a million conversations; special people are whole from 0.05 on."""
    conversations = max(500, int(1_000_000 * size))
    special = min(1.0, size * 20)
    return Amounts(
        conversations=conversations,
        people=max(21, int(47_500 * size) // 10 * 10 + 1),
        heavy_share=max(5, conversations // 50_000),
        long_turns=max(EMPTY.long_turns, int(20_000 * special)),
        tasks=max(EMPTY.tasks, int(20_000 * special)),
    )


def person(number: str) -> str:
    """An SQL expression for a person's id."""
    return f"md5('user' || {number})::uuid"


TABLES = "any(array['message', 'tool_call', 'step', 'task', 'conversation']::regclass[])"
CONSTRAINTS = f"""
select conrelid::regclass::text as relation, conname as name, pg_get_constraintdef(oid) as definition
from pg_constraint where conrelid = {TABLES} and contype in ('f', 'p', 'u') order by contype = 'f' desc, oid
"""  # noqa: S608
INDEXES = f"""
select indexrelid::regclass::text as name, pg_get_indexdef(indexrelid) as definition
from pg_index where indrelid = {TABLES} and not exists (select from pg_constraint where conindid = indexrelid)
"""  # noqa: S608
CATALOGUE = """
select relname::text as name, pg_get_indexdef(c.oid) as definition, concat(relowner::regrole, relacl) as rights
from pg_class c where relnamespace = 'chat'::regnamespace and relkind in ('r', 'i')
union all
select concat(conrelid::regclass, conname), pg_get_constraintdef(oid), convalidated::text
from pg_constraint where connamespace = 'chat'::regnamespace
union all
select concat(tgrelid::regclass, regexp_replace(tgname, '\\d+', '')), min(tgenabled::text), count(*)::text
from pg_trigger group by 1
union all
select oid::regprocedure::text, prosrc, concat(proowner::regrole, proparallel, provolatile, procost)
from pg_proc where pronamespace = 'chat'::regnamespace
order by 1, 2
"""

QUICK_WORDS = """
create or replace function message_words(p_user uuid, p_content text) returns tsvector
language sql immutable strict parallel safe cost 1000 as $$
select array_to_tsvector(array(
  select replace(p_user::text, '-', '') || word from unnest(string_to_array(p_content, ' ')) as word))
$$
"""
"""Finds the words of our texts, which have nothing but lower-case letters, digits and single spaces, more quickly."""

STATEMENTS = {
    "people": """
        insert into auth."user" (id, name, email, "emailVerified", "createdAt", "updatedAt")
        select md5('user' || n)::uuid, 'Test', n || '@example.com', false, now(), now()
        from generate_series(1, $people + 3) n;
        insert into owner (user_id) select md5('user' || n)::uuid from generate_series(1, $people + 3) n
    """,
    "texts": """
        select setseed(0);
        create unlogged table texts as
        select n, string_agg(case k when 0 then '$common' else 'w' || substr(md5(k::text), 1, 2 + k % 7) end, ' ')
          as content
        from generate_series(0, $sentences - 1) n,
          lateral (select (2000 * random() ^ 3)::int as k from generate_series(1, 4 + n % 17)) as words
        group by n
    """,
    "conversations": """
        create unlogged table made as
        select *, row_number() over (partition by user_id order by n desc) as newness
        from (
          select n, md5('conversation' || n)::uuid as id,
            case when n > $conversations then md5('user2')::uuid when n % $heavy_share = 0 then md5('user1')::uuid
                 else md5('user' || 4 + n * 7919::bigint % $people)::uuid end as user_id,
            case when n > $conversations then $long_turns else $messages / 2 end as turns,
            timestamptz '2026-01-01' + n * interval '20 s' as at
          from generate_series(1, $conversations + 1) n
        ) as each
        order by n / $people, user_id, n;
        analyze texts, made;
        insert into conversation (id, user_id, title, last_turn, created_at, updated_at)
        select id, user_id, 'Plan ' || initcap(substr(content, 1, 40)), turns, at, at + turns * interval '1 min'
        from made join texts t on t.n = made.n * 31 % $sentences
    """,
    "messages": """
        insert into message (id, conversation_id, user_id, turn, role, content, idempotency_key, runs, created_at)
        select uuidv7(at - now() + turn * interval '1 min'), id, user_id, turn, role, content
            || case when newness > 3 or turn > 1 or role <> 'user' then '' else ' $rare' end
            || case when made.n <> $heavy_share or turn > 1 or role <> 'user' then '' else ' $old' end,
          case role when 'user' then gen_random_uuid()::text end, case role when 'user' then 1 end,
          at + turn * interval '1 min'
        from made cross join generate_series(1, turns) turn cross join unnest(array['user', 'assistant']) role
        join texts t
          on t.n = (made.n * 77003::bigint + turn * 31 + case role when 'user' then 0 else 7919 end) % $sentences
    """,
    "steps and tool calls": """
        insert into step (conversation_id, turn, step, output, created_at)
        select id, turn, 0, jsonb_build_array(jsonb_build_object('type', 'function_call', 'origin', 'offline',
            'name', 'add_task', 'arguments', '{"title": "Buy milk"}')), at + turn * interval '1 min'
        from made, generate_series(3, turns, 5) turn;
        insert into tool_call (conversation_id, turn, step, position, run_id, name, arguments, result, created_at)
        select id, turn, 0, 0, gen_random_uuid(), 'add_task', '{"title": "Buy milk"}',
          jsonb_build_object('id', gen_random_uuid(), 'title', 'Buy milk', 'due_on', null, 'due_at', null,
            'priority', 'none', 'completed', false, 'description', ''), at + turn * interval '1 min'
        from made, generate_series(3, turns, 5) turn
    """,
    "tasks": """
        insert into task (id, user_id, title, completed, due_on, priority, created_at, position)
        select uuidv7(at - now()), user_id, 'Task ' || n, n % 10 > 0,
          case when n % 2 = 0 then date '2026-01-01' + (n * 7 % 300)::int end,
          case when n % 5 = 0 then 'high' else 'none' end, at, extract(epoch from at)
        from (
          select n, md5('user' || 4 + n * 7919::bigint % $people)::uuid as user_id,
            timestamptz '2026-01-01' + n * interval '10 s' as at
          from generate_series(1, $people * $usual_tasks) n
          union all select n, md5('user3')::uuid, timestamptz '2026-01-01' + n * interval '1 min'
          from generate_series(1, $tasks) n
        ) as each
    """,
}


NO_WAL = (
    "alter system set wal_level = minimal",
    "alter system set max_wal_senders = 0",
    "alter system set max_wal_size = '4GB'",
)
"""Index builds then write no log, from the next start on."""


async def fill(database: Database, amounts: Amounts) -> None:
    """Insert the rows, without the indexes, and then build these as they were.

    Raises:
        RuntimeError: the schema is not the one that it was.
    """
    values = {name: getattr(amounts, name) for name in amounts.__dataclass_fields__}
    values |= {
        "messages": MESSAGES,
        "usual_tasks": TASKS,
        "sentences": SENTENCES,
        "rare": RARE,
        "old": OLD,
        "common": COMMON,
    }
    connection = await asyncpg.connect(database.admin_url, server_settings={"search_path": "chat, auth"})
    try:
        await connection.execute(
            "set join_collapse_limit = 1;"  # in the order of the first table
            "set synchronous_commit = off; set maintenance_work_mem = '512MB'; set work_mem = '256MB';"
            "set max_parallel_maintenance_workers = 1; set session_replication_role = replica"
        )
        before = await connection.fetch(CATALOGUE)
        constraints, indexes = await connection.fetch(CONSTRAINTS), await connection.fetch(INDEXES)
        for relation, name, _ in constraints:
            await _run(connection, None, f"alter table {relation} drop constraint {name}")
        for name, _ in indexes:
            await _run(connection, None, f"drop index {name}")
        for step, statement in STATEMENTS.items():
            for name in sorted(values, key=len, reverse=True):
                statement = statement.replace(f"${name}", str(values[name]))
            await _run(connection, step, statement)
        await _run(connection, None, "drop table made, texts")
        for name, definition in indexes:
            await _build(connection, name, definition)
        for relation, name, definition in reversed(constraints):
            await _run(connection, name, f"alter table {relation} add constraint {name} {definition}")
        if (after := await connection.fetch(CATALOGUE)) != before:
            raise RuntimeError(f"the schema has changed: {sorted(map(str, set(after) ^ set(before)))}")
        await _run(connection, "vacuum", "vacuum (analyze)")
        await connection.execute("checkpoint")
    finally:
        await connection.close()


async def _build(connection: "asyncpg.Connection[asyncpg.Record]", name: str, definition: str) -> None:
    """Build an index, with a quicker function that gives the same for these texts."""
    if "message_words(" not in definition:
        await _run(connection, name, definition)
        return
    function = await connection.fetchval("select pg_get_functiondef('message_words'::regproc)")
    sample = "select message_words(user_id, content)::text as words from message where ctid < '(100,0)' order by ctid"
    expected = await connection.fetch(sample)
    await connection.execute(QUICK_WORDS)
    if await connection.fetch(sample) != expected:
        raise RuntimeError("QUICK_WORDS does not give what message_words gives")
    await _run(connection, name, definition)
    await connection.execute(function)


async def _run(connection: "asyncpg.Connection[asyncpg.Record]", step: str | None, statement: str) -> None:
    began = time.monotonic()
    await connection.execute(statement)
    if step is not None and (seconds := time.monotonic() - began) > 1:
        sys.stdout.write(f"  {step}: {seconds:.0f} s\n")
        sys.stdout.flush()
