"""Requests succeed when the provider has suspended the idle database."""

import asyncio
from collections.abc import Iterator
from uuid import UUID

import httpx
import pytest
from jose import jwt

from support.client import Client, Person
from support.suspendable import Suspendable
from taskchat_dev_stack.postgres import EmbeddedPostgres
from taskchat_dev_stack.settings import StackSettings
from taskchat_dev_stack.stack import Stack

WAKE_SECONDS = 3.0
"""Neon takes half a second to a few seconds; the api times out after six."""


@pytest.fixture
def database() -> Iterator[Suspendable]:
    with EmbeddedPostgres(durable=False) as postgres, Suspendable(postgres.url, WAKE_SECONDS) as database:
        yield database


@pytest.fixture
def stack(database: Suspendable) -> Iterator[Stack]:
    with Stack(StackSettings(web=None, database_url=database.url)) as stack:
        yield stack


async def test_requests_wait_until_the_database_wakes(database: Suspendable, stack: Stack) -> None:
    async with (
        httpx.AsyncClient(base_url=f"{stack.addresses.auth_url}/api/auth", timeout=60) as auth,
        Client(base_url=stack.addresses.api_urls[0], timeout=60) as api,
    ):
        account = {"name": "Test", "email": "test@example.com", "password": "a long password"}
        assert (await auth.post("/sign-up/email", json=account)).status_code == 200
        token = (await auth.get("/token")).json()["token"]
        person = Person(UUID(jwt.get_unverified_claims(token)["sub"]), token)
        assert (await api.chat(person, "add milk")).status_code == 200

        await asyncio.to_thread(database.suspend)
        answers = await asyncio.gather(
            *(auth.get("/token") for _ in range(4)),
            *(api.as_person(person, "GET", "/tasks") for _ in range(4)),
            *(api.chat(person, f"add thing {number}") for number in range(4)),
        )
        assert [answer.status_code for answer in answers] == [200] * 12
