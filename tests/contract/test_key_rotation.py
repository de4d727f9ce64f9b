"""The signing key changes while both services are under load."""

import asyncio
import os
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio
from jose import jwt

from support.client import Client
from support.database import ROOT, SECRET
from taskchat_dev_stack.processes.ports import reserve_port
from taskchat_dev_stack.programs import node
from taskchat_dev_stack.settings import StackSettings
from taskchat_dev_stack.stack import Stack

MAX_AGE_SECONDS = 1.0
DEADLINE_SECONDS = 60.0
NEW_SECRET = "R7yQ2mK9xW4tB6nZ8sD1fG3hJ5vC0pLqAeUo"
CLIENTS = 6
MIN_ACCEPTED = 50
"""Requests that each api must accept with a key before the key counts as in use."""


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    settings = StackSettings(
        web=None,
        api_processes=2,
        better_auth_secret=SECRET,
        env={"JWKS_MAX_AGE_SECONDS": str(MAX_AGE_SECONDS)},
    )
    with Stack(settings) as stack:
        yield stack


async def start(stack: Stack, program: str, *arguments: str, **settings: str) -> asyncio.subprocess.Process:
    """Start a program of auth-service the way an operator does."""
    roles = await asyncio.to_thread(stack.database.prepare_roles)
    environment = {
        "AUTH_DATABASE_URL": roles.auth,
        "BETTER_AUTH_SECRET": SECRET,
        "PUBLIC_URL": stack.addresses.public_url,
        "JWKS_MAX_AGE_SECONDS": str(MAX_AGE_SECONDS),
        **settings,
    }
    return await asyncio.create_subprocess_exec(
        node(),
        ROOT / "auth-service/src" / program,
        *arguments,
        env={**os.environ, **environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def run(stack: Stack, program: str, *arguments: str, **settings: str) -> str:
    """The output of a command of auth-service."""
    command = await start(stack, program, *arguments, **settings)
    output, errors = await command.communicate()
    assert command.returncode == 0, errors.decode()
    return output.decode()


@dataclass
class Load:
    """A signed-in user who fetches tokens and uses each at every api, as fast as they answer.

    Attributes:
        accepted: how many requests each api accepted, by its URL and the token's key.
        rejected: the error responses to valid requests.
    """

    stack: Stack
    auth: Client
    api: Client
    accepted: Counter[tuple[str, str]] = field(default_factory=Counter)
    rejected: list[str] = field(default_factory=list)

    async def run(self) -> None:
        while True:
            token = await self.token()
            for url in self.stack.addresses.api_urls:
                response = await self.use(token, url)
                self.accepted[url, key_of(token)] += response.status_code == 200
                if response.status_code != 200:
                    self.rejected.append(f"{key_of(token)}: {response.status_code} {response.text}")

    async def token(self) -> str:
        response = await self.auth.get("/token")
        if response.status_code != 200:
            self.rejected.append(f"/token: {response.status_code} {response.text}")
        token: str = response.json()["token"]
        return token

    async def use(self, token: str, url: str) -> httpx.Response:
        user_id = jwt.get_unverified_claims(token)["sub"]
        return await self.api.get(f"{url}/api/{user_id}/tasks", headers={"authorization": f"Bearer {token}"})

    async def until_accepted_everywhere(self, key_id: str) -> None:
        async with asyncio.timeout(DEADLINE_SECONDS):
            while any(self.accepted[url, key_id] < MIN_ACCEPTED for url in self.stack.addresses.api_urls):
                await self.use(await self.token(), self.stack.addresses.api_urls[0])


def key_of(token: str) -> str:
    key_id: str = jwt.get_unverified_header(token)["kid"]
    return key_id


@pytest.fixture
def account() -> dict[str, str]:
    return {"name": "Test", "email": f"{uuid4()}@example.com", "password": f"a long password {uuid4()}"}


@pytest_asyncio.fixture
async def load(stack: Stack, account: dict[str, str]) -> AsyncIterator[Load]:
    async with Client(base_url=f"{stack.addresses.auth_url}/api/auth", timeout=30) as auth, Client(timeout=30) as api:
        (await auth.post("/sign-up/email", json=account)).raise_for_status()
        load = Load(stack, auth, api)
        running = [asyncio.create_task(load.run()) for _ in range(CLIENTS)]
        yield load
        for task in running:
            task.cancel()
        ended = await asyncio.gather(*running, return_exceptions=True)
        assert all(isinstance(end, asyncio.CancelledError) for end in ended), ended


async def test_no_valid_request_is_rejected_while_the_key_changes(stack: Stack, load: Load) -> None:
    old = key_of(await load.token())
    await load.until_accepted_everywhere(old)

    new, *_ = (await run(stack, "commands/rotate-key.ts")).removeprefix("auth-service: ").split()

    assert new != old
    await load.until_accepted_everywhere(new)
    assert load.rejected == []
    assert {key_id for _, key_id in load.accepted} == {old, new}


async def test_tokens_of_withdrawn_keys_are_rejected_once_the_key_set_expires(stack: Stack, load: Load) -> None:
    stolen = await load.token()
    await load.until_accepted_everywhere(key_of(stolen))

    await run(stack, "commands/rotate-key.ts", "--withdraw")
    withdrawn_at = time.monotonic()

    for url in stack.addresses.api_urls:
        async with asyncio.timeout(DEADLINE_SECONDS):
            while (await load.use(stolen, url)).status_code != 401:
                pass
    # The age at which a key set is refreshed, plus the time a refresh may take.
    assert time.monotonic() - withdrawn_at < MAX_AGE_SECONDS + 5
    fresh = await load.token()
    assert key_of(fresh) != key_of(stolen)
    await load.until_accepted_everywhere(key_of(fresh))
    for url in stack.addresses.api_urls:
        assert (await load.use(stolen, url)).status_code == 401
        assert (await load.use(fresh, url)).status_code == 200


async def test_a_new_secret_ends_old_tokens_and_signs_valid_ones(stack: Stack, account: dict[str, str]) -> None:
    """Runs last: the stack's own auth-service keeps the old secret, so it can't sign after this test."""
    port = str(reserve_port())
    origin = {"origin": stack.addresses.public_url}
    async with (
        Client(base_url=f"{stack.addresses.auth_url}/api/auth", timeout=30) as auth,
        Client(base_url=f"http://127.0.0.1:{port}", timeout=30, headers=origin) as other_auth,
        Client(timeout=30) as api,
    ):
        (await auth.post("/sign-up/email", json=account)).raise_for_status()
        load = Load(stack, auth, api)
        stolen = await load.token()

        output = await run(stack, "commands/rotate-secret.ts", BETTER_AUTH_SECRET=NEW_SECRET)
        assert "is the only signing key now" in output

        for url in stack.addresses.api_urls:
            async with asyncio.timeout(DEADLINE_SECONDS):
                while (await load.use(stolen, url)).status_code != 401:
                    pass
        assert (await auth.get("/get-session")).json() is None
        assert (await auth.post("/sign-in/email", json=account)).status_code == 200
        unsigned = await auth.get("/token")
        assert (unsigned.status_code, unsigned.json()["code"]) == (503, "auth_unavailable")

        restarted = await start(
            stack, "main.ts", BETTER_AUTH_SECRET=NEW_SECRET, AUTH_LISTEN_ADDRESS=f"127.0.0.1:{port}"
        )
        try:
            async with asyncio.timeout(DEADLINE_SECONDS):
                while not await is_ready(other_auth):
                    pass
            (await other_auth.post("/api/auth/sign-in/email", json=account)).raise_for_status()
            fresh = (await other_auth.get("/api/auth/token")).json()["token"]
            for url in stack.addresses.api_urls:
                assert (await load.use(fresh, url)).status_code == 200
                assert (await load.use(stolen, url)).status_code == 401
        finally:
            restarted.terminate()
            await restarted.communicate()


async def is_ready(client: Client) -> bool:
    try:
        return (await client.get("/readyz")).status_code == 200
    except httpx.TransportError:
        return False
