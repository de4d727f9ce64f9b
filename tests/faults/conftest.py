"""Processes and databases that die on purpose."""

from collections.abc import Iterator

import pytest
import pytest_asyncio

from support.client import NewPerson, Person
from support.database import Database, migrate
from support.issuer import Issuer
from support.model_server import ModelServer
from support.report import pytest_terminal_summary, report
from taskchat_dev_stack.postgres import EmbeddedPostgres
from taskchat_dev_stack.postgres.data_folder import temporary_folder

__all__ = ["pytest_terminal_summary", "report"]


@pytest.fixture(scope="session")
def postgres() -> Iterator[EmbeddedPostgres]:
    """A server that keeps what it has committed, however it ends."""
    with temporary_folder() as folder, EmbeddedPostgres(folder, durable=True) as postgres:
        yield postgres


@pytest.fixture(scope="session")
def database(postgres: EmbeddedPostgres) -> Database:
    return migrate(postgres)


@pytest.fixture(scope="session")
def issuer() -> Iterator[Issuer]:
    with Issuer() as issuer:
        yield issuer


@pytest.fixture(scope="session")
def model() -> Iterator[ModelServer]:
    with ModelServer() as model:
        yield model


@pytest.fixture(scope="session")
def environment(database: Database, issuer: Issuer, model: ModelServer) -> dict[str, str]:
    """Of an api process."""
    return {
        "API_DATABASE_URL": database.roles.api,
        "JWKS_URL": issuer.jwks_url,
        "JWT_ISSUER": issuer.url,
        "OPENAI_BASE_URL": model.base_url,
        "OPENAI_MODEL": "scripted",
        "DATABASE_POOL_SIZE": "1",
    }


@pytest.fixture(scope="session")
def new_person(database: Database, issuer: Issuer) -> NewPerson:
    async def create() -> Person:
        user_id = await database.create_user()
        return Person(user_id, issuer.token(user_id))

    return create


@pytest_asyncio.fixture
async def alice(new_person: NewPerson) -> Person:
    return await new_person()


@pytest_asyncio.fixture
async def bob(new_person: NewPerson) -> Person:
    return await new_person()
