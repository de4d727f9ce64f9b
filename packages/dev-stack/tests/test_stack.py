"""The stack as tests use it: parts that stop and start again, and a database of the user's own."""

import os
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import httpx
import pytest
import pytest_asyncio

from support.processes import descendants
from taskchat_dev_stack.postgres import EmbeddedPostgres
from taskchat_dev_stack.settings import StackSettings
from taskchat_dev_stack.stack import Stack

SERVICES = {"auth-service/src/main.ts", "taskchat"}


def ready(url: str) -> int:
    return httpx.get(f"{url}/readyz", trust_env=False, timeout=10).status_code


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    """A running stack. Each test leaves it running."""
    with Stack(StackSettings(web=None)) as stack:
        yield stack


def test_parts_stop_and_start_again(stack: Stack) -> None:
    [api_url] = stack.addresses.api_urls
    assert [ready(url) for url in (api_url, stack.addresses.auth_url)] == [200, 200]

    stack.database.stop()
    assert [ready(url) for url in (api_url, stack.addresses.auth_url)] == [503, 503]
    stack.check()  # no service exited
    stack.database.start()
    stack.services.wait_until_ready("api")
    stack.services.wait_until_ready("auth")

    stack.services.stop("auth")
    with pytest.raises(httpx.ConnectError):
        ready(stack.addresses.auth_url)
    stack.services.restart("auth")


def test_no_running_service_knows_an_owner(stack: Stack) -> None:
    owners = [
        (stack.data / "secrets" / f"{role}_password").read_text(encoding="utf-8")
        for role in ("auth_owner", "chat_owner")
    ]
    services = [process for process in descendants(os.getpid()) if set(process.argv) & SERVICES]
    environments = [Path(f"/proc/{process.pid}/environ").read_text(encoding="utf-8") for process in services]
    assert len(environments) >= len(SERVICES)
    for environment in environments:
        assert "MIGRATION_DATABASE_URL" not in environment
        assert not any(owner in environment for owner in owners)


def test_a_deleted_secret_signs_everybody_out_and_loses_nothing_else(stack: Stack) -> None:
    """Also: the stack stops, and starts again with the same addresses and data."""
    account = {"name": "Ada", "email": "ada@example.com", "password": "a long pass phrase of Ada"}
    origin = {"origin": stack.addresses.public_url}
    [api_url] = stack.addresses.api_urls
    with httpx.Client(base_url=f"{stack.addresses.auth_url}/api/auth", headers=origin, timeout=30) as client:
        user = client.post("/sign-up/email", json=account).raise_for_status().json()["user"]
        secret = stack.data / "secrets" / "better_auth_secret"
        before = secret.read_text(encoding="utf-8")

        stack.stop()
        with pytest.raises(httpx.ConnectError):
            ready(api_url)
        secret.unlink()
        stack.start()

        assert ready(api_url) == 200
        assert secret.read_text(encoding="utf-8") != before
        assert client.get("/get-session").json() is None
        again = client.post("/sign-in/email", json=account).raise_for_status().json()["user"]
        assert again["id"] == user["id"]
        assert client.get("/token").status_code == 200


@pytest_asyncio.fixture
async def owner_url(postgres: EmbeddedPostgres) -> str:
    """A database like Neon's: its owner may create roles but isn't a superuser."""
    connection = await asyncpg.connect(postgres.url)
    await connection.execute("CREATE ROLE neon LOGIN CREATEROLE PASSWORD 'secret'")
    await connection.execute("CREATE DATABASE neondb OWNER neon")
    await connection.close()
    return f"postgres://neon:secret@127.0.0.1:{postgres.port}/neondb?channel_binding=prefer"


def test_a_database_of_the_users_own_replaces_the_embedded_one(owner_url: str, tmp_path: Path) -> None:
    with Stack(StackSettings(web=None, data=tmp_path, database_url=owner_url, api_processes=2)) as stack:
        assert [ready(url) for url in stack.addresses.api_urls] == [200, 200]
        assert stack.database.admin_url == owner_url
    assert not (tmp_path / "postgres").exists()
