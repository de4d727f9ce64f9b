"""Who may come in: judged before the body, leaving nothing behind."""

import asyncio
import base64
import json
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
import pytest
from jose import jwt

from support.client import Client, Person
from support.database import Database
from support.issuer import Issuer, SigningKey


def assert_unauthenticated(response: httpx.Response, challenge: str) -> None:
    assert response.status_code == 401, response.text
    assert response.headers["www-authenticate"] == challenge
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["code"] == "unauthenticated"


INVALID = 'Bearer error="invalid_token", error_description="invalid"'
EXPIRED = 'Bearer error="invalid_token", error_description="expired"'


class TestWithoutToken:
    @pytest.mark.parametrize("authorization", [None, "", "Bearer", "Basic YTpi", "token"])
    async def test_every_address_of_a_user_answers_401(
        self, client: Client, alice: Person, authorization: str | None, database: Database
    ) -> None:
        headers = {} if authorization is None else {"authorization": authorization}
        for method, path in [
            ("POST", "chat"),
            ("GET", "conversations"),
            ("GET", f"conversations/{uuid4()}/messages"),
            ("GET", "tasks"),
            ("POST", "tasks"),
            ("DELETE", f"tasks/{uuid4()}"),
            ("GET", "no-such-address"),
            ("PUT", "chat"),
        ]:
            response = await client.request(method, f"/api/{alice.id}/{path}", headers=headers, content=b"{broken")
            assert_unauthenticated(response, "Bearer")
        assert await database.count("owner", user_id=alice.id) == 0

    @pytest.mark.parametrize("path", ["/api/docs/chat", "/api/config/tasks", "/api/openapi.json/chat"])
    async def test_an_address_below_a_public_one_is_not_public(self, client: Client, path: str) -> None:
        assert_unauthenticated(await client.post(path, json={"message": "hi"}), "Bearer")

    async def test_the_answer_comes_before_a_body_that_trickles(self, api_url: str, alice: Person) -> None:
        address = urlsplit(api_url)
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        head = f"POST /api/{alice.id}/chat HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
        writer.write(f'{head}content-length: 100\r\n\r\n{{"mess'.encode())  # and no more
        async with asyncio.timeout(10):
            status_line = await reader.readline()
        writer.close()
        assert status_line == b"HTTP/1.1 401 Unauthorized\r\n"

    @pytest.mark.parametrize("path", ["/api/config", "/api/docs", "/api/openapi.json", "/healthz", "/readyz"])
    async def test_what_is_public_needs_none(self, client: Client, path: str) -> None:
        assert (await client.get(path)).status_code == 200


class TestAnotherUser:
    @pytest.mark.parametrize("body", [b'{"message": "hi"}', b"{broken"])
    async def test_another_users_path_answers_403_and_leaves_no_row(
        self, client: Client, alice: Person, bob: Person, database: Database, body: bytes
    ) -> None:
        response = await client.post(f"/api/{bob.id}/chat", headers=alice.headers, content=body)
        assert (response.status_code, response.json()["code"]) == (403, "user_mismatch")
        for person in (alice, bob):
            assert await database.count("owner", user_id=person.id) == 0

    @pytest.mark.parametrize("user_id", ["me", "0", "%00", "%F0%9F%98%80", "%2E%2E", "a" * 500, "{upper}", "{id}%20"])
    async def test_any_other_string_answers_403(self, client: Client, alice: Person, user_id: str) -> None:
        path = user_id.format(upper=str(alice.id).upper(), id=alice.id)
        response = await client.get(f"/api/{path}/tasks", headers=alice.headers)
        assert (response.status_code, response.json()["code"]) == (403, "user_mismatch")


def segment(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def with_header(token: str, header: Any) -> str:
    return ".".join([segment(header), *token.split(".")[1:]])


Forge = Callable[[Issuer, Person], str]

FORGED: dict[str, Forge] = {
    "garbage": lambda _i, _p: "x.y.z",
    "not compact": lambda _i, _p: "abc",
    "too long": lambda i, p: i.token(p.id, padding="x" * 5000),
    "alg none": lambda i, p: with_header(i.token(p.id), {"alg": "none", "kid": i.key.id}).rsplit(".", 1)[0] + ".",
    "alg none, signed": lambda i, p: with_header(i.token(p.id), {"alg": "none", "kid": i.key.id}),
    "HS256 with a guessed secret": lambda i, p: jwt.encode(
        i.claims(p.id), "secret", "HS256", headers={"kid": i.key.id}
    ),
    "no kid": lambda i, p: with_header(i.token(p.id), {"alg": "ES256"}),
    "kid is a number": lambda i, p: with_header(i.token(p.id), {"alg": "ES256", "kid": 1}),
    "unknown kid": lambda i, p: SigningKey("unknown").sign(i.claims(p.id)),
    "foreign key under our kid": lambda i, p: SigningKey(i.key.id).sign(i.claims(p.id)),
    "foreign key embedded": lambda i, p: (key := SigningKey(i.key.id)).sign(i.claims(p.id), jwk=key.public),
    "crit": lambda i, p: i.key.sign(i.claims(p.id), crit=["exp"]),
    "payload changed": lambda i, p: ".".join(
        [(t := i.token(p.id).split("."))[0], segment(i.claims(p.id, sid="other")), t[2]]
    ),
    "signature cut": lambda i, p: i.token(p.id)[:-4],
    "another issuer": lambda i, p: i.token(p.id, iss="https://elsewhere.example"),
    "another audience": lambda i, p: i.token(p.id, aud="another-api"),
    "audience list": lambda i, p: i.token(p.id, aud=["chat-api", "another"]),
    "from the future": lambda i, p: i.token(p.id, iat=int(time.time()) + 60),
    "not yet valid": lambda i, p: i.token(p.id, nbf=int(time.time()) + 60),
    "sub is no uuid": lambda i, p: i.token(p.id, sub="alice"),
    "exp is a string": lambda i, p: i.token(p.id, exp=str(int(time.time()) + 60)),
    **{f"no {c}": lambda i, p, c=c: i.token(p.id, **{c: None}) for c in ("sub", "sid", "iss", "aud", "iat", "exp")},  # type: ignore[misc]
}


class TestForgedToken:
    @pytest.mark.parametrize("name", FORGED)
    async def test_a_forged_token_is_invalid(
        self, client: Client, alice: Person, issuer: Issuer, database: Database, name: str
    ) -> None:
        token = FORGED[name](issuer, alice)
        response = await client.chat(Person(alice.id, token), "hello")
        assert_unauthenticated(response, INVALID)
        assert await database.count("owner", user_id=alice.id) == 0

    async def test_an_expired_token_says_so(self, client: Client, alice: Person, issuer: Issuer) -> None:
        expired = Person(alice.id, issuer.token(alice.id, exp=int(time.time()) - 6))
        assert_unauthenticated(await client.chat(expired, "hello"), EXPIRED)

    async def test_five_seconds_of_clock_skew_are_allowed(self, client: Client, alice: Person, issuer: Issuer) -> None:
        now = int(time.time())
        for token in (issuer.token(alice.id, exp=now - 3), issuer.token(alice.id, iat=now + 3)):
            response = await client.as_person(Person(alice.id, token), "GET", "/tasks")
            assert response.status_code == 200

    async def test_two_authorization_headers_are_none(self, client: Client, alice: Person) -> None:
        headers = [("authorization", f"Bearer {alice.token}"), ("authorization", "Bearer other")]
        assert_unauthenticated(await client.get(f"/api/{alice.id}/tasks", headers=headers), "Bearer")
