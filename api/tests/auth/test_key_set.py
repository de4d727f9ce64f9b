"""The key set: shared fetches, refreshes in the background, and short waits."""

import asyncio
import gzip
import json
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

import taskchat.auth.key_set
from support.broken_tls import broken_tls
from support.certificates import CertificateAuthority
from support.client import Client, Person, StartApi
from support.database import Database
from support.http_server import HttpServer
from support.issuer import Issuer, SigningKey
from taskchat.auth.key_set import PAUSE_SECONDS, KeySet
from taskchat.errors import AuthUnavailable


@asynccontextmanager
async def key_set(url: str, *, max_age: float = 300, max_stale: float = 3600) -> AsyncIterator[KeySet]:
    keys = KeySet(url, max_age_seconds=max_age, max_stale_seconds=max_stale)
    yield keys
    await keys.aclose()


def make_older(keys: KeySet, seconds: float) -> None:
    """Make the key set older, as if `seconds` had passed."""
    keys._fetched_at -= seconds
    keys._attempted_at -= seconds
    keys._not_before -= seconds


async def end_of_fetch(keys: KeySet) -> None:
    assert keys._fetching is not None
    async with asyncio.timeout(30):
        await keys._fetching


class CookieIssuer(Issuer):
    """Sets a cookie that no client can send back."""

    async def _jwks(self, request: Request) -> JSONResponse:
        answer = await super()._jwks(request)
        answer.raw_headers.append((b"set-cookie", b"sid=\xff"))
        return answer


class SlowIssuer(Issuer):
    """Answers with the key set at the time of the request, once the test lets it."""

    def __init__(self) -> None:
        super().__init__()
        self.was_requested, self.go_on = asyncio.Event(), threading.Event()
        self._loop = asyncio.get_running_loop()

    async def _jwks(self, request: Request) -> JSONResponse:
        answer = await super()._jwks(request)
        self._loop.call_soon_threadsafe(self.was_requested.set)
        await asyncio.to_thread(self.go_on.wait, 30)
        return answer


@pytest.fixture
def _long_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """Results must not depend on a busy machine; other tests check how long requests wait."""
    monkeypatch.setattr(taskchat.auth.key_set, "WAIT_SECONDS", 10)


