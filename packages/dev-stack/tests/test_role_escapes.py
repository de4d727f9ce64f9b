# ruff: noqa: E501 (statements are easier to read in one line)
"""Nobody can escape a service's database role, on each supported PostgreSQL.

The attacks are real: each works in a database of a release before the split of the roles.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio

from support.database import PASSWORDS, Database, execute, migrate_api, migrate_auth
from support.system_postgres import PlainPostgres, find_postgres
from taskchat.database.bootstrap import BootstrapError, RoleUrls, bootstrap
from taskchat_dev_stack.postgres.data_folder import temporary_folder
from taskchat_dev_stack.processes.files import make_folder

HOW_TO_INSTALL = {
    "system": "needs the machine's own PostgreSQL: make test-dev-stack as root on Debian, or apt-get install postgresql",
    "17": "needs PostgreSQL 17: npm ci --prefix tests/support/postgres-17",
    "embedded": "",
}

# The attacker's cast in the foreign-key check on auth."user", which runs as the owner of that table.
CAST_IN_FOREIGN_KEY = (
    "create table loot (who text, email text)",
    "grant usage on schema chat to public",
    "grant insert on loot to public",
    "create type disguise as (id uuid)",
    """create function unmask(disguise) returns uuid language plpgsql as $$ begin
         if current_user <> 'chat_api' then
           insert into chat.loot select current_user, email from auth."user";
         end if;
         return $1.id;
       end $$""",
    "grant execute on function unmask to public",
    "create cast (disguise as uuid) with function unmask(disguise) as implicit",
    'create table stolen (user_id disguise references auth."user" (id) on delete cascade)',
    "insert into stolen select row(user_id)::disguise from owner",
)
# A deferred trigger on a table whose rows are deleted with an account.
DEFERRED_TRIGGER = (
    "create table loot (who text, email text)",
    "grant usage on schema chat to public",
    "grant insert on loot to public",
    """create function spy() returns trigger language plpgsql as $$ begin
         insert into chat.loot select current_user, email from auth."user";
         return null;
       exception when insufficient_privilege then
         return null;
       end $$""",
    """create constraint trigger spy after delete on owner deferrable initially deferred
       for each row execute function spy()""",
)
# Their functions run as the table's owner, for example during ANALYZE or a later migration. Each with its removal.
CODE_IN_TABLES = {
    "an index": ("create index planted on owner (spy(turns_due))", "drop index planted"),
    "a check": (
        "alter table owner add constraint planted check (spy(turns_due) = 1)",
        "alter table owner drop constraint planted",
    ),
    "a default": ("alter table task alter title set default spy(now())", "alter table task alter title drop default"),
    "a policy": ("create policy planted on owner using (spy(turns_due) = 1)", "drop policy planted on owner"),
    "an operator": (
        "create operator === (rightarg = timestamptz, function = spy)",
        "drop operator === (none, timestamptz)",
    ),
    "a domain": ("create domain planted as timestamptz check (spy(value) = 1)", "drop domain planted"),
}
CLEAN_UP = (
    "drop trigger if exists spy on owner",
    "drop function if exists spy",
    "drop table if exists stolen, loot",
    "drop type if exists disguise cascade",
    "revoke usage on schema chat from public",
)

# Each would create something that Postgres could run as somebody else, or access what the role must not.
ATTEMPTS = [
    *CAST_IN_FOREIGN_KEY[:1],
    *(
        "create type {schema}.mine as (id uuid)",
        "create type {schema}.mine as enum ('a')",
        "create domain {schema}.d as uuid",
    ),
    "create function {schema}.mine() returns int language sql as 'select 1'",
    "create procedure {schema}.mine() language sql as 'select 1'",
    "do $$ begin create function {schema}.mine() returns int language sql as 'select 1'; end $$",
    "create aggregate {schema}.mine(int) (sfunc = int4pl, stype = int)",
    "create operator {schema}.=== (leftarg = uuid, rightarg = uuid, function = uuid_eq)",
    "create operator class {schema}.mine for type uuid using hash as operator 1 pg_catalog.=",
    "create cast (uuid as bytea) with inout as implicit",
    "create view {schema}.mine as select 1",
    "create materialized view {schema}.mine as select 1",
    "create sequence {schema}.mine",
    "create table {schema}.mine ()",
    'create table {schema}.mine (id uuid references auth."user" (id))',
    "create table public.mine ()",
    "create function public.mine() returns int language sql as 'select 1'",
    "create schema mine",
    'create collation {schema}.mine from "C"',
    "create text search dictionary {schema}.mine (template = simple)",
    "create statistics {schema}.mine on ctid, tableoid from {table}",
    "create trigger mine after delete on {table} execute function suppress_redundant_updates_trigger()",
    "create constraint trigger mine after delete on {table} for each row execute function suppress_redundant_updates_trigger()",
    "create rule mine as on delete to {table} do also select 1",
    "create policy mine on {table} using (true)",
    "create index on {table} ((gen_random_uuid()::text))",
    "create event trigger mine on ddl_command_end execute function suppress_redundant_updates_trigger()",
    "create publication mine for table {table}",
    "create foreign data wrapper mine",
    "create language mine handler plpgsql_call_handler",
    "alter table {table} alter column {column} set default gen_random_uuid()",
    "alter table {table} add check (true)",
    "alter table {table} enable row level security",
    "alter table {table} disable trigger all",
    "alter table {table} owner to {role}",
    "alter schema {schema} owner to {role}",
    "truncate {table} cascade",
    "drop table {table} cascade",
    "comment on table {table} is 'mine'",
    "create temp table mine ()",
    "create function pg_temp.mine() returns int language sql as 'select 1'",
    "create temp view mine as select 1",
    "select * from pg_largeobject",
    *("set role {owner}", "set role {other}", "set role {other_owner}", "set session authorization {other}"),
    *("grant {owner} to {role}", "grant {other} to {role}", "grant pg_read_all_data to {role}"),
    *("alter role {other} password 'mine'", "alter role {owner} password 'mine'", "alter role {role} createrole"),
    *("alter role {other} set search_path = public", "alter role {owner} reset all", "alter role all set jit = off"),
    *("alter role {role} connection limit -1", "alter role {role} superuser", "alter role {role} bypassrls"),
    *("create role mine", "drop role {other}"),
    *("alter database taskchat set search_path = public", "alter database taskchat owner to {role}"),
    *("select rolpassword from pg_authid", "select * from pg_shadow", "select pg_read_file('PG_VERSION')"),
    *("copy (select 1) to program 'true'", "copy {table} from '/etc/passwd'", "load 'mine'", "checkpoint"),
    "set session_replication_role = replica",
    "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'postgres'",
]
OUTSIDE_OF_TRANSACTIONS = ["create database mine", "alter system set log_statement = 'all'"]
LARGE_OBJECTS = [
    *("select lo_create(0)", "select lo_from_bytea(0, 'x')", "select lo_open(1, 131072)", "select lo_creat(-1)"),
    "select lo_get(1)",
]
OF_CHAT_API = [
    *('select id from auth."user"', 'select count(*) from auth."user"', "select * from auth.session"),
    *('select from auth."user" for key share', 'delete from auth."user"', "select 'auth.\"user\"'::regclass"),
    "insert into alembic_version values ('mine')",
    "update alembic_version set version_num = 'mine'",
    "delete from alembic_version",
]
OF_AUTH_SERVICE = [
    *("select * from chat.owner", "delete from chat.owner", "select * from chat.message", "select * from chat.step"),
    "select chat.begin_turn(null, null, null, null, null, 1, '1s', 1, 1, 1)",
]


@dataclass(frozen=True)
class Server:
    """A migrated database, converted from the state of earlier releases."""

    url: str
    version: int
    roles: RoleUrls
    fresh: list[asyncpg.Record]
    """The privileges of the new database, before the conversion."""
    loot: dict[str, list[str]]
    """By attack: the roles that read accounts before the conversion."""
    refusal: str
    """The message of a bootstrap that found the objects of an attack."""
    kept: list[str]
    """The kinds of planted code that the bootstrap did not detect."""


async def fetch(url: str, query: str) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(url)
    try:
        return list(await connection.fetch(query))
    finally:
        await connection.close()


PRIVILEGES = """
  select 'schema' as kind, nspname::text as name, nspowner::regrole::text as owner, array(select unnest(nspacl)::text order by 1) as acl
    from pg_namespace where nspname in ('auth', 'chat')
  union all select 'relation', relnamespace::regnamespace::text || '.' || relname, relowner::regrole::text,
         array(select unnest(relacl)::text order by 1)
    from pg_class where relnamespace::regnamespace::text in ('auth', 'chat') and relkind <> 'i'
  union all select 'column', attrelid::regclass::text || '.' || attname, '', array(select unnest(attacl)::text order by 1)
    from pg_attribute where attacl is not null and attnum > 0 and attrelid >= 16384
  union all select 'function', oid::regprocedure::text, proowner::regrole::text, array(select unnest(proacl)::text order by 1)
    from pg_proc where pronamespace::regnamespace::text in ('auth', 'chat')
  union all select 'type', typnamespace::regnamespace::text || '.' || typname, typowner::regrole::text, null
    from pg_type where typnamespace::regnamespace::text in ('auth', 'chat')
  union all select 'default', defaclnamespace::regnamespace::text || ' ' || defaclobjtype::text, defaclrole::regrole::text,
         array(select unnest(defaclacl)::text order by 1) from pg_default_acl
  order by 1, 2, 3"""


def going_back() -> str:
    """Statements that restore the state from before the split of the roles."""
    return Path(__file__).with_name("before_owners.sql").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with temporary_folder() as folder:
        yield folder


@pytest.fixture(scope="module", params=["system", "17", "embedded"])
def programs(request: pytest.FixtureRequest, folder: Path) -> Path:
    """The folder with the binaries of a PostgreSQL."""
    programs = find_postgres(request.param, folder)
    if programs is None and os.environ.get("CI"):
        pytest.fail(HOW_TO_INSTALL[request.param], pytrace=False)
    if programs is None:
        pytest.skip(HOW_TO_INSTALL[request.param])
    return programs


@pytest.fixture(scope="module")
def plain(programs: Path, folder: Path) -> Iterator[PlainPostgres]:
    with PlainPostgres(make_folder(folder / uuid4().hex, 0o711), programs) as server:
        yield server


async def rob(url: str, roles: RoleUrls, route: tuple[str, ...]) -> list[str]:
    """Attack, let somebody delete their account, and return the roles that read accounts."""
    database = Database(url, roles)
    user_id, _ = await database.create_user(), await database.create_user()
    await database.fetch("insert into owner (user_id) values ($1)", user_id)
    await execute(roles.api, *route)
    await execute(roles.auth, f"delete from \"user\" where id = '{user_id}'")  # noqa: S608
    readers = await fetch(url, "select distinct who from chat.loot")
    return [row["who"] for row in readers]


async def is_converted_with(url: str, roles: RoleUrls, planted: tuple[str, str]) -> bool:
    """Check whether the bootstrap accepts a planted object. Leaves the database unconverted, without the object."""
    await execute(roles.api, planted[0])
    try:
        await bootstrap(url, PASSWORDS)
    except BootstrapError:
        return False
    else:
        await execute(url, going_back())
        return True
    finally:
        await execute(roles.api, planted[1])


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def server(plain: PlainPostgres) -> AsyncIterator[Server]:
    url = plain.url
    roles = await bootstrap(url, PASSWORDS)
    for migrated in (migrate_auth(roles.auth_migration), migrate_api(roles.api_migration)):
        assert migrated.returncode == 0, migrated.stderr
    fresh = await fetch(url, PRIVILEGES)
    await execute(url, going_back())

    loot = {}
    for name, route in (("cast", CAST_IN_FOREIGN_KEY), ("trigger", DEFERRED_TRIGGER)):
        loot[name] = await rob(url, roles, route)
        with pytest.raises(BootstrapError) as refused:
            await bootstrap(url, PASSWORDS)
        await execute(roles.api, *CLEAN_UP)
    spy = "create function spy(timestamptz) returns int language sql immutable as 'select 1'"
    await execute(roles.api, spy)
    kept = [kind for kind, planted in CODE_IN_TABLES.items() if await is_converted_with(url, roles, planted)]
    await execute(roles.api, "drop function spy(timestamptz)")
    await bootstrap(url, PASSWORDS)
    for migrated in (migrate_auth(roles.auth_migration), migrate_api(roles.api_migration)):
        assert migrated.returncode == 0, migrated.stderr
    [row] = await fetch(url, "select current_setting('server_version_num')::int / 10000 as major")
    yield Server(url, row["major"], roles, fresh, loot, str(refused.value), kept)


def test_the_attacks_worked_in_earlier_releases(server: Server) -> None:
    assert server.loot["cast"] == ["auth_service"]
    # Since PostgreSQL 18, a deferred trigger runs as the role that fired it.
    assert server.loot["trigger"] == (["auth_service"] if server.version < 18 else [])
    assert "schema chat contains objects that no migration created: trigger spy" in server.refusal


def test_no_code_of_a_service_passes_to_the_owner(server: Server) -> None:
    assert server.kept == []


async def test_a_converted_database_equals_a_new_one(server: Server) -> None:
    assert await fetch(server.url, PRIVILEGES) == server.fresh


async def test_converting_again_changes_nothing(server: Server) -> None:
    before = await fetch(server.url, PRIVILEGES)
    await bootstrap(server.url, PASSWORDS)
    assert await fetch(server.url, PRIVILEGES) == before


@pytest.mark.parametrize("route", [CAST_IN_FOREIGN_KEY, DEFERRED_TRIGGER], ids=["cast", "trigger"])
async def test_the_attacks_fail(server: Server, route: tuple[str, ...]) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="permission denied for schema chat"):
        await rob(server.url, server.roles, route)


async def let_through(url: str, attempts: list[str]) -> list[str]:
    """Return the attempts that were not refused as insufficient privilege. None takes effect."""
    found = []
    connection = await asyncpg.connect(url)
    for attempt in attempts:
        try:
            if attempt in OUTSIDE_OF_TRANSACTIONS:
                await connection.execute(attempt)
            else:
                await connection.execute(f"begin; {attempt}; rollback")
            found.append(attempt)
        except asyncpg.InsufficientPrivilegeError:
            pass
        except asyncpg.PostgresError as error:
            found.append(f"{attempt}: {error}")
        await connection.execute("rollback")
    await connection.close()
    return found


async def attempts_of(service: str, superuser_url: str) -> list[str]:
    roles = ("chat_api", "chat_owner", "auth_service", "auth_owner")
    role, owner, other, other_owner = roles if service == "chat_api" else (*roles[2:], *roles[:2])
    accounts = {"role": role, "owner": owner, "other": other, "other_owner": other_owner}
    chat = {"schema": "chat", "table": "owner", "column": "user_id"}
    auth = {"schema": "auth", "table": '"user"', "column": "id"}
    attempts = [attempt.format(**accounts, **(chat if service == "chat_api" else auth)) for attempt in ATTEMPTS]
    extensions = [f"create extension {row['name']}" for row in await fetch(superuser_url, TRUSTED_EXTENSIONS)]
    own = OF_CHAT_API if service == "chat_api" else OF_AUTH_SERVICE
    return [*attempts, *own, *extensions, *OUTSIDE_OF_TRANSACTIONS]


@pytest.mark.parametrize("service", ["chat_api", "auth_service"])
async def test_what_a_service_cannot_do(server: Server, service: str) -> None:
    url = server.roles.api if service == "chat_api" else server.roles.auth
    assert await let_through(url, [*await attempts_of(service, server.url), *LARGE_OBJECTS]) == []


async def test_an_owner_without_superuser_converts_it_too(programs: Path, folder: Path) -> None:
    """As on Neon. Such an owner can't revoke large objects and other databases."""
    with PlainPostgres(make_folder(folder / uuid4().hex, 0o711), programs) as server:
        await execute(
            server.url,
            "create role neondb_owner login createrole password 'secret'",
            "alter database taskchat owner to neondb_owner",
        )
        owner_url = f"postgresql://neondb_owner:secret@{server.url.partition('@')[2]}"
        roles = await bootstrap(owner_url, PASSWORDS)
        for migrated in (migrate_auth(roles.auth_migration), migrate_api(roles.api_migration)):
            assert migrated.returncode == 0, migrated.stderr
        fresh = await fetch(server.url, PRIVILEGES)
        await execute(owner_url, going_back())
        assert await rob(server.url, roles, CAST_IN_FOREIGN_KEY) == ["auth_service"]
        await execute(roles.api, *CLEAN_UP)

        await asyncio.gather(*(bootstrap(owner_url, PASSWORDS) for _ in range(3)))
        for migrated in (migrate_auth(roles.auth_migration), migrate_api(roles.api_migration)):
            assert migrated.returncode == 0, migrated.stderr
        assert await fetch(server.url, PRIVILEGES) == fresh
        for service, url in (("chat_api", roles.api), ("auth_service", roles.auth)):
            assert await let_through(url, await attempts_of(service, server.url)) == []


