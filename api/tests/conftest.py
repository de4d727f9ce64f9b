"""Fixtures for the api's tests only; tests/support/fixtures.py has the shared ones."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncEngine

from support.database import Database
from support.model_server import Api
from taskchat.database.engine import create_engine
from taskchat.database.url import parse_database_url


@pytest.fixture(scope="session", params=["responses", "chat_completions"])
def openai_api(request: pytest.FixtureRequest) -> Api:
    api: Api = request.param
    return api


@pytest_asyncio.fixture(scope="session")
async def engine(database: Database) -> AsyncIterator[AsyncEngine]:
    """An engine like the api's, for tests of statements."""
    engine = create_engine(parse_database_url(database.roles.api), pool_size=10)
    yield engine
    await engine.dispose()
