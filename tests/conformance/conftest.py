"""One api for each strict model server, all on one database, and the table of what works with which provider."""

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch
from uuid import UUID

import httpx
import pytest
import pytest_asyncio

from support.client import Client, Person
from support.database import Database, migrated_database
from support.http_server import HttpServer
from support.issuer import AUDIENCE, Issuer
from support.model_server import Reply
from support.providers import PROVIDERS, StrictServer
from taskchat.main import create_app
from taskchat.settings import load_settings

BY_NAME = {kind.name: kind for kind in PROVIDERS}


@dataclass(frozen=True)
class Deployment:
    """A strict server, and an api that asks it."""

    server: StrictServer
    api_url: str


class Deployments:
    """Each is started when it is first asked for, and forgets what it saw before each test."""

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
        environment = {
            **self._environment,
            "OPENAI_BASE_URL": server.base_url,
            "OPENAI_API_KEY": "key-of-the-tests",
            "OPENAI_MODEL": server.model,
            "OPENAI_API": server.api,
            **server.environment,
        }
        with patch.dict(os.environ, environment, clear=True):
            app = create_app(load_settings())
            api = self._stack.enter_context(HttpServer(app))
        return Deployment(server, api.url)

    def reset(self) -> None:
        for deployment in self._started.values():
            deployment.server.reset()

    def assert_rules_kept(self) -> None:
        for deployment in self._started.values():
            deployment.server.assert_rules_kept()


@pytest.fixture(scope="session")
def database() -> Iterator[Database]:
    with migrated_database() as database:
        yield database


@pytest.fixture(scope="session")
def issuer() -> Iterator[Issuer]:
    with Issuer() as issuer:
        yield issuer


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


@pytest_asyncio.fixture(scope="session")
async def client() -> AsyncIterator[Client]:
    async with Client(timeout=60) as client:
        yield client


class Conversation:
    """What one person says, to one api after another."""

    def __init__(self, client: Client, database: Database, person: Person) -> None:
        self._client = client
        self._database = database
        self._person = person
        self.id: UUID | None = None

    async def say(
        self, deployment: Deployment, message: str, *replies: Reply, key: str | None = None
    ) -> httpx.Response:
        """Send a message while the model is to give these replies."""
        deployment.server.script(*replies)
        body: dict[str, Any] = {"message": message}
        if self.id is not None:
            body["conversation_id"] = str(self.id)
        headers = self._person.headers | ({"idempotency-key": key} if key else {})
        address = f"{deployment.api_url}/api/{self._person.id}/chat"
        response = await self._client.post(address, json=body, headers=headers)
        if "conversation_id" in response.json():
            self.id = UUID(response.json()["conversation_id"])
        return response

    async def ask(
        self, deployment: Deployment, message: str, *replies: Reply, key: str | None = None
    ) -> dict[str, Any]:
        """The same, where it must succeed; or else the server's own words say why."""
        response = await self.say(deployment, message, *replies, key=key)
        refused = [f"{v.rule}: {v.detail}" for v in deployment.server.violations]
        assert response.status_code == 200, f"{response.json()['detail']} {deployment.server.name} told: {refused}"
        answer: dict[str, Any] = response.json()
        return answer

    async def tasks(self) -> list[str]:
        """The titles on the person's list, in the order in which they were added."""
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
async def conversation(client: Client, database: Database, issuer: Issuer) -> Conversation:
    user_id = await database.create_user()
    return Conversation(client, database, Person(user_id, issuer.token(user_id)))


_RESULTS = pytest.StashKey[dict[tuple[str, str], str]]()
_REASONS = pytest.StashKey[list[str]]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[Any]) -> Iterator[None]:
    report: Any = yield
    if isinstance(item, pytest.Function) and (report.when == "call" or report.failed):
        provider = item.callspec.id if hasattr(item, "callspec") else "all"
        case = item.originalname.removeprefix("test_").replace("_", " ")
        item.config.stash.setdefault(_RESULTS, {})[provider, case] = "ok" if report.passed else "RED"
        if report.failed and call.excinfo is not None:
            reason = str(call.excinfo.value).partition("\n")[0][:300]
            item.config.stash.setdefault(_REASONS, []).append(f"{provider}, {case}: {reason}")
    return report  # type: ignore[no-any-return]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    results = config.stash.get(_RESULTS, {})
    cases = list(dict.fromkeys(case for provider, case in results if provider != "all"))
    providers = [kind.name for kind in PROVIDERS if any(kind.name == provider for provider, _ in results)]
    if not providers:
        return
    rows = [["provider", *cases], *([p, *(results.get((p, c), "-") for c in cases)] for p in providers)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    terminalreporter.section("provider and case")
    for row in rows:
        terminalreporter.write_line("  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip())
    for (provider, case), result in results.items():
        if provider == "all":
            terminalreporter.write_line(f"{case}: {result}")
    for reason in config.stash.get(_REASONS, []):
        terminalreporter.write_line(reason)