TRUSTED_EXTENSIONS = """
  select name from pg_available_extension_versions where trusted and not installed and requires is null limit 3"""


@pytest.mark.parametrize("service", ["chat_api", "auth_service"])
async def test_a_service_reaches_no_other_database(server: Server, service: str) -> None:
    url = server.roles.api if service == "chat_api" else server.roles.auth
    for name in ("postgres", "template1"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="permission denied for database"):
            await asyncpg.connect(url.replace("/taskchat", f"/{name}"))


@pytest.mark.parametrize("service", ["chat_api", "auth_service"])
async def test_a_services_privileges_in_the_catalog(server: Server, service: str) -> None:
    schema, others = ("chat", "auth") if service == "chat_api" else ("auth", "chat")
    rows = await fetch(
        server.url,
        f"""select c.oid::regclass::text as name, array(
              select privilege from unnest('{{SELECT,INSERT,UPDATE,DELETE,TRUNCATE,REFERENCES,TRIGGER}}'::text[]) as privilege
               where has_table_privilege('{service}', c.oid, privilege)
                  or privilege = 'REFERENCES' and has_any_column_privilege('{service}', c.oid, 'REFERENCES')) as has
              from pg_class c where relnamespace::regnamespace::text in ('auth', 'chat') and relkind in ('r', 'v', 'p')""",  # noqa: S608
    )
    for row in rows:
        dml = ["SELECT"] if row["name"] == "chat.alembic_version" else ["SELECT", "INSERT", "UPDATE", "DELETE"]
        assert row["has"] == (dml if row["name"].startswith(f"{schema}.") else []), row["name"]
    [row] = await fetch(
        server.url,
        f"""select rolconnlimit, has_schema_privilege(oid, '{others}', 'USAGE') as other,
                   (select count(*) from pg_namespace where has_schema_privilege(pg_roles.oid, pg_namespace.oid, 'CREATE')) as creates,
                   (select count(*) from pg_database where has_database_privilege(pg_roles.oid, datname, 'CREATE, TEMPORARY')) as in_databases,
                   (select count(*) from pg_auth_members where member = pg_roles.oid) as memberships
              from pg_roles where rolname = '{service}'""",  # noqa: S608
    )
    assert dict(row) == {"rolconnlimit": 82, "other": False, "creates": 0, "in_databases": 0, "memberships": 0}


