"""The api over real HTTP, on a real database, with a scripted model server."""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any, Literal

import httpx
import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncEngine

from support.client import Client, NewPerson, Person, StartApi
from support.database import Database, migrated_database
from support.http_server import HttpServer
from support.issuer import AUDIENCE, Issuer
from support.model_server import Api, ModelServer
from taskchat.database.engine import create_engine
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
def _model_server() -> Iterator[ModelServer]:
    with ModelServer() as server:
        yield server


@pytest.fixture
def model(_model_server: ModelServer) -> ModelServer:
    """The scripted model server, with nothing in its script."""
    _model_server.reset()
    return _model_server


@pytest.fixture(scope="session")
def start_api(database: Database, issuer: Issuer, _model_server: ModelServer) -> StartApi:
    """Starts an api with other settings or another domain: `with start_api(turns_per_minute=3) as url:`."""

    @contextmanager
    def start(domain: Domain = TASKS, **changes: Any) -> Iterator[str]:
        settings = {
            "api_database_url": database.roles.api,
            "jwks_url": issuer.jwks_url,
            "jwt_issuer": issuer.url,
            "jwt_audience": AUDIENCE,
            "openai_base_url": _model_server.base_url,
            "openai_api_key": "key-of-the-tests",
            "openai_model": "scripted",
            "turns_per_minute": 1000,
            "requests_per_minute": 100_000,
            "requests_at_once": 1000,
            **changes,
        }
        with HttpServer(create_app(Settings(**settings), domain)) as server:
            yield server.url

    return start


@pytest.fixture(scope="session")
def api_url(start_api: StartApi) -> Iterator[str]:
    with start_api() as url:
        yield url


@pytest.fixture
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


@pytest_asyncio.fixture
async def client(api_url: str) -> AsyncIterator[Client]:
    async with Client(base_url=api_url, timeout=30, limits=httpx.Limits(max_connections=200)) as client:
        yield client


@pytest.fixture(scope="session", params=["responses", "chat_completions"])
def openai_api(request: pytest.FixtureRequest) -> Api:
    api: Literal["responses", "chat_completions"] = request.param
    return api


@pytest_asyncio.fixture(scope="session")
async def engine(database: Database, issuer: Issuer) -> AsyncIterator[AsyncEngine]:
    """An engine as the api makes its own, for tests of statements."""
    settings = {"api_database_url": database.roles.api, "jwks_url": issuer.jwks_url, "jwt_issuer": issuer.url}
    engine = create_engine(Settings.model_validate(settings).database_url, pool_size=10)
    yield engine
    await engine.dispose()
