"""Migrations only add, so that the previous release runs on the new schema and a rollback needs no restore.

A migration drops or changes only what the release before it no longer uses, and names that release.
"""

import asyncio
import re
from collections.abc import Iterator

import pytest
from alembic.config import Config
from alembic.script import Script, ScriptDirectory

from support.database import PASSWORDS, ROOT, Database, execute, migrate_api, migrate_auth
from support.releases import RECORDS, RELEASES
from support.schema_changes import Catalog, breaking_changes, read_catalog
from taskchat.database.bootstrap import bootstrap
from taskchat_dev_stack.postgres import EmbeddedPostgres

HOW_TO_CHANGE = (
    "Migrations only add, because the previous release must run on the new schema. Leave it in place now. Drop or "
    "change it in the release after the one that stopped using it, and name that one: CONTRIBUTING.md#migrations"
)
MIGRATIONS = list(reversed(list(ScriptDirectory.from_config(Config(ROOT / "api/alembic.ini")).walk_revisions())))
BEFORE = """
    create type color as enum ('red', 'green');
    create table box (id int primary key, name text not null default '', size int check (size > 0), made date not null);
    create unique index box_of_name on box (name);
    create table lid (id int references box (id));
    create function weigh(box int) returns int language sql return 1;
"""
BREAKING = {
    "drop table lid": "drops table lid",
    "drop table lid; create table lid (id int references box (id))": "changes table lid: ",
    "alter table lid rename to cover": "drops table lid",
    "alter table box drop column size": "drops column box.size",
    "alter table box rename column size to width": "drops column box.size",
    "alter table box drop column size; alter table box add column size int": "changes column box.size: ",
    "alter table box alter column size type bigint": "changes column box.size: ",
    "alter table box alter column size set not null": "changes column box.size: ",
    "alter table box alter column made drop not null": "changes column box.made: ",
    "alter table box alter column name drop default": "drops default box.name",
    "alter table box add column owner text not null": "adds column box.owner without a default",
    "alter table box add check (size < 9)": "adds constraint box.box_size_check1 to existing columns",
    "alter table box add unique (size)": "adds constraint box.box_size_key to existing columns",
    "create unique index on box (lower(name))": "adds unique index box.box_lower_idx to existing columns",
    "create unique index on box (made)": "adds unique index box.box_made_idx to existing columns",
    "alter table lid add column size int, add unique (id, size)": "adds constraint lid.lid_id_size_key to",
    "alter table box drop constraint box_pkey cascade": "drops constraint box.box_pkey",
    "drop index box_of_name": "drops unique index box.box_of_name",
    "drop function weigh": "drops function weigh(integer)",
    "drop function weigh; create function weigh(box int, lid int default 1) returns int language sql return 1": (
        "drops function weigh(integer)"
    ),
    "drop function weigh; create function weigh(box int) returns text language sql return 'a'": (
        "changes function weigh(integer): "
    ),
    "alter type color rename value 'red' to 'pink'": "drops value color.red",
    "alter table box enable row level security": "changes table box: ",
}
ADDITIVE = (
    "create table shelf (id int primary key, name text not null unique, box int references box (id))",
    "alter table box add column color text",
    "alter table box add column color text not null default 'red' check (color <> '')",
    "alter table box add column number int generated always as identity unique",
    "alter table lid add column shelf int references box (id) on delete set null",
    "create index on box (made)",
    "create or replace function weigh(box int) returns int language sql return 2",
    "create function weigh_2(box int, lid int) returns int language sql return 1",
    "alter type color add value 'blue'",
    "alter table box alter column name set default 'none'",
    "create view boxes as table box",
)


@pytest.fixture(scope="module")
def postgres() -> Iterator[EmbeddedPostgres]:
    with EmbeddedPostgres(durable=False) as postgres:
        yield postgres


def catalog_of(database: Database, schema: str) -> Catalog:
    return asyncio.run(read_catalog(database.admin_url, schema))


@pytest.fixture(scope="module")
def catalogs_of_api(postgres: EmbeddedPostgres) -> dict[str | None, Catalog]:
    """Schema `chat` after each revision; None is before the first."""
    database = Database(postgres.url, asyncio.run(bootstrap(postgres.url, PASSWORDS)))
    assert migrate_auth(database.roles.auth_migration).returncode == 0
    catalogs: dict[str | None, Catalog] = {None: {}}
    for migration in MIGRATIONS:
        run = migrate_api(database.roles.api_migration, "upgrade", migration.revision)
        assert run.returncode == 0, run.stderr
        catalogs[migration.revision] = catalog_of(database, "chat")
    return catalogs


@pytest.mark.parametrize("migration", MIGRATIONS, ids=lambda migration: migration.revision)
def test_a_migration_of_the_api_only_adds(catalogs_of_api: dict[str | None, Catalog], migration: Script) -> None:
    assert not isinstance(migration.down_revision, list | tuple)
    if (unused_since := getattr(migration.module, "unused_since", None)) is not None:
        assert unused_since in RELEASES, f"unused_since names no release of CHANGELOG.md: {unused_since}"
        return
    changes = breaking_changes(catalogs_of_api[migration.down_revision], catalogs_of_api[migration.revision])
    assert changes == [], HOW_TO_CHANGE


def test_the_newest_release_is_recorded() -> None:
    assert (RECORDS / f"auth-{RELEASES[0]}.sql").exists(), f"run: make release v={RELEASES[0]}"


def test_the_migrations_of_auth_service_only_add(postgres: EmbeddedPostgres) -> None:
    """Better Auth's and ours, on the schema of the newest release."""
    url = f"{postgres.url.rpartition('/')[0]}/released"
    asyncio.run(execute(postgres.url, "create database released"))
    database = Database(url, asyncio.run(bootstrap(url, PASSWORDS)))
    released = RECORDS / f"auth-{RELEASES[0]}.sql"
    asyncio.run(execute(database.roles.auth_migration, released.read_text(encoding="utf-8")))
    before = catalog_of(database, "auth")
    assert ("table", "user") in before
    run = migrate_auth(database.roles.auth_migration)
    assert run.returncode == 0, run.stderr
    unused_since = re.findall(
        r'unusedSince: "(.+?)"', (ROOT / "auth-service/src/database/pending-migrations.ts").read_text(encoding="utf-8")
    )
    if RELEASES[0] not in unused_since:
        assert breaking_changes(before, catalog_of(database, "auth")) == [], HOW_TO_CHANGE


async def changes_by(statements: str, url: str) -> list[str]:
    """Find what statements break in a schema of boxes."""
    await execute(url, f"drop schema if exists boxes cascade; create schema boxes; set search_path = boxes; {BEFORE}")
    before = await read_catalog(url, "boxes")
    await execute(url, f"set search_path = boxes; {statements}")
    return breaking_changes(before, await read_catalog(url, "boxes"))


@pytest.mark.parametrize(("statements", "change"), BREAKING.items(), ids=BREAKING)
async def test_a_breaking_change_is_found(postgres: EmbeddedPostgres, statements: str, change: str) -> None:
    found = await changes_by(statements, postgres.url)
    assert any(each.replace("boxes.", "").startswith(change) for each in found), found


@pytest.mark.parametrize("statements", ADDITIVE)
async def test_an_addition_is_fine(postgres: EmbeddedPostgres, statements: str) -> None:
    assert await changes_by(statements, postgres.url) == []
