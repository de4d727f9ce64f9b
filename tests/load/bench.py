"""The setup of every measurement: a database, an issuer, a model, people, and servers."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from itertools import cycle, islice
from uuid import uuid4

from load import data
from load.clients import http_request
from load.data import Conversation, Person
from load.processes import API, Server, instant_model, serve
from load.sides import create_usual_tables
from support.database import Database, migrate
from support.issuer import AUDIENCE, Issuer
from taskchat_dev_stack.postgres import EmbeddedPostgres

PEOPLE = 32
SIDES = {
    "limit": ("load.sides:limit_app", {}),
    "usual": ("load.sides:usual_app", {}),
    "ours": ("load.sides:ours_app", {}),
    "ours, responses": (API, {"OPENAI_API": "responses"}),
    "ours, chat completions": (API, {"OPENAI_API": "chat_completions"}),
}
"""Uvicorn's application and the settings of each side."""
MAX_STORED_MESSAGES = 10_000
"""For one case: then turns share their conversations."""


@dataclass(frozen=True)
class Case:
    """A kind of turn.

    Attributes:
        side: one of `SIDES`.
        messages: of history.
        calls: how many tools the turn calls, in one step.
    """

    side: str
    messages: int = 20
    calls: int = 0

    @property
    def name(self) -> str:
        calls = ["", ", 1 call"][self.calls] if self.calls < 2 else f", {self.calls} calls"
        return f"{self.side}, {self.messages:,} messages{calls}"


@dataclass(frozen=True)
class Bench:
    """The database, the issuer, the model's URL and the people of a benchmark."""

    database: Database
    issuer: Issuer
    model: str
    people: list[Person]

    def serve(self, side: str, application: str | None = None, **settings: str) -> AbstractContextManager[Server]:
        """Run a side with changed settings, or another application with the side's settings."""
        of_uvicorn, of_side = SIDES[side]
        environment = {
            "API_DATABASE_URL": self.database.roles.api,
            "JWKS_URL": self.issuer.jwks_url,
            "JWT_ISSUER": self.issuer.url,
            "JWT_AUDIENCE": AUDIENCE,
            "TURNS_PER_MINUTE": "1000000",
            "REQUESTS_PER_MINUTE": "1000000",
            "REQUESTS_AT_ONCE": "1000",
            "USUAL_DATABASE_URL": self.database.admin_url,
        }
        if of_uvicorn == API:
            environment |= {"OPENAI_BASE_URL": self.model, "OPENAI_API_KEY": "bench"}
        return serve(application or of_uvicorn, {**environment, **of_side, **settings})

    async def requests(self, case: Case, number: int) -> list[bytes]:
        """Create the case's conversations, and requests for them. Neighbours are of different people."""
        if case.side == "limit" or case.messages == 0:
            return [_request(case, person, None) for person in islice(cycle(self.people), number)]
        stored = min(number, max(len(self.people), MAX_STORED_MESSAGES // case.messages))
        conversations = [Conversation(uuid4(), person) for person in islice(cycle(self.people), stored)]
        create = data.create_usual_conversations if case.side == "usual" else data.create_conversations
        await create(self.database, conversations, case.messages)
        return [_request(case, each.person, str(each.id)) for each in islice(cycle(conversations), number)]


def _request(case: Case, person: Person, conversation: str | None) -> bytes:
    body: dict[str, object] = {"message": f"call {case.calls}" if case.calls else data.QUESTION}
    if case.side == "limit":
        body["history"] = case.messages
    if conversation is not None:
        body["conversation_id"] = conversation
    return http_request("POST", f"/api/{person.id}/chat", body, authorization=f"Bearer {person.token}")


@asynccontextmanager
async def open_bench() -> AsyncIterator[Bench]:
    """Start what a benchmark needs, apart from the sides."""
    async with AsyncExitStack() as stack:
        postgres = stack.enter_context(EmbeddedPostgres(durable=False))
        database = await asyncio.to_thread(migrate, postgres)
        await create_usual_tables(database.admin_url)
        issuer = stack.enter_context(Issuer())
        model = stack.enter_context(instant_model())
        yield Bench(database, issuer, model, [await data.create_person(database, issuer) for _ in range(PEOPLE)])
