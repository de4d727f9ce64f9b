"""Which passwords the roles of a stack get."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from support.database import execute
from taskchat.database.bootstrap import ROLES
from taskchat.database.url import url_for_role
from taskchat_dev_stack.database import StackDatabase
from taskchat_dev_stack.postgres import EmbeddedPostgres
from taskchat_dev_stack.settings import StackSettings


@pytest.fixture
def database_url(postgres: EmbeddedPostgres) -> Iterator[str]:
    """The owner's URL of a fresh database."""
    name = f"database_{uuid4().hex}"
    asyncio.run(execute(postgres.url, f"CREATE DATABASE {name}"))
    yield postgres.url.replace("/taskchat", f"/{name}")
    roles = ", ".join(ROLES)
    asyncio.run(execute(postgres.url, f"DROP DATABASE {name} WITH (FORCE)", f"DROP ROLE {roles}"))


def test_a_password_in_the_roles_own_url_keeps_working(database_url: str, tmp_path: Path) -> None:
    own = url_for_role(database_url, "chat_api", "chosen by the operator")
    settings = StackSettings(database_url=database_url, api_database_url=own)
    roles = StackDatabase(settings, tmp_path).prepare_roles()
    assert roles.api == own
    asyncio.run(execute(own, "SELECT 1"))
    asyncio.run(execute(roles.auth, "SELECT 1"))
    assert not (tmp_path / "secrets" / "chat_api_password").exists()


@pytest.mark.parametrize("user", ["chat_api", "postgres:another"], ids=["without a password", "of another role"])
def test_any_other_url_leaves_the_role_a_generated_password(database_url: str, tmp_path: Path, user: str) -> None:
    own = f"postgresql://{user}@{database_url.rpartition('@')[2]}"
    settings = StackSettings(database_url=database_url, api_database_url=own)
    roles = StackDatabase(settings, tmp_path).prepare_roles()
    assert roles.api == own
    generated = (tmp_path / "secrets" / "chat_api_password").read_text(encoding="utf-8")
    asyncio.run(execute(url_for_role(database_url, "chat_api", generated), "SELECT 1"))
