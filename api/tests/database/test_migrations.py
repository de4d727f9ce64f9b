"""The migrations create exactly what the models declare, and can be repeated."""

import asyncio
import hashlib
from collections.abc import Iterator

import asyncpg
import pytest

from support.database import ROOT, Database, execute, migrate_api, migrated_database
from taskchat.accounts.owners import SQL_FILES as SQL_OF_ACCOUNTS
from taskchat.chat.statements import SQL_FILES as SQL_OF_TURNS
from taskchat.conversations.search import SQL_FILES as SQL_OF_SEARCH
from taskchat.tasks.statements import SQL_FILES as SQL_OF_TASKS

SQL_FILES = (*SQL_OF_TURNS, *SQL_OF_ACCOUNTS, *SQL_OF_TASKS, *SQL_OF_SEARCH)


BEGIN_TURN = ROOT / "api/migrations/installed/2026_11_29_2240/begin_turn.sql"
SCHEMA = """
    select c.relname, a.attname, format_type(a.atttypid, a.atttypmod), pg_get_expr(d.adbin, d.adrelid)
      from pg_class c
      join pg_attribute a on a.attrelid = c.oid
      left join pg_attrdef d on (adrelid, adnum) = (c.oid, attnum)
     where c.relnamespace = 'chat'::regnamespace and attnum > 0 and not attisdropped
    union all
    select proname, pg_get_function_arguments(oid), md5(prosrc), proacl::text
      from pg_proc where pronamespace = 'chat'::regnamespace
    order by 1, 2, 3"""


def leave_only_the_baseline(database: Database) -> None:
    """Undo all migrations after those of 0.1.0."""
    run = migrate_api(database.roles.api_migration, "downgrade", "2026_11_30_0150")
    assert run.returncode == 0, run.stderr


def unreleased_schema(revision: str) -> list[str]:
    """Return statements that recreate the schema of a revision before the baseline."""
    begin_turn_2 = BEGIN_TURN.read_text(encoding="utf-8").replace("begin_turn", "begin_turn_2")
    # The body does not matter, because nothing calls it any more.
    begin_turn = "create function begin_turn(p_user uuid, p_key text) returns int language sql return 1"
    schema = ["drop function begin_turn", begin_turn]
    if revision == "2026_11_20_1101":
        schema.append("drop function oldest_turn_within")
    else:
        schema.append(begin_turn_2)
    if revision != "2026_11_29_2240":
        schema += ["drop function count_request", "alter table owner drop column requests_due"]
    return schema


@pytest.fixture(scope="module")
def fresh() -> Iterator[Database]:
    with migrated_database() as database:
        yield database


def test_the_tables_match_the_models(fresh: Database) -> None:
    checked = migrate_api(fresh.roles.api_migration, "check")
    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.parametrize("file", SQL_FILES, ids=lambda file: file.stem)
async def test_the_installed_function_matches_its_file(fresh: Database, file: object) -> None:
    path = next(f for f in SQL_FILES if f == file)
    [row] = await fresh.fetch("select prosrc from pg_proc where proname = $1", path.stem)
    assert row["prosrc"] == path.read_text(encoding="utf-8").split("$$")[1]
    newest_copy = max((ROOT / "api/migrations/installed").glob(f"*/{path.name}"))
    assert newest_copy.read_text(encoding="utf-8") == path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("copy", "digest"),
    [
        ("2026_11_29_2240/begin_turn.sql", "02c69a982bfef046"),
        ("2026_11_29_2240/turn_lost.sql", "a721ba7a36b3781d"),
        ("2026_11_29_2240/oldest_turn_within.sql", "b7defac7aecb8dd3"),
        ("2026_11_29_2240/count_request.sql", "fb1457d938a1f8be"),
        ("2026_11_30_0530/begin_turn_2.sql", "b9112c2523d245c6"),
        ("2026_11_30_0530/count_tokens.sql", "910e0f891be99610"),
        ("2026_11_30_0651/begin_turn_2.sql", "d0020744b1d5c5bb"),
        ("2026_11_30_0651/count_tokens.sql", "3c6cc7a46b12e5ce"),
        ("2026_11_30_0908/begin_turn_2.sql", "076ed0344acf4d4c"),
        ("2026_11_30_0908/discard_turn.sql", "5d8ed534d2ff1c97"),
        ("2026_11_30_0908/oldest_turn_within.sql", "d49735afa1f71795"),
        ("2026_11_30_0925/message_query.sql", "56123da7e1e23efe"),
        ("2026_11_30_0925/message_words.sql", "32044238b68de083"),
        ("2026_11_30_0925/words_of.sql", "6a88f9db6ef2a38d"),
        ("2026_11_30_1324/oldest_turn_of_page.sql", "20719b806ce8c2e1"),
        ("2026_11_30_1324/task_position_after.sql", "150329813bfedf7e"),
        ("2026_11_30_2305/oldest_turn_of_page.sql", "110a7995997a7c7b"),
        ("2026_11_30_2305/oldest_turn_within.sql", "8ffd55e2cdcf348d"),
    ],
)
def test_released_migrations_are_unchanged(copy: str, digest: str) -> None:
    """An edit would not reach databases that already ran the migration; that takes a new one."""
    text = (ROOT / "api/migrations/installed" / copy).read_bytes()
    assert hashlib.sha256(text).hexdigest().startswith(digest)


