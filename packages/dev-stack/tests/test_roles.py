"""The bootstrap: repeated, concurrent, by an owner without superuser; and what each role cannot do."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from urllib.parse import urlsplit
from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio

from support.database import execute
from taskchat.database.bootstrap import ROLES, ROLES_SQL, SET_PASSWORD, BootstrapError, RoleUrls, bootstrap
from taskchat_dev_stack.postgres import EmbeddedPostgres

PASSWORDS = {role: f"{role}'s password/with:all?kinds@of%characters" for role in ROLES}


@dataclass(frozen=True)
class FreshDatabase:
    """The URLs of a fresh database."""

    owner_url: str
    superuser_url: str


async def value(url: str, query: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


async def allowed(url: str, statements: list[str]) -> list[str]:
    """Return the statements that the role is allowed."""
    connection = await asyncpg.connect(url)
    found = []
    for statement in statements:
        try:
            await connection.execute(statement)
        except asyncpg.InsufficientPrivilegeError:
            continue
        found.append(statement)
    await connection.close()
    return found


@pytest_asyncio.fixture(params=["superuser", "owner"])
async def database(postgres: EmbeddedPostgres, request: pytest.FixtureRequest) -> AsyncIterator[FreshDatabase]:
    """A fresh database without the roles, owned by a superuser or by a role with CREATEROLE, as on Neon."""
    name = f"database_{uuid4().hex}"
    owner = "postgres" if request.param == "superuser" else f"owner_{uuid4().hex}"
    if owner != "postgres":
        await execute(postgres.url, f"CREATE ROLE {owner} LOGIN CREATEROLE PASSWORD 'secret'")
    await execute(postgres.url, f"CREATE DATABASE {name} OWNER {owner}")
    superuser_url = postgres.url.replace("/taskchat", f"/{name}")
    owner_url = (
        superuser_url if owner == "postgres" else f"postgresql://{owner}:secret@127.0.0.1:{postgres.port}/{name}"
    )
    yield FreshDatabase(owner_url, superuser_url)
    await execute(postgres.url, f"DROP DATABASE {name} WITH (FORCE)")
    for role in ROLES:
        if await value(postgres.url, f"SELECT to_regrole('{role}')"):
            await execute(postgres.url, f"DROP ROLE {role}")
    if owner != "postgres":
        await execute(postgres.url, f"DROP ROLE {owner}")


@pytest_asyncio.fixture
async def roles(database: FreshDatabase) -> RoleUrls:
    """The roles, with tables like those of the migrations."""
    roles = await bootstrap(database.owner_url, PASSWORDS)
    await execute(
        roles.auth_migration,
        'CREATE TABLE "user" (id uuid PRIMARY KEY, email text)',
        "CREATE TABLE session (id uuid PRIMARY KEY)",
        'GRANT REFERENCES (id) ON "user" TO chat_owner',
        "CREATE SEQUENCE numbers",
        'CREATE VIEW emails AS SELECT email FROM "user"',
        "CREATE FUNCTION secret() RETURNS text LANGUAGE sql SECURITY DEFINER AS 'SELECT email FROM auth.\"user\"'",
    )
    await execute(
        roles.api_migration,
        'CREATE TABLE owner (user_id uuid PRIMARY KEY REFERENCES auth."user" (id) ON DELETE CASCADE)',
        "CREATE SEQUENCE numbers",
        "CREATE FUNCTION secret() RETURNS text LANGUAGE sql SECURITY DEFINER AS 'SELECT user_id FROM chat.owner'",
        "SELECT secret()",
    )
    return roles


class TestBootstrap:
    async def test_the_roles_work_in_their_own_schemas(self, database: FreshDatabase) -> None:
        roles = await bootstrap(database.owner_url, PASSWORDS)
        await execute(roles.auth_migration, "CREATE TABLE here ()")
        await execute(roles.api_migration, "CREATE TABLE here ()")
        await execute(roles.auth, "SELECT FROM here", "DELETE FROM here")
        await execute(roles.api, "SELECT FROM here", "DELETE FROM here")
        for name in ("auth.here", "chat.here"):
            assert await value(database.superuser_url, f"SELECT to_regclass('{name}')") is not None

    async def test_a_second_run_changes_only_the_passwords(self, database: FreshDatabase) -> None:
        before = await bootstrap(database.owner_url, PASSWORDS)
        await execute(before.api_migration, "CREATE TABLE kept ()")
        after = await bootstrap(database.owner_url, dict.fromkeys(ROLES, "another"))
        assert await value(after.api, "SELECT to_regclass('kept')") is not None
        with pytest.raises(asyncpg.InvalidPasswordError):
            await asyncpg.connect(before.api)

    async def test_concurrent_runs(self, database: FreshDatabase) -> None:
        made = await asyncio.gather(*(bootstrap(database.owner_url, PASSWORDS) for _ in range(8)))
        assert await value(made[0].auth, "SELECT current_schema()") == "auth"

    async def test_concurrent_runs_in_two_databases_of_one_server(
        self, postgres: EmbeddedPostgres, database: FreshDatabase
    ) -> None:
        urls = [database.superuser_url, postgres.url] * 4
        made = await asyncio.gather(*(bootstrap(url, PASSWORDS) for url in urls))
        assert [await value(roles.api, "SELECT current_schema()") for roles in made[:2]] == ["chat", "chat"]
        await execute(postgres.url, f"DROP OWNED BY {', '.join(ROLES)} CASCADE")

    async def test_statements_and_transactions_time_out(self, database: FreshDatabase) -> None:
        roles = await bootstrap(database.owner_url, PASSWORDS)
        for url in (roles.auth, roles.api):
            assert await value(url, "SHOW statement_timeout") == "30s"
            assert await value(url, "SHOW idle_in_transaction_session_timeout") == "30s"


class TestRefusals:
    async def test_a_schema_with_another_owner(self, database: FreshDatabase) -> None:
        await execute(database.owner_url, "CREATE SCHEMA auth")
        with pytest.raises(BootstrapError, match=r"schema auth belongs to \w+, not to auth_owner$"):
            await bootstrap(database.owner_url, PASSWORDS)
        assert await value(database.superuser_url, "SELECT to_regrole('chat_api')") is None

    async def test_a_missing_password(self, database: FreshDatabase) -> None:
        with pytest.raises(BootstrapError, match=r"the setting taskchat\.chat_api_password is missing"):
            await bootstrap(database.owner_url, PASSWORDS | {"chat_api": ""})
        assert await value(database.superuser_url, "SELECT to_regrole('auth_service')") is None

    async def test_a_role_without_createrole(self, roles: RoleUrls) -> None:
        with pytest.raises(BootstrapError) as refusal:
            await bootstrap(roles.api, PASSWORDS)
        address = urlsplit(roles.api)
        assert str(refusal.value) == (
            f"DATABASE_URL: the role chat_api may not create roles and schemas in 127.0.0.1:{address.port} "
            "(permission denied to alter role). Use the owner of the database, with CREATEROLE."
        )

    async def test_an_error_does_not_contain_the_password(self, roles: RoleUrls) -> None:
        """The driver shows the context of an error, and Postgres logs it."""
        with pytest.raises(BootstrapError) as refusal:
            await bootstrap(roles.api, PASSWORDS)
        error = refusal.value.__cause__
        assert isinstance(error, asyncpg.InsufficientPrivilegeError)
        assert "permission denied to alter role" in str(error.as_dict())
        assert "password/with" not in str(error.as_dict())

    async def test_a_role_that_holds_the_lock_cannot_block_it_forever(self, database: FreshDatabase) -> None:
        roles = await bootstrap(database.owner_url, PASSWORDS)
        name = urlsplit(database.superuser_url).path[1:]
        await execute(database.superuser_url, f"ALTER DATABASE {name} SET lock_timeout = '100ms'")
        connection = await asyncpg.connect(roles.api)
        await connection.execute("SELECT pg_advisory_lock(hashtextextended('taskchat.roles', 0))")
        with pytest.raises(BootstrapError, match="canceling statement due to lock timeout"):
            await bootstrap(database.owner_url, PASSWORDS)
        await connection.close()

    async def test_it_waits_for_locks_for_ten_seconds_by_default(self, database: FreshDatabase) -> None:
        connection = await asyncpg.connect(database.owner_url)
        async with connection.transaction():
            for role in ROLES:
                await connection.execute(SET_PASSWORD, role, PASSWORDS[role])
            await connection.execute(ROLES_SQL.read_text(encoding="utf-8"))
            assert await connection.fetchval("SHOW lock_timeout") == "10s"
        await connection.close()

    @pytest.mark.parametrize(
        ("url", "complaint"),
        [
            ("postgresql://postgres:secret@127.0.0.1:{port}/taskchat", "does not let the role postgres in"),
            ("postgresql://{user}@127.0.0.1:{port}/missing", "there is no such database"),
            ("postgresql://postgres:secret@127.0.0.1:1/taskchat", "nothing listens at"),
            ("postgresql://postgres:secret@nowhere.invalid/taskchat", "host name of nowhere.invalid:5432 is unknown"),
        ],
    )
    async def test_an_unreachable_database(self, postgres: EmbeddedPostgres, url: str, complaint: str) -> None:
        user = urlsplit(postgres.url).netloc.partition("@")[0]
        with pytest.raises(BootstrapError, match=complaint) as refusal:
            await bootstrap(url.format(port=postgres.port, user=user), PASSWORDS)
        assert "\n" not in str(refusal.value)
        assert "postgres:" not in str(refusal.value)


class TestPrivileges:
    async def test_what_chat_api_cannot_do(self, roles: RoleUrls) -> None:
        statements = [
            'SELECT id FROM auth."user"',
            'SELECT count(*) FROM auth."user"',
            'SELECT FROM auth."user"',
            'SELECT id FROM auth."user" FOR KEY SHARE',
            'COPY auth."user" (id) TO STDOUT',
            "SELECT count(*) FROM auth.session",
            "SELECT * FROM auth.emails",
            "SELECT last_value FROM auth.numbers",
            "SELECT nextval('auth.numbers')",
            "SELECT auth.secret()",
            "CREATE FUNCTION auth.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
            "CREATE FUNCTION public.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
            "ALTER SCHEMA auth OWNER TO chat_api",
            "GRANT auth_service TO chat_api",
            "ALTER ROLE auth_service PASSWORD 'mine'",
            "SET SESSION AUTHORIZATION auth_service",
            'INSERT INTO auth."user" VALUES (gen_random_uuid())',
            'UPDATE auth."user" SET email = NULL',
            'DELETE FROM auth."user"',
            'TRUNCATE auth."user" CASCADE',
            'DROP TABLE auth."user"',
            "CREATE TABLE auth.mine ()",
            "CREATE TABLE chat.mine (id uuid REFERENCES auth.session (id))",
            "CREATE TABLE public.mine ()",
            "CREATE SCHEMA mine",
            "CREATE ROLE mine",
            "SET ROLE auth_service",
            "ALTER ROLE chat_api SUPERUSER",
            "SELECT pg_read_file('PG_VERSION')",
        ]
        assert await allowed(roles.api, statements) == []

    async def test_what_auth_service_cannot_do(self, roles: RoleUrls) -> None:
        statements = [
            "SELECT * FROM chat.owner",
            "DELETE FROM chat.owner",
            "DROP TABLE chat.owner",
            "SELECT FROM chat.owner",
            "SELECT nextval('chat.numbers')",
            "SELECT chat.secret()",
            "GRANT chat_api TO auth_service",
            "ALTER ROLE chat_api PASSWORD 'mine'",
            "SET SESSION AUTHORIZATION chat_api",
            "CREATE TABLE chat.mine ()",
            "CREATE TABLE public.mine ()",
            "SET ROLE chat_api",
        ]
        assert await allowed(roles.auth, statements) == []

    async def test_deleting_an_account_deletes_its_rows_in_chat(self, roles: RoleUrls) -> None:
        await execute(roles.auth, 'INSERT INTO "user" VALUES (gen_random_uuid())')
        user_id = await value(roles.auth, 'SELECT id FROM "user"')
        await execute(roles.api, f"INSERT INTO owner VALUES ('{user_id}')")  # noqa: S608
        await execute(roles.auth, 'DELETE FROM "user"')
        assert await value(roles.api, "SELECT count(*) FROM owner") == 0

    async def test_the_database_stays_open_to_the_roles_of_other_applications(
        self, postgres: EmbeddedPostgres, roles: RoleUrls
    ) -> None:
        neighbour = f"neighbour_{uuid4().hex}"
        await execute(postgres.url, f"CREATE ROLE {neighbour} LOGIN PASSWORD 'secret'")
        database = urlsplit(roles.api).path
        url = f"postgresql://{neighbour}:secret@127.0.0.1:{postgres.port}{database}"
        assert await allowed(url, ["SELECT 1", "SELECT * FROM chat.owner", 'SELECT * FROM auth."user"']) == ["SELECT 1"]
        await execute(postgres.url, f"DROP ROLE {neighbour}")
