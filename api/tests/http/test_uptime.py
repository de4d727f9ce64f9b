"""`/api/health`: what an uptime check sees, and what it costs."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import httpx
import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from support.api_process import ApiProcess
from support.client import Client, StartApi
from support.database import Database, migrate_api, migrated_database
from support.http_server import HttpServer
from support.issuer import AUDIENCE, Issuer
from taskchat.auth.auth_service import AuthService
from taskchat.auth.key_set import KeySet
from taskchat.auth.tokens import TokenVerifier
from taskchat.database.readiness import Readiness
from taskchat.database.url import parse_database_url
from taskchat.http.uptime import Uptime

NOWHERE = "postgresql://chat_api@127.0.0.1:9/taskchat"


class KeyServer:
    """Publishes keys at any path, and counts its requests. Without `ready_status` it has no `/readyz`."""

    def __init__(self, issuer: Issuer, path: str, ready_status: int | None) -> None:
        self.requests: Counter[str] = Counter()
        self.keys_status = 200

        async def keys(request: Request) -> JSONResponse:
            self.requests[request.url.path] += 1
            return JSONResponse(issuer.published, self.keys_status)

        async def ready(request: Request) -> JSONResponse:
            self.requests[request.url.path] += 1
            return JSONResponse({}, ready_status or 404)

        self.server = HttpServer(Starlette(routes=[Route(path, keys), Route("/readyz", ready)]))
        self.jwks_url = f"{self.server.url}{path}"


@contextmanager
def key_server(issuer: Issuer, path: str, ready_status: int | None = None) -> Iterator[KeyServer]:
    server = KeyServer(issuer, path, ready_status)
    with server.server:
        yield server


async def health_of(url: str) -> httpx.Response:
    async with Client(base_url=url, timeout=30) as client:
        response = await client.get("/api/health")
    assert response.headers["cache-control"] == "no-store"
    assert ("retry-after" in response.headers) is (response.status_code == 503)
    assert response.json()["status"] == ("ok" if response.status_code == 200 else "unavailable")
    return response


class TestAnswer:
    async def test_everything_is_well(self, client: Client, api_url: str) -> None:
        assert (await health_of(api_url)).json() == {
            "status": "ok",
            "checks": {"database": "ok", "keys": "ok", "sign_in": "ok"},
        }
        head = await client.head("/api/health")
        assert (head.status_code, head.content) == (200, b"")

    async def test_it_says_neither_why_nor_where(self, start_api: StartApi) -> None:
        with start_api(api_database_url=NOWHERE) as url:
            response = await health_of(url)
            async with Client(base_url=url) as client:
                assert (await client.head("/api/health")).status_code == 503
        assert response.status_code == 503
        assert response.json() == {
            "status": "unavailable",
            "checks": {"database": "unavailable", "keys": "ok", "sign_in": "ok"},
        }

    async def test_the_log_says_why_once(self, api_environment: dict[str, str]) -> None:
        with ApiProcess({**api_environment, "API_DATABASE_URL": NOWHERE}, probe="/healthz") as api:
            for _ in range(3):
                assert (await health_of(api.url)).status_code == 503
            api.stop()
        [reason] = [line["message"] for line in api.logged() if line["message"].startswith("health check")]
        assert "nothing listens at 127.0.0.1:9" in reason

    @pytest.fixture
    def old(self) -> Iterator[Database]:
        """A database without the api's newest migration."""
        with migrated_database() as database:
            assert migrate_api(database.roles.api_migration, "downgrade", "-1").returncode == 0
            yield database

    async def test_a_database_without_the_newest_migration(self, start_api: StartApi, old: Database) -> None:
        with start_api(api_database_url=old.roles.api) as url:
            assert (await health_of(url)).json()["checks"]["database"] == "unavailable"
            assert migrate_api(old.roles.api_migration).returncode == 0
            assert (await health_of(url)).status_code == 200


class TestSignIn:
    @pytest.mark.parametrize(("ready_status", "sign_in"), [(200, "ok"), (503, "unavailable"), (307, "unavailable")])
    async def test_it_is_what_auth_service_says(
        self, start_api: StartApi, issuer: Issuer, ready_status: int, sign_in: str
    ) -> None:
        with (
            key_server(issuer, "/api/auth/jwks", ready_status) as server,
            start_api(jwks_url=server.jwks_url) as url,
        ):
            assert (await health_of(url)).json()["checks"] == {"database": "ok", "keys": "ok", "sign_in": sign_in}

    async def test_through_the_gateway_it_is_whether_keys_are_published(
        self, start_api: StartApi, issuer: Issuer
    ) -> None:
        with key_server(issuer, "/api/auth/jwks") as server, start_api(jwks_url=server.jwks_url) as url:
            assert (await health_of(url)).status_code == 200
            server.keys_status = 503
            assert (await health_of(url)).json()["checks"]["sign_in"] == "unavailable"

    async def test_another_issuer_is_not_asked(self, start_api: StartApi, issuer: Issuer) -> None:
        with key_server(issuer, "/.well-known/jwks.json", 503) as server, start_api(jwks_url=server.jwks_url) as url:
            assert (await health_of(url)).status_code == 200
        assert server.requests == {"/.well-known/jwks.json": 1}

    async def test_without_auth_service_nobody_can_sign_in(self, start_api: StartApi) -> None:
        with start_api(jwks_url="http://127.0.0.1:9/api/auth/jwks") as url:
            checks = (await health_of(url)).json()["checks"]
        assert checks == {"database": "ok", "keys": "unavailable", "sign_in": "unavailable"}


class TestCost:
    @pytest_asyncio.fixture
    async def server(self, issuer: Issuer) -> AsyncIterator[KeyServer]:
        with key_server(issuer, "/api/auth/jwks", 200) as server:
            yield server

    @pytest_asyncio.fixture
    async def uptime(self, engine: AsyncEngine, database: Database, server: KeyServer) -> AsyncIterator[Uptime]:
        readiness = Readiness(engine, parse_database_url(database.roles.api), prepared_statements=True)
        key_set = KeySet(server.jwks_url, max_age_seconds=300, max_stale_seconds=3600)
        verifier = TokenVerifier(key_set, issuer="http://localhost:3000", audience=AUDIENCE)
        uptime = Uptime(readiness, verifier, AuthService(server.jwks_url, timeout_seconds=10))
        yield uptime
        await uptime.aclose()
        await key_set.aclose()

    async def test_simultaneous_callers_share_one_check(self, uptime: Uptime, server: KeyServer) -> None:
        answers = await asyncio.gather(*(uptime.check() for _ in range(100)))
        assert {answer.status for answer in answers} == {"ok"}
        assert server.requests["/readyz"] == 1

    async def test_a_later_caller_gets_a_new_check(self, uptime: Uptime, server: KeyServer) -> None:
        await uptime.check()
        await uptime.check()
        assert server.requests["/readyz"] == 2

    async def test_a_caller_who_leaves_does_not_end_it_for_the_others(self, uptime: Uptime) -> None:
        leaving, staying = asyncio.create_task(uptime.check()), asyncio.create_task(uptime.check())
        await asyncio.sleep(0)
        leaving.cancel()
        assert (await staying).status == "ok"