@pytest.mark.parametrize("revision", ["2026_11_20_1101", "2026_11_25_2040", "2026_11_29_2240"])
async def test_a_database_made_before_the_baseline_keeps_its_data(fresh: Database, revision: str) -> None:
    expected = await fresh.fetch(SCHEMA)
    user_id = await fresh.create_user()
    leave_only_the_baseline(fresh)
    await execute(
        fresh.roles.api_migration,
        f"insert into owner (user_id) values ('{user_id}')",  # noqa: S608
        *unreleased_schema(revision),
        f"update alembic_version set version_num = '{revision}'",  # noqa: S608
    )
    assert await fresh.fetch(SCHEMA) != expected
    run = migrate_api(fresh.roles.api_migration)
    assert run.returncode == 0, run.stderr
    assert await fresh.fetch(SCHEMA) == expected
    assert await fresh.count("owner", user_id=user_id) == 1


async def test_concurrent_and_repeated_runs_change_nothing(fresh: Database) -> None:
    query = """select array_agg(c.relname || c.oid::text order by c.oid)::text as tables
               from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname in ('auth', 'chat')"""
    [before] = await fresh.fetch(query)
    runs = await asyncio.gather(*(asyncio.to_thread(migrate_api, fresh.roles.api_migration) for _ in range(3)))
    assert [run.returncode for run in runs] == [0, 0, 0], [run.stderr for run in runs]
    [after] = await fresh.fetch(query)
    assert after == before


@pytest.mark.parametrize(
    "interruption",
    [
        "drop index message_by_word",
        "update pg_index set indisvalid = false where indexrelid = 'message_by_word'::regclass",
    ],
)
async def test_one_of_several_migrators_builds_the_index_that_is_missing(fresh: Database, interruption: str) -> None:
    await fresh.fetch(interruption)
    runs = await asyncio.gather(*(asyncio.to_thread(migrate_api, fresh.roles.api_migration) for _ in range(2)))
    assert [run.returncode for run in runs] == [0, 0], [run.stderr for run in runs]
    indexes = await fresh.fetch("select indisvalid from pg_index where indexrelid::regclass::text like '%by_word%'")
    assert [row["indisvalid"] for row in indexes] == [True]


async def test_a_build_that_has_outlived_its_migrator_is_not_repeated(fresh: Database) -> None:
    await fresh.fetch("drop index message_by_word")
    progress = "select index_relid::bigint as oid from pg_stat_progress_create_index where relid = 'message'::regclass"
    at_the_index = "select from pg_stat_activity where application_name like '%migration' and query ~ 'drop|progress'"
    index = "create index concurrently message_by_word on message using gin (message_words(user_id, content))"
    builder = await asyncpg.connect(fresh.roles.api_migration)
    async with fresh.locked("message", "row exclusive"):  # a writer, for whom the build waits
        building = asyncio.create_task(builder.execute(index))
        while not (started := await fresh.fetch(progress)):
            pass
        migrating = asyncio.create_task(asyncio.to_thread(migrate_api, fresh.roles.api_migration))
        while not await fresh.fetch(at_the_index):
            pass
    await building
    await builder.close()
    run = await migrating
    assert run.returncode == 0, run.stderr
    found = await fresh.fetch(
        "select indexrelid::bigint as oid from pg_index where indexrelid = 'message_by_word'::regclass"
    )
    assert found == started


async def test_downgrade_and_upgrade(fresh: Database) -> None:
    for arguments in (("downgrade", "base"), ("upgrade", "head")):
        run = migrate_api(fresh.roles.api_migration, *arguments)
        assert run.returncode == 0, run.stderr
    assert await fresh.count("message") == 0


def test_an_unreachable_database_is_reported_in_one_line() -> None:
    run = migrate_api("postgresql://chat_owner:secret@127.0.0.1:9/taskchat")
    assert run.returncode != 0
    [line] = run.stderr.strip().splitlines()
    assert line.startswith("The migration of schema chat failed:")
    assert "secret" not in line
