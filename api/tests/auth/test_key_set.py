"""The key set: fetched once for many, refreshed beside the requests, never a reason to wait for long."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from support.client import Client, Person, StartApi
from support.database import Database
from support.http_server import HttpServer
from support.issuer import Issuer, SigningKey
from taskchat.auth.key_set import KeySet
from taskchat.errors import AuthUnavailable


@asynccontextmanager
async def key_set(url: str, *, max_age: float = 300, max_stale: float = 3600) -> AsyncIterator[KeySet]:
    async with httpx.AsyncClient() as client:
        keys = KeySet(url, client, max_age_seconds=max_age, max_stale_seconds=max_stale)
        yield keys
        await keys.aclose()


class TestFetching:
    async def test_many_cold_requests_make_one_fetch(self) -> None:
        with Issuer() as issuer:
            async with key_set(issuer.jwks_url) as keys:
                found = await asyncio.gather(*(keys.find("key-1") for _ in range(200)))
            assert all(found)
            assert issuer.fetches == 1

    async def test_many_unknown_key_ids_make_one_fetch_more(self) -> None:
        with Issuer() as issuer:
            async with key_set(issuer.jwks_url) as keys:
                await keys.find("key-1")
                keys._attempted_at -= 1  # as if the cooldown were over
                found = await asyncio.gather(*(keys.find(f"unknown-{n}") for n in range(500)))
                found += [await keys.find(f"unknown later-{n}") for n in range(20)]
            assert not any(found)
            assert issuer.fetches == 2

    async def test_a_new_key_is_found_and_a_removed_one_is_gone_after_a_refresh(self) -> None:
        with Issuer() as issuer:
            async with key_set(issuer.jwks_url) as keys:
                assert await keys.find("key-1")
                issuer.published = {"keys": [SigningKey("key-2").public]}
                keys._attempted_at -= 1
                assert await keys.find("key-2")
                assert await keys.find("key-1") is None

    async def test_an_old_set_is_refreshed_beside_the_request(self) -> None:
        with Issuer() as issuer:
            async with key_set(issuer.jwks_url, max_age=0) as keys:
                await keys.find("key-1")
                keys._attempted_at -= 1
                assert await keys.find("key-1")  # from the old set
                fetching = keys._fetching
                assert fetching is not None
                await fetching
            assert issuer.fetches == 2

    @pytest.mark.parametrize("published", [{}, {"keys": []}, {"keys": "x"}, {"keys": [{"kty": "RSA"}]}])
    async def test_a_document_without_a_key_for_us_replaces_nothing(self, published: dict[str, Any]) -> None:
        with Issuer() as issuer:
            async with key_set(issuer.jwks_url) as keys:
                assert await keys.find("key-1")
                issuer.published = published
                keys._attempted_at -= 1
                await keys.refresh()
                assert await keys.find("key-1")

    async def test_foreign_and_broken_keys_in_the_set_are_passed_over(self) -> None:
        with Issuer() as issuer:
            good = issuer.key.public
            foreign = [
                {**good, "kid": "rsa", "kty": "RSA"},
                {**good, "kid": "curve", "crv": "P-384"},
                {**good, "kid": "encryption", "use": "enc"},
                {**good, "kid": "no-point", "x": "AAAA", "y": "AAAA"},
                {**good, "kid": 7},
                {**good, "kid": "x" * 200},
                "no object",
            ]
            issuer.published = {"keys": [*foreign, good]}
            async with key_set(issuer.jwks_url) as keys:
                assert await keys.find("key-1")
                for key_id in ("rsa", "curve", "encryption", "no-point", "x" * 200):
                    assert await keys.find(key_id) is None


class TestOutage:
    async def test_without_any_set_a_plausible_token_is_503_and_another_401(
        self, start_api: StartApi, issuer: Issuer, alice: Person, database: Database
    ) -> None:
        with start_api(jwks_url="http://127.0.0.1:9/api/auth/jwks") as url:
            async with Client(base_url=url) as client:
                plausible = await client.chat(alice, "hello")
                implausible = await client.chat(Person(alice.id, issuer.token(alice.id, aud="other")), "hello")
                not_ready = await client.get("/readyz")
        assert (plausible.status_code, plausible.json()["code"]) == (503, "auth_unavailable")
        assert int(plausible.headers["retry-after"]) >= 1
        assert implausible.status_code == 401
        assert (not_ready.status_code, not_ready.json()["code"]) == (503, "auth_unavailable")
        assert await database.count("owner", user_id=alice.id) == 0

    async def test_a_hanging_issuer_holds_nobody_up(self, start_api: StartApi, alice: Person) -> None:
        released = asyncio.Event()

        async def hang(_request: Request) -> Response:
            await released.wait()
            return Response()

        with (
            HttpServer(Starlette(routes=[Route("/jwks", hang)])) as hanging,
            start_api(jwks_url=f"{hanging.url}/jwks") as url,
        ):
            # The requirement's own bound: every refusal within 500 ms.
            async with Client(base_url=url, timeout=0.5) as client:
                response = await client.chat(alice, "hello")
        assert (response.status_code, response.json()["code"]) == (503, "auth_unavailable")

    async def test_old_keys_serve_while_the_issuer_is_away_but_not_forever(self) -> None:
        with Issuer() as issuer:
            async with key_set(issuer.jwks_url, max_age=0, max_stale=60) as keys:
                await keys.find("key-1")
                issuer.published = {"keys": []}  # no good any more
                keys._attempted_at -= 1
                assert await keys.find("key-1")
                keys._fetched_at -= 61
                with pytest.raises(AuthUnavailable):
                    await keys.find("key-1")
