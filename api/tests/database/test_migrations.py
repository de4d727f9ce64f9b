"""The migrations make what the models say, in schema `chat` alone, however often they run."""

import asyncio
import hashlib
from collections.abc import Iterator

import pytest

from support.client import Client, StartApi
from support.database import ROOT, Database, migrate_api, migrated_database
from taskchat.accounts.owners import COUNT_REQUEST
from taskchat.chat.statements import SQL_FILES as SQL_OF_TURNS

SQL_FILES = (*SQL_OF_TURNS, COUNT_REQUEST)


@pytest.fixture(scope="module")
def fresh() -> Iterator[Database]:
    with migrated_database() as database:
        yield database


def test_the_models_and_the_tables_are_the_same(fresh: Database) -> None:
    checked = migrate_api(fresh.roles.api_migration, "check")
    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.parametrize("file", SQL_FILES, ids=lambda file: file.stem)
async def test_the_installed_function_is_the_one_of_its_file(fresh: Database, file: object) -> None:
    path = next(f for f in SQL_FILES if f == file)
    [row] = await fresh.fetch("select prosrc from pg_proc where proname = $1", path.stem)
    assert row["prosrc"] == path.read_text().split("$$")[1]
    newest_copy = max((ROOT / "api/migrations/installed").glob(f"*/{path.name}"))
    assert newest_copy.read_text() == path.read_text()


@pytest.mark.parametrize(
    ("copy", "digest"),
    [
        ("2026_11_20_1101/begin_turn.sql", "a7e4547d4438eac0"),
        ("2026_11_20_1101/turn_lost.sql", "a721ba7a36b3781d"),
        ("2026_11_25_2040/begin_turn_2.sql", "50f8135854d2451b"),
        ("2026_11_25_2040/oldest_turn_within.sql", "b7defac7aecb8dd3"),
        ("2026_11_29_2240/count_request.sql", "fb1457d938a1f8be"),
    ],
)
def test_what_a_migration_has_installed_somewhere_is_what_it_installs(copy: str, digest: str) -> None:
    """Databases that have run it are not changed by an edit: that takes another migration."""
    text = (ROOT / "api/migrations/installed" / copy).read_bytes()
    assert hashlib.sha256(text).hexdigest().startswith(digest)


async def test_several_at_once_and_again_change_nothing(fresh: Database) -> None:
    query = """select array_agg(c.relname || c.oid::text order by c.oid)::text as tables
               from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname in ('auth', 'chat')"""
    [before] = await fresh.fetch(query)
    runs = await asyncio.gather(*(asyncio.to_thread(migrate_api, fresh.roles.api_migration) for _ in range(3)))
    assert [run.returncode for run in runs] == [0, 0, 0], [run.stderr for run in runs]
    [after] = await fresh.fetch(query)
    assert after == before


async def test_without_the_newest_one_nothing_is_served(fresh: Database, start_api: StartApi) -> None:
    for arguments, is_ready in ((("downgrade", "-1"), False), (("upgrade", "head"), True)):
        run = await asyncio.to_thread(migrate_api, fresh.roles.api_migration, *arguments)
        assert run.returncode == 0, run.stderr
        with start_api(api_database_url=fresh.roles.api) as url:
            async with Client(base_url=url) as client:
                ready = await client.get("/readyz")
        assert (ready.status_code == 200, "run the migrations of the api" in ready.text) == (is_ready, not is_ready)


async def test_down_and_up_again(fresh: Database) -> None:
    for arguments in (("downgrade", "base"), ("upgrade", "head")):
        run = migrate_api(fresh.roles.api_migration, *arguments)
        assert run.returncode == 0, run.stderr
    assert await fresh.count("message") == 0


def test_a_database_that_is_away_is_one_clear_line() -> None:
    run = migrate_api("postgresql://chat_owner:secret@127.0.0.1:9/taskchat")
    assert run.returncode != 0
    [line] = run.stderr.strip().splitlines()
    assert line.startswith("The migration of schema chat failed:")
    assert "secret" not in line
