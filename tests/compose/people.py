"""A user with an account, who uses Taskchat through the gateway."""

import asyncio
import time
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx

RETRY_SECONDS = 60
TRY_AGAIN = {409, 429, 502, 503, 504}


@dataclass
class Person:
    """An account with its session.

    Attributes:
        account: what they signed up with.
        refusals: how often a request was retried, by status or lost connection.
    """

    http: httpx.AsyncClient
    id: str = ""
    account: dict[str, str] = field(default_factory=dict)
    refusals: dict[str, int] = field(default_factory=dict)
    _token: str = ""

    async def sign_up(self) -> None:
        self.account = {"name": "Ada", "email": f"ada.{uuid4()}@example.com", "password": str(uuid4())}
        answer = await self._until_answered("POST", "/api/auth/sign-up/email", json=self.account)
        self.id = answer.json()["user"]["id"]
        await self.refresh()

    async def sign_in(self) -> None:
        await self._until_answered("POST", "/api/auth/sign-in/email", json=self.account)

    async def refresh(self) -> None:
        self._token = (await self._until_answered("GET", "/api/auth/token")).json()["token"]

    async def chat(self, message: str, conversation_id: str | None, key: str) -> dict[str, Any]:
        """Send a message, repeatedly with the same key, until it is answered."""
        body = {"message": message, "conversation_id": conversation_id}
        answer = await self.request("POST", "/chat", json=body, headers={"idempotency-key": key})
        return dict(answer.json())

    async def export(self) -> dict[str, Any]:
        return dict((await self.request("GET", "/export")).json())

    @property
    def authorization(self) -> str:
        return f"Bearer {self._token}"

    async def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        headers = {**options.pop("headers", {}), "authorization": self.authorization}
        return await self._until_answered(method, f"/api/{self.id}{path}", headers=headers, **options)

    async def _until_answered(self, method: str, path: str, **options: Any) -> httpx.Response:
        give_up_at = time.monotonic() + RETRY_SECONDS
        while True:
            retry_after = "0.1"
            try:
                answer = await self.http.request(method, path, **options)
                if answer.status_code == 200:
                    return answer
                reason = str(answer.status_code)
                retry_after = answer.headers.get("retry-after", retry_after)
                assert answer.status_code in TRY_AGAIN, f"{method} {path}: {answer.status_code} {answer.text}"
            except httpx.TransportError as error:
                reason = type(error).__name__
            assert time.monotonic() < give_up_at, f"{method} {path}: still {reason} after {RETRY_SECONDS} s"
            self.refusals[reason] = self.refusals.get(reason, 0) + 1
            await asyncio.sleep(float(retry_after))
