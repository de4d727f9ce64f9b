"""The fixtures that several folders of tests share; the root conftest.py loads them as a plugin.

A folder's conftest.py can override one, for example with a database that survives a crash.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
import pytest_asyncio

from support.client import Client, NewPerson, Person, StartApi
from support.database import Database, migrated_database
from support.http_server import HttpServer
from support.issuer import AUDIENCE, Issuer
from support.model_server import ModelServer
from taskchat.domain import Domain
from taskchat.main import create_app
from taskchat.settings import Settings
from taskchat.tasks.domain import TASKS


@pytest.fixture(scope="session")
def database() -> Iterator[Database]:
    with migrated_database() as database:
        yield database


@pytest.fixture(scope="session")
def issuer() -> Iterator[Issuer]:
    with Issuer() as issuer:
        yield issuer


@pytest.fixture(scope="session")
def model_server() -> Iterator[ModelServer]:
    with ModelServer() as server:
        yield server


@pytest.fixture
def model(model_server: ModelServer) -> ModelServer:
    """The scripted model server, with an empty script."""
    model_server.reset()
    return model_server


@pytest.fixture(scope="session")
def api_environment(database: Database, issuer: Issuer, model_server: ModelServer) -> dict[str, str]:
    """The environment of an api process."""
    return {
        "API_DATABASE_URL": database.roles.api,
        "JWKS_URL": issuer.jwks_url,
        "JWT_ISSUER": issuer.url,
        "JWT_AUDIENCE": AUDIENCE,
        "OPENAI_BASE_URL": model_server.base_url,
        "OPENAI_API_KEY": "key-of-the-tests",
        "OPENAI_MODEL": "scripted",
    }


@pytest.fixture(scope="session")
def start_api(api_environment: dict[str, str]) -> StartApi:
    """Start an api in this process with different settings or another domain."""

    @contextmanager
    def start(domain: Domain = TASKS, **changes: Any) -> Iterator[str]:
        settings = {name.lower(): value for name, value in api_environment.items()}
        limits = {"turns_per_minute": 1000, "requests_per_minute": 100_000, "requests_at_once": 1000}
        with HttpServer(create_app(Settings.model_validate(settings | limits | changes), domain)) as server:
            yield server.url

    return start


@pytest.fixture(scope="session")
def api_url(start_api: StartApi) -> Iterator[str]:
    with start_api() as url:
        yield url


@pytest_asyncio.fixture
async def client(api_url: str) -> AsyncIterator[Client]:
    async with Client(base_url=api_url, timeout=30, limits=httpx.Limits(max_connections=200)) as client:
        yield client


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
