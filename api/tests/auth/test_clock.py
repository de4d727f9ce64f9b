"""Clock differences: which tokens are accepted, and what readiness and the log report."""

import json
import logging
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import pytest_asyncio

from support.client import INVALID, Client, NewPerson, Person, StartApi, assert_unauthenticated
from support.database import Database
from support.forged_tokens import Forger
from support.issuer import Issuer
from taskchat.auth.key_set import KeySet
from taskchat.auth.tokens import is_clock_unusable


@pytest.fixture
def auth_service() -> Iterator[Issuer]:
    with Issuer() as issuer:
        yield issuer


@pytest_asyncio.fixture
async def person(database: Database, auth_service: Issuer) -> Person:
    user_id = await database.create_user()
    return Person(user_id, auth_service.token(user_id))


def with_early_token(issuer: Issuer, person: Person, seconds: int) -> Person:
    """Give the person a token from an auth-service whose clock is `seconds` ahead."""
    now = int(time.time()) + seconds
    return Person(person.id, issuer.token(person.id, iat=now, exp=now + 300))


async def readiness(client: Client) -> httpx.Response:
    """Return the response of `/readyz` once the api has a key set."""
    while "No key set" in (ready := await client.get("/readyz")).text:
        pass
    return ready


class TestReadiness:
    async def test_a_clock_far_behind_is_not_ready_and_says_what_to_do(
        self, start_api: StartApi, auth_service: Issuer, person: Person
    ) -> None:
        auth_service.seconds_ahead = 60
        with start_api(jwks_url=auth_service.jwks_url, jwt_issuer=auth_service.url) as url:
            async with Client(base_url=url) as client:
                early = with_early_token(auth_service, person, 60)
                assert_unauthenticated(await client.as_person(early, "GET", "/conversations"), INVALID)
                ready = await readiness(client)
                assert (ready.status_code, ready.json()["code"]) == (503, "auth_unavailable")
                assert "behind the clock of the server at JWKS_URL" in ready.json()["detail"]
                assert "NTP" in ready.json()["detail"]

                auth_service.seconds_ahead = 0  # the clock has been corrected
                # Each request waits only briefly for the api to refetch the keys.
                while (ready := await client.get("/readyz")).status_code == 503:
                    pass
                assert ready.json() == {"status": "ready"}

    async def test_a_clock_so_far_ahead_that_every_token_has_expired_is_not_ready(
        self, start_api: StartApi, auth_service: Issuer
    ) -> None:
        auth_service.seconds_ahead = -400
        with start_api(jwks_url=auth_service.jwks_url, jwt_issuer=auth_service.url) as url:
            async with Client(base_url=url) as client:
                ready = await readiness(client)
        assert (ready.status_code, "ahead of the clock" in ready.text) == (503, True)

    @pytest.mark.parametrize("seconds", [20, -60])
    async def test_a_difference_that_tokens_tolerate_is_only_a_note(
        self, start_api: StartApi, auth_service: Issuer, person: Person, seconds: int
    ) -> None:
        auth_service.seconds_ahead = seconds
        with start_api(jwks_url=auth_service.jwks_url, jwt_issuer=auth_service.url) as url:
            async with Client(base_url=url) as client:
                ready = await readiness(client)
                assert (ready.status_code, ready.json()["status"]) == (200, "ready")
                assert "NTP" in ready.json()["note"]
                accepted = await client.as_person(
                    with_early_token(auth_service, person, seconds), "GET", "/conversations"
                )
                assert accepted.status_code == 200

    async def test_accepted_tokens_outweigh_a_wrong_date(
        self, start_api: StartApi, auth_service: Issuer, person: Person
    ) -> None:
        auth_service.seconds_ahead = 3600
        with start_api(jwks_url=auth_service.jwks_url, jwt_issuer=auth_service.url) as url:
            async with Client(base_url=url) as client:
                assert (await readiness(client)).status_code == 503
                assert (await client.as_person(person, "GET", "/conversations")).status_code == 200
                assert (await client.get("/readyz")).status_code == 200
                # Anyone can forge an early token, so only validly signed ones count.
                forger = Forger(auth_service, person.id, auth_service)
                forged = forger.own.sign(forger.claims(iat=int(time.time()) + 60))
                assert_unauthenticated(
                    await client.as_person(Person(person.id, forged), "GET", "/conversations"), INVALID
                )
                assert (await client.get("/readyz")).status_code == 200
                await client.as_person(with_early_token(auth_service, person, 60), "GET", "/conversations")
                assert (await client.get("/readyz")).status_code == 503

    @pytest.mark.parametrize("headers", [{}, {"date": "yesterday"}, {"age": "x"}], ids=str)
    async def test_without_a_usable_date_nothing_is_reported(
        self, start_api: StartApi, auth_service: Issuer, headers: dict[str, str]
    ) -> None:
        auth_service.seconds_ahead = 3600 if "age" in headers else None
        auth_service.headers = headers
        with start_api(jwks_url=auth_service.jwks_url, jwt_issuer=auth_service.url) as url:
            async with Client(base_url=url) as client:
                assert (await readiness(client)).json() == {"status": "ready"}

    async def test_the_age_of_a_cached_response_is_considered(self, auth_service: Issuer) -> None:
        auth_service.seconds_ahead, auth_service.headers = -120, {"age": "120"}
        keys = KeySet(auth_service.jwks_url, max_age_seconds=300, max_stale_seconds=3600)
        assert await keys.diagnose() is None
        await keys.aclose()
        assert keys.seconds_behind is not None
        assert abs(keys.seconds_behind) < 30


@pytest.mark.parametrize(
    ("reason", "changes"),
    [
        ("expired", {"exp": -60}),
        ("issued_in_the_future", {"iat": 60}),
        ("not_yet_valid", {"nbf": 60}),
        ("wrong_issuer", {"iss": "https://elsewhere.example"}),
        ("wrong_audience", {"aud": "another-service"}),
        ("malformed", {"sub": None}),
        ("bad_signature", {}),
        ("unknown_key", {}),
    ],
)
async def test_the_log_has_the_reason_for_a_refusal_and_no_part_of_the_token(
    client: Client,
    issuer: Issuer,
    new_person: NewPerson,
    caplog: pytest.LogCaptureFixture,
    reason: str,
    changes: dict[str, Any],
) -> None:
    person = await new_person()
    now = int(time.time())
    forger = Forger(issuer, person.id, issuer)
    match reason:
        case "bad_signature":
            token = forger.own.sign(forger.claims())
        case "unknown_key":
            token = forger.with_header(kid="unknown")
        case _:
            token = issuer.token(person.id, **{n: now + v if isinstance(v, int) else v for n, v in changes.items()})
    caplog.clear()
    with caplog.at_level(logging.INFO, "taskchat"):
        response = await client.as_person(Person(person.id, token), "GET", "/conversations")
    assert response.status_code == 401
    refusals = [record for record in caplog.records if record.msg == "access token refused"]
    assert [getattr(record, "reason", None) for record in refusals] == [reason]
    logged = json.dumps([vars(record) for record in refusals], default=str)
    for secret in (*token.split("."), "elsewhere.example", "another-service"):
        assert secret not in logged


@pytest.mark.parametrize(
    ("seconds_behind", "unusable"),
    [(None, False), (30, False), (31, True), (-305, False), (-306, True)],
    ids=[
        "unknown",
        "new tokens are accepted",
        "new tokens are early",
        "tokens are accepted",
        "every token has expired",
    ],
)
def test_a_clock_is_unusable_beyond_the_leeways(seconds_behind: float | None, unusable: bool) -> None:
    assert is_clock_unusable(seconds_behind) is unusable
