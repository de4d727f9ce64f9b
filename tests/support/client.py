"""Somebody who uses the api."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx


@dataclass(frozen=True)
class Person:
    """Somebody with an account and an access token."""

    id: UUID
    token: str

    @property
    def headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.token}"}


class Client(httpx.AsyncClient):
    """An HTTP client that knows the addresses of the contract."""

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
"""Starts an api with other settings: `with start_api(turns_per_minute=3) as url:`."""
