"""Fixtures for tests that kill processes and databases."""

from collections.abc import Iterator

import pytest

from support.database import Database, migrate
from taskchat_dev_stack.postgres import EmbeddedPostgres
from taskchat_dev_stack.postgres.data_folder import temporary_folder


@pytest.fixture(scope="session")
def postgres() -> Iterator[EmbeddedPostgres]:
    """A server that keeps committed data even when it is killed."""
    with temporary_folder() as folder, EmbeddedPostgres(folder, durable=True) as postgres:
        yield postgres


@pytest.fixture(scope="session")
def database(postgres: EmbeddedPostgres) -> Database:
    return migrate(postgres)


@pytest.fixture(scope="session")
def environment(api_environment: dict[str, str]) -> dict[str, str]:
    """The environment of an api process that has one connection to the database."""
    return {**api_environment, "DATABASE_POOL_SIZE": "1"}