async def test_objects_of_later_migrations_are_granted_as_rows_only(server: Server) -> None:
    name = f"later_{uuid4().hex}"
    for owner_url, service in ((server.roles.auth_migration, "auth_service"), (server.roles.api_migration, "chat_api")):
        schema = "auth" if service == "auth_service" else "chat"
        owner = f"{schema}_owner"
        await execute(
            owner_url,
            f"create table {name} (id int generated always as identity)",
            f"create function {name}() returns int language sql as 'select 1'",
        )
        [row] = await fetch(
            server.url,
            f"""select relacl::text[], (select proacl::text[] from pg_proc where proname = '{name}'
                         and pronamespace = '{schema}'::regnamespace)
                  from pg_class where oid = '{schema}.{name}'::regclass""",  # noqa: S608
        )
        assert [entry for entry in row["relacl"] if not entry.startswith(f"{owner}=")] == [f"{service}=arwd/{owner}"]
        assert [entry for entry in row["proacl"] if not entry.startswith(f"{owner}=")] == [f"{service}=X/{owner}"]
        await execute(owner_url, f"drop table {name}", f"drop function {name}")


async def test_no_function_runs_as_its_owner(server: Server) -> None:
    """The service may call every function in its schema, so functions that run as the owner need care."""
    query = "select oid::regprocedure::text from pg_proc where prosecdef and pronamespace::regnamespace::text in ('auth', 'chat')"
    assert await fetch(server.url, query) == []


@pytest.mark.parametrize("service", ["chat_api", "auth_service"])
async def test_the_next_bootstrap_resets_a_roles_own_settings(server: Server, service: str) -> None:
    url = server.roles.api if service == "chat_api" else server.roles.auth
    await execute(
        url,
        f"alter role {service} set statement_timeout = 0",
        f"alter role {service} set default_transaction_read_only = on",
        f"alter role {service} in database taskchat set idle_in_transaction_session_timeout = 0",
        f"alter role {service} in database taskchat set search_path = public",
        f"alter role {service} password 'mine'",
    )
    await bootstrap(server.url, PASSWORDS)
    rows = await fetch(server.url, f"select setconfig from pg_db_role_setting where setrole = '{service}'::regrole")  # noqa: S608
    schema = "chat" if service == "chat_api" else "auth"
    limits = ["statement_timeout=30s", "idle_in_transaction_session_timeout=30s"]
    assert [row["setconfig"] for row in rows] == [[f"search_path={schema}", *limits]]
    assert await fetch(url, "select 1") != []