@pytest.mark.usefixtures("_long_wait")
class TestFetching:
    async def test_many_cold_requests_cause_one_fetch(self) -> None:
        with Issuer() as issuer:
            async with key_set(issuer.jwks_url) as keys:
                found = await asyncio.gather(*(keys.find("key-1") for _ in range(200)))
            assert all(found)
            assert issuer.fetches == 1

    async def test_many_unknown_key_ids_cause_one_more_fetch(self) -> None:
        with Issuer() as issuer:
            async with key_set(issuer.jwks_url) as keys:
                assert await keys.find("key-1")
                found = await asyncio.gather(*(keys.find(f"unknown-{n}") for n in range(500)))
            assert not any(found)
            assert issuer.fetches == 2

    async def test_fetches_are_spaced_out(self) -> None:
        with Issuer() as issuer:
            async with key_set(issuer.jwks_url) as keys:
                started = time.monotonic()
                for n in range(6):
                    assert await keys.find(f"unknown-{n}") is None
                assert time.monotonic() - started >= 5 * PAUSE_SECONDS

    async def test_a_cookie_of_the_server_does_not_prevent_later_fetches(self) -> None:
        with CookieIssuer() as issuer:
            async with key_set(issuer.jwks_url) as keys:
                assert await keys.find("key-1")
                issuer.published = {"keys": [SigningKey("key-2").public]}
                assert await keys.find("key-2")

    async def test_a_tls_error_after_the_handshake_is_a_failed_fetch(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        authority = CertificateAuthority(tmp_path)
        monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
        async with broken_tls(authority) as port, key_set(f"https://127.0.0.1:{port}/jwks") as keys:
            assert await keys.diagnose() == "does not answer"
            with pytest.raises(AuthUnavailable):
                await keys.find("key-1")

    async def test_a_cancelled_request_does_not_cancel_the_fetch(self) -> None:
        with SlowIssuer() as issuer:
            async with key_set(issuer.jwks_url) as keys:
                leaving, staying = (asyncio.create_task(keys.find("key-1")) for _ in range(2))
                await issuer.was_requested.wait()
                leaving.cancel()
                issuer.go_on.set()
                assert await staying
            assert issuer.fetches == 1

    async def test_a_new_key_is_found_and_a_removed_one_is_gone_after_a_refresh(self) -> None:
        with Issuer() as issuer:
            async with key_set(issuer.jwks_url) as keys:
                assert await keys.find("key-1")
                issuer.published = {"keys": [SigningKey("key-2").public]}
                assert await keys.find("key-2")  # immediately, despite the recent fetch
                assert await keys.find("key-1") is None

    async def test_a_key_published_during_a_fetch_is_found(self) -> None:
        with SlowIssuer() as issuer:
            async with key_set(issuer.jwks_url) as keys:
                keys._start_fetch()
                await issuer.was_requested.wait()
                issuer.published = {"keys": [issuer.key.public, SigningKey("key-2").public]}
                finding = asyncio.create_task(keys.find("key-2"))
                await asyncio.sleep(0)  # lets the task start
                issuer.go_on.set()
                assert await finding

    async def test_an_old_set_is_refreshed_in_the_background(self) -> None:
        with Issuer() as issuer:
            async with key_set(issuer.jwks_url, max_age=300) as keys:
                await keys.find("key-1")
                issuer.published = {"keys": [SigningKey("key-2").public]}
                make_older(keys, 151)
                assert await keys.find("key-1")  # from the old set
                await end_of_fetch(keys)
                assert await keys.find("key-1") is None
            assert issuer.fetches == 3

    async def test_after_a_long_idle_time_the_request_waits_for_the_refresh(self) -> None:
        with Issuer() as issuer:
            async with key_set(issuer.jwks_url, max_age=300) as keys:
                await keys.find("key-1")
                issuer.published = {"keys": [SigningKey("key-2").public]}
                make_older(keys, 301)
                assert await keys.find("key-1") is None

    async def test_proxies_in_the_environment_are_ignored(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with Issuer() as proxy, Issuer() as issuer:
            for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy", "ALL_PROXY"):
                monkeypatch.setenv(name, proxy.url)
            monkeypatch.delenv("no_proxy", raising=False)
            monkeypatch.delenv("NO_PROXY", raising=False)
            async with key_set(issuer.jwks_url) as keys:
                assert await keys.find("key-1")
            assert (issuer.fetches, proxy.fetches) == (1, 0)


@pytest.mark.usefixtures("_long_wait")
class TestDocument:
    @pytest.mark.parametrize("published", [{}, {"keys": []}, {"keys": "x"}, {"keys": [{"kty": "RSA"}]}, [], None, "x"])
    async def test_one_without_a_usable_key_is_ignored(self, published: Any) -> None:
        with Issuer() as issuer:
            async with key_set(issuer.jwks_url) as keys:
                assert await keys.find("key-1")
                issuer.published = published
                make_older(keys, 1)
                await keys.refresh()
                assert issuer.fetches == 2
                assert await keys.find("key-1")

    async def test_foreign_and_broken_keys_are_skipped(self) -> None:
        with Issuer() as issuer:
            good = issuer.key.public
            foreign = [
                {**good, "kid": "rsa", "kty": "RSA"},
                {**good, "kid": "curve", "crv": "P-384"},
                {**good, "kid": "algorithm", "alg": "ES384"},
                {**good, "kid": "encryption", "use": "enc"},
                {**good, "kid": "no-point", "x": "AAAA", "y": "AAAA"},
                {**good, "kid": "no-base64", "x": "é", "y": "?"},
                {"kid": "no-point-at-all", "kty": "EC", "crv": "P-256"},
                {"kid": "secret", "kty": "oct", "k": "c2VjcmV0"},
                {**good, "kid": 7},
                {**good, "kid": None},
                {**good, "kid": ""},
                {**good, "kid": "x" * 200},
                "no object",
                None,
            ]
            issuer.published = {"keys": [*foreign, good]}
            async with key_set(issuer.jwks_url) as keys:
                assert await keys.find("key-1")
                assert keys._keys.keys() == {"key-1"}

    async def test_the_first_of_two_keys_with_the_same_id_is_used(self) -> None:
        with Issuer() as issuer:
            issuer.published = {"keys": [issuer.key.public, SigningKey("key-1").public]}
            async with key_set(issuer.jwks_url) as keys:
                found = await keys.find("key-1")
            assert found is not None
            assert found.to_dict()["x"] == issuer.key.public["x"]

    async def test_many_keys_are_all_found(self) -> None:
        with Issuer() as issuer:
            others = [{**issuer.key.public, "kid": f"old-{n}"} for n in range(200)]
            issuer.published = {"keys": [*others, issuer.key.public]}
            async with key_set(issuer.jwks_url) as keys:
                assert await keys.find("key-1")
                assert await keys.find("old-0")


def serve(answer: Callable[[Request], Awaitable[Response]]) -> HttpServer:
    return HttpServer(Starlette(routes=[Route("/jwks", answer)]))


class TestResponse:
    """The server at JWKS_URL may be broken, or may not be auth-service."""

    @pytest.mark.parametrize("status", [201, 204, 301, 302, 307, 308, 401, 404, 429, 500, 503])
    async def test_error_statuses_and_redirects_are_ignored(self, status: int) -> None:
        with Issuer() as issuer:

            async def answer(_request: Request) -> Response:
                return Response(status_code=status, headers={"location": issuer.jwks_url})

            with serve(answer) as server:
                async with key_set(f"{server.url}/jwks") as keys:
                    with pytest.raises(AuthUnavailable):
                        await keys.find("key-1")
            assert issuer.fetches == 0

    @pytest.mark.parametrize("body", [b"", b"<html>", b"[" * 10_000, b'{"keys": [', b"\xff\xfe", b"NaN"])
    async def test_a_body_that_is_not_json_is_ignored(self, body: bytes) -> None:
        async def answer(_request: Request) -> Response:
            return Response(body, media_type="application/json")

        with serve(answer) as server:
            async with key_set(f"{server.url}/jwks") as keys:
                with pytest.raises(AuthUnavailable):
                    await keys.find("key-1")

    @pytest.mark.parametrize(
        ("chunk", "pause", "seconds"), [(b" " * 65_536, 0.0, 30.0), (b" ", 0.05, 0.5)], ids=["endless", "dripping"]
    )
    async def test_an_endless_body_is_aborted(
        self, monkeypatch: pytest.MonkeyPatch, chunk: bytes, pause: float, seconds: float
    ) -> None:
        monkeypatch.setattr(taskchat.auth.key_set, "FETCH_TIMEOUT_SECONDS", seconds)
        is_left = threading.Event()

        async def answer(request: Request) -> Response:
            async def body() -> AsyncIterator[bytes]:
                try:
                    while not await request.is_disconnected():
                        yield chunk
                        await asyncio.sleep(pause)
                finally:
                    is_left.set()

            return StreamingResponse(body())

        with serve(answer) as server:
            async with key_set(f"{server.url}/jwks") as keys:
                with pytest.raises(AuthUnavailable):
                    await keys.find("key-1")
                assert await asyncio.to_thread(is_left.wait, 10)

    async def test_a_compressed_body_is_neither_requested_nor_decompressed(self) -> None:
        accepted: list[str | None] = []
        key = SigningKey("key-1")

        async def answer(request: Request) -> Response:
            accepted.append(request.headers.get("accept-encoding"))
            packed = gzip.compress(json.dumps({"keys": [key.public]}).encode())
            return Response(packed, headers={"content-encoding": "gzip"})

        with serve(answer) as server:
            async with key_set(f"{server.url}/jwks") as keys:
                with pytest.raises(AuthUnavailable):
                    await keys.find("key-1")
        assert accepted == ["identity"]


class TestOutage:
    async def test_without_a_key_set_a_plausible_token_is_503_and_an_implausible_one_401(
        self, start_api: StartApi, issuer: Issuer, alice: Person, database: Database
    ) -> None:
        with start_api(jwks_url="http://127.0.0.1:9/api/auth/jwks") as url:
            async with Client(base_url=url, timeout=30) as client:
                plausible = await client.chat(alice, "hello")
                implausible = await client.chat(Person(alice.id, issuer.token(alice.id, aud="other")), "hello")
                not_ready = await client.get("/readyz")
        assert (plausible.status_code, plausible.json()["code"]) == (503, "auth_unavailable")
        assert int(plausible.headers["retry-after"]) >= 1
        assert implausible.status_code == 401
        assert (not_ready.status_code, not_ready.json()["code"]) == (503, "auth_unavailable")
        assert await database.count("owner", user_id=alice.id) == 0

    async def test_old_keys_are_used_during_an_outage_but_not_forever(self) -> None:
        with Issuer() as issuer:
            async with key_set(issuer.jwks_url, max_age=20, max_stale=60) as keys:
                await keys.find("key-1")
                issuer.stop()
                for _ in range(2):
                    make_older(keys, 25)
                    assert await keys.find("key-1")
                make_older(keys, 25)
                with pytest.raises(AuthUnavailable):
                    await keys.find("key-1")
