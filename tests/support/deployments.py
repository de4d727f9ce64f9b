"""One api per model server, and conversations that move between them.

To use them, a conftest.py imports the fixtures.
"""

import os
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch
from uuid import UUID

import httpx
import pytest
import pytest_asyncio

from support.client import Client, Person
from support.database import Database
from support.http_server import HttpServer
from support.issuer import AUDIENCE, Issuer
from support.model_server import Api, Reply
from support.providers import PROVIDERS, StrictServer
from taskchat.main import create_app
from taskchat.settings import load_settings

BY_NAME = {kind.name: kind for kind in PROVIDERS}


@dataclass(frozen=True)
class Deployment:
    """A strict model server, and an api that uses it."""

    server: StrictServer
    api_url: str


class Deployments:
    """Starts each deployment when it is first used, and resets it before each test."""

    def __init__(self, stack: ExitStack, environment: dict[str, str]) -> None:
        self._stack = stack
        self._environment = environment
        self._started: dict[str, Deployment] = {}

    def __getitem__(self, name: str) -> Deployment:
        if name not in self._started:
            self._started[name] = self._start(BY_NAME[name])
        return self._started[name]

    def _start(self, kind: type[StrictServer]) -> Deployment:
        server = self._stack.enter_context(kind())
        return Deployment(server, self.start_api(server.base_url, server.model, server.api, server.environment))

    def start_api(self, base_url: str, model: str, api: Api, changes: Mapping[str, str] | None = None) -> str:
        """Start an api with these environment variables, and return its URL."""
        environment = {
            **self._environment,
            "OPENAI_BASE_URL": base_url,
            "OPENAI_API_KEY": "key-of-the-tests",
            "OPENAI_MODEL": model,
            "OPENAI_API": api,
            **(changes or {}),
        }
        with patch.dict(os.environ, environment, clear=True):
            app = create_app(load_settings())
            server = self._stack.enter_context(HttpServer(app))
        return server.url

    def reset(self) -> None:
        for deployment in self._started.values():
            deployment.server.reset()

    def assert_rules_kept(self) -> None:
        for deployment in self._started.values():
            deployment.server.assert_rules_kept()


@pytest.fixture(scope="session")
def all_deployments(database: Database, issuer: Issuer) -> Iterator[Deployments]:
    environment = {
        "PATH": os.environ["PATH"],
        "API_DATABASE_URL": database.roles.api,
        "JWKS_URL": issuer.jwks_url,
        "JWT_ISSUER": issuer.url,
        "JWT_AUDIENCE": AUDIENCE,
        "DATABASE_POOL_SIZE": "1",
        "TURNS_PER_MINUTE": "1000",
    }
    with ExitStack() as stack:
        yield Deployments(stack, environment)


@pytest.fixture
def deployments(all_deployments: Deployments) -> Deployments:
    all_deployments.reset()
    return all_deployments


class Conversation:
    """A user's conversation, over different apis."""

    def __init__(self, client: Client, database: Database, person: Person) -> None:
        self._client = client
        self._database = database
        self._person = person
        self.id: UUID | None = None

    async def say(
        self, deployment: Deployment, message: str, *replies: Reply, key: str | None = None
    ) -> httpx.Response:
        """Send a message that the model answers with these replies."""
        deployment.server.script(*replies)
        return await self.post(deployment.api_url, message, key=key)

    async def post(self, api_url: str, message: str, *, key: str | None = None) -> httpx.Response:
        """Send a message to the api at this URL."""
        body: dict[str, Any] = {"message": message}
        if self.id is not None:
            body["conversation_id"] = str(self.id)
        headers = self._person.headers | ({"idempotency-key": key} if key else {})
        address = f"{api_url}/api/{self._person.id}/chat"
        response = await self._client.post(address, json=body, headers=headers)
        if "conversation_id" in response.json():
            self.id = UUID(response.json()["conversation_id"])
        return response

    async def ask(
        self, deployment: Deployment, message: str, *replies: Reply, key: str | None = None
    ) -> dict[str, Any]:
        """Send a message and require success; on failure show the rules that the server reported."""
        response = await self.say(deployment, message, *replies, key=key)
        refused = [f"{v.rule}: {v.detail}" for v in deployment.server.violations]
        assert response.status_code == 200, f"{response.json()['detail']} {deployment.server.name} reported: {refused}"
        answer: dict[str, Any] = response.json()
        return answer

    async def tasks(self) -> list[str]:
        """Return the titles of the user's tasks, oldest first."""
        rows = await self._database.fetch(
            "select title from task where user_id = $1 order by created_at, id", self._person.id
        )
        return [title for (title,) in rows]

    async def answers(self) -> list[str]:
        rows = await self._database.fetch(
            "select content from message where conversation_id = $1 and role = 'assistant' order by sequence", self.id
        )
        return [content for (content,) in rows]


@pytest_asyncio.fixture
async def conversation(database: Database, alice: Person) -> AsyncIterator[Conversation]:
    async with Client(timeout=300) as client:
        yield Conversation(client, database, alice)
