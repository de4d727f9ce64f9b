"""A client of the api and its users."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx


@dataclass(frozen=True)
class Person:
    """A user with an access token."""

    id: UUID
    token: str

    @property
    def headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.token}"}


class Client(httpx.AsyncClient):
    """An HTTP client that knows the api's URLs."""

    def __init__(self, **options: Any) -> None:
        # Tests use plain HTTP on this machine. Loading the system's certificates takes longer than most tests.
        super().__init__(verify=False, trust_env=False, **options)

    async def as_person(self, person: Person, method: str, path: str, **options: Any) -> httpx.Response:
        headers = {**person.headers, **options.pop("headers", {})}
        return await self.request(method, f"/api/{person.id}{path}", headers=headers, **options)

    async def chat(
        self, person: Person, message: Any, *, conversation_id: Any = None, key: str | None = None
    ) -> httpx.Response:
        body = {"message": message} | ({"conversation_id": str(conversation_id)} if conversation_id else {})
        headers = {"idempotency-key": key} if key else {}
        return await self.as_person(person, "POST", "/chat", json=body, headers=headers)


NewPerson = Callable[[], Awaitable[Person]]
StartApi = Callable[..., AbstractContextManager[str]]
"""Starts an api with different settings: `with start_api(turns_per_minute=3) as url:`."""

INVALID = 'Bearer error="invalid_token", error_description="invalid"'
EXPIRED = 'Bearer error="invalid_token", error_description="expired"'


def assert_unauthenticated(response: httpx.Response, challenge: str) -> None:
    """Assert a 401 that reveals nothing beyond the challenge."""
    assert response.status_code == 401, response.text
    assert response.headers["www-authenticate"] == challenge
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert problem.keys() == {"type", "title", "status", "code", "detail"}
    assert problem["code"] == "unauthenticated"
    if challenge != "Bearer":
        reason = challenge.rpartition("=")[2].strip('"')
        assert problem["detail"] == f"The access token is {reason}."
