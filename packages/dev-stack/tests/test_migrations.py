"""The services' migrations share a database and leave each other's schema alone, also when run twice."""

from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from support.database import PASSWORDS, migrate_api, migrate_auth
from taskchat.database.bootstrap import RoleUrls, bootstrap
from taskchat_dev_stack.postgres import EmbeddedPostgres

# Object ids distinguish a table from its replacement with the same name.
OBJECTS_OF_SCHEMA = """
    WITH the AS (SELECT oid FROM pg_namespace WHERE nspname = $1)
    SELECT 'relation', c.oid, c.relname, c.relkind::text, c.relowner::regrole::text, c.relacl::text
      FROM pg_class c, the WHERE c.relnamespace = the.oid
    UNION ALL
    SELECT 'column', c.oid, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull::text, a.attacl::text
      FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid, the WHERE c.relnamespace = the.oid AND a.attnum > 0
    UNION ALL
    SELECT 'constraint', r.oid, r.conname, r.contype::text, pg_get_constraintdef(r.oid), null
      FROM pg_constraint r, the WHERE r.connamespace = the.oid
    UNION ALL
    SELECT 'function', p.oid, p.proname, p.prokind::text, md5(p.prosrc), p.proacl::text
      FROM pg_proc p, the WHERE p.pronamespace = the.oid
    ORDER BY 1, 2, 3
"""


@pytest.fixture
def server(data: Path) -> Iterator[EmbeddedPostgres]:
    with EmbeddedPostgres(data, durable=False) as server:
        yield server


async def objects(server: EmbeddedPostgres, schema: str) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(server.url)
    try:
        return list(await connection.fetch(OBJECTS_OF_SCHEMA, schema))
    finally:
        await connection.close()


async def prepared(server: EmbeddedPostgres) -> RoleUrls:
    return await bootstrap(server.url, PASSWORDS)


async def test_auth_then_chat_and_both_again(server: EmbeddedPostgres) -> None:
    roles = await prepared(server)
    public = await objects(server, "public")
    assert migrate_auth(roles.auth_migration).returncode == 0
    auth = await objects(server, "auth")
    assert {"user", "session", "jwks"} <= {row["relname"] for row in auth}
    assert await objects(server, "chat") == []

    assert migrate_api(roles.api_migration).returncode == 0
    chat = await objects(server, "chat")
    assert {"conversation", "message", "task", "begin_turn"} <= {row["relname"] for row in chat}
    assert await objects(server, "auth") == auth

    assert migrate_auth(roles.auth_migration).returncode == 0
    assert migrate_api(roles.api_migration).returncode == 0
    assert await objects(server, "auth") == auth
    assert await objects(server, "chat") == chat
    assert await objects(server, "public") == public


async def test_chat_before_auth_is_refused_and_leaves_nothing(server: EmbeddedPostgres) -> None:
    roles = await prepared(server)
    refused = migrate_api(roles.api_migration)
    assert refused.returncode != 0
    [line] = refused.stderr.strip().splitlines()
    assert "auth-service's migration has to run first" in line
    assert await objects(server, "chat") == []
    assert await objects(server, "auth") == []

    assert migrate_auth(roles.auth_migration).returncode == 0
    assert migrate_api(roles.api_migration).returncode == 0
