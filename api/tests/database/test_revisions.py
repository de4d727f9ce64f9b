"""The api is ready at its newest revision or ahead of it; a migration job passes there, and refuses other revisions."""

import asyncio
from collections.abc import Iterator
from dataclasses import asdict
from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio
from alembic.config import Config
from alembic.script import ScriptDirectory

from support.client import Client, StartApi
from support.database import ROOT, Database, execute, migrate_api, migrated_database
from taskchat.database.bootstrap import RoleUrls
from taskchat.database.readiness import GRANTED, MIGRATED, SERVING, unmet
from taskchat.database.revision import NEWEST_REVISION, is_newer

REVISIONS = [
    script.revision
    for script in reversed(list(ScriptDirectory.from_config(Config(ROOT / "api/alembic.ini")).walk_revisions()))
]
"""Of all migrations, the oldest first."""
NEWER = "2999_01_01_0000"
SET_REVISION = f"update chat.alembic_version set version_num = '{{}}' where version_num = '{NEWEST_REVISION}'"  # noqa: S608
NOT_OURS = {
    "none": "delete from chat.alembic_version",
    "an unreleased one": SET_REVISION.format("2026_11_25_2040"),
    "an unknown earlier one": SET_REVISION.format("2026_11_29_2359"),
    "another program's": SET_REVISION.format("ae1027a6acf"),
    "a later word": SET_REVISION.format("zebra"),
    "a later number": SET_REVISION.format("2999010100000"),
    "two": f"insert into chat.alembic_version values ('{NEWER}')",  # noqa: S608
    "no table": "drop table chat.alembic_version",
    "another program's table": "alter table chat.alembic_version rename column version_num to number",
    "nothing at all": "drop schema chat cascade; create schema chat authorization chat_owner; "
    "grant usage on schema chat to chat_api",
}


@pytest.fixture(scope="module")
def original() -> Iterator[Database]:
    with migrated_database() as database:
        yield database


@pytest_asyncio.fixture
async def fresh(original: Database) -> Database:
    """A copy, which takes a fraction of the time of the migrations."""
    copy = f"copy_{uuid4().hex}"
    server, _, name = original.admin_url.rpartition("/")
    await execute(f"{server}/postgres", f"create database {copy} template {name}")
    urls = {role: url.rpartition("/")[0] + f"/{copy}" for role, url in asdict(original.roles).items()}
    return Database(f"{server}/{copy}", RoleUrls(**urls))


async def find_unmet(database: Database) -> str | None:
    """Check the database as the api does."""
    connection = await asyncpg.connect(database.roles.api)
    try:
        return await unmet(connection, *SERVING)
    finally:
        await connection.close()


def test_the_package_knows_the_newest_migration() -> None:
    assert REVISIONS[-1] == NEWEST_REVISION, "run `make migration`, or set it in database/revision.py"


def test_revisions_sort_by_age() -> None:
    """Or else a migration job could not tell a newer database from another program's."""
    assert sorted(REVISIONS) == REVISIONS
    assert [is_newer(revision) for revision in REVISIONS] == [False] * len(REVISIONS)
    assert is_newer(NEWER)


async def test_the_api_is_not_ready_until_all_migrations_have_run(fresh: Database) -> None:
    """At each earlier revision, as after an update whose migration job was forgotten."""
    assert await find_unmet(fresh) is None
    for revision in reversed(REVISIONS[:-1]):
        run = await asyncio.to_thread(migrate_api, fresh.roles.api_migration, "downgrade", revision)
        assert run.returncode == 0, run.stderr
        assert await find_unmet(fresh) == MIGRATED.remedy, revision
    run = await asyncio.to_thread(migrate_api, fresh.roles.api_migration, "downgrade", "base")
    assert (run.returncode, await find_unmet(fresh)) == (0, MIGRATED.remedy)
    run = await asyncio.to_thread(migrate_api, fresh.roles.api_migration)
    assert (run.returncode, await find_unmet(fresh)) == (0, None)


@pytest.mark.parametrize("change", NOT_OURS.values(), ids=NOT_OURS.keys())
async def test_the_api_is_not_ready_at_a_revision_that_is_not_ours(fresh: Database, change: str) -> None:
    await execute(fresh.admin_url, change)
    assert await find_unmet(fresh) == MIGRATED.remedy


async def test_missing_privileges_are_reported_as_such(fresh: Database) -> None:
    await execute(fresh.admin_url, "revoke insert on chat.tool_call from chat_api")
    assert await find_unmet(fresh) == GRANTED.remedy


async def test_readyz_says_what_to_run(fresh: Database, start_api: StartApi) -> None:
    for revision, status in (("2026_11_25_2040", 503), (NEWEST_REVISION, 200), (NEWER, 200)):
        await execute(fresh.admin_url, f"update chat.alembic_version set version_num = '{revision}'")  # noqa: S608
        with start_api(api_database_url=fresh.roles.api) as url:
            async with Client(base_url=url) as client:
                ready = await client.get("/readyz")
        assert ready.status_code == status, ready.text
        assert ("run the migrations of the api: alembic" in ready.text) == (status != 200)


async def test_a_migration_job_of_an_older_version_does_nothing(fresh: Database) -> None:
    await execute(
        fresh.roles.api_migration,
        "create table later (id int primary key)",
        f"update alembic_version set version_num = '{NEWER}'",  # noqa: S608
    )
    run = migrate_api(fresh.roles.api_migration)
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout == (
        f"The database is ahead of this version, so nothing was done: schema chat is at revision {NEWER}, "
        f"and the newest one here is {NEWEST_REVISION}.\n"
    )
    assert [row[0] for row in await fresh.fetch("select version_num from alembic_version")] == [NEWER]
    assert await find_unmet(fresh) is None


@pytest.mark.parametrize("revision", ["2026_11_29_2359", "ae1027a6acf", "zebra", "2999\n"])
async def test_a_migration_job_refuses_a_revision_that_is_not_ours(fresh: Database, revision: str) -> None:
    await execute(fresh.admin_url, f"update chat.alembic_version set version_num = '{revision}'")  # noqa: S608
    run = migrate_api(fresh.roles.api_migration)
    assert (run.returncode, run.stdout) == (1, "")
    [line] = run.stderr.splitlines()
    assert line.startswith(f"The migration of schema chat cannot start: {revision!a} in chat.alembic_version is")
