"""The container stack as shipped. Needs a Docker engine: `make test-compose`."""

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, ExitStack
from typing import Protocol

import httpx
import pytest
import pytest_asyncio

from compose.people import Person
from compose.stack import EngineMissing, Stack
from support.report import Report
from support.repository import clone_repository

IMAGES = {
    "taskchat-auth-service": "node:24-slim",
    "taskchat-api": "python:3.13-slim",
    "taskchat-gateway": "caddy:2",
}
"""Each image with its base."""


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory, report: Report) -> Iterator[Stack]:
    clone = clone_repository(tmp_path_factory.mktemp("compose") / "taskchat")
    with ExitStack() as lasting:
        try:
            stack = lasting.enter_context(Stack(clone))
        except EngineMissing as error:
            pytest.fail(str(error), pytrace=False)
        _report_images(stack, report)
        yield stack


def _report_images(stack: Stack, report: Report) -> None:
    for image, base in IMAGES.items():
        size, base_size = _size(stack, image), _size(stack, base)
        report.add("images", ("image", "size", "of which base"), image, size, f"{base_size} {base}")
    head = ("what", "seconds")
    report.add("times", head, "build", f"{stack.build_seconds:.1f}")
    report.add("times", head, "first start, until all is healthy", f"{stack.start_seconds:.1f}")


def _size(stack: Stack, image: str) -> str:
    """Return an image's size; "?" for a base that only the builder has."""
    found = stack.docker("image", "inspect", "--format", "{{.Size}}", image, check=False).strip()
    return f"{int(found) / 1e6:.0f} MB" if found else "?"


class NewPerson(Protocol):
    async def __call__(self) -> Person: ...


@pytest_asyncio.fixture
async def new_person(stack: Stack) -> AsyncIterator[NewPerson]:
    async with AsyncExitStack() as clients:

        async def sign_up() -> Person:
            forget_rate_limits(stack)
            http = httpx.AsyncClient(base_url=stack.url, timeout=120, trust_env=False, headers={"origin": stack.url})
            await clients.enter_async_context(http)
            person = Person(http)
            await person.sign_up()
            return person

        yield sign_up


def forget_rate_limits(stack: Stack) -> None:
    """All test users share one address, which may sign up only a few times."""
    stack.sql('delete from auth."rateLimit"')


@pytest.fixture
def client(stack: Stack) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=stack.url, timeout=30, trust_env=False) as client:
        yield client
