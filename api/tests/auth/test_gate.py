"""The check of the token and the user id, which comes before the body is read."""

import asyncio
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from starlette.requests import Request

from support.client import INVALID, Client, Person, assert_unauthenticated
from support.database import Database
from taskchat.auth.gate import User, _current_user
from taskchat.errors import Unauthenticated


class TestWithoutToken:
    @pytest.mark.parametrize("authorization", [None, "", "Bearer", "Basic YTpi", "token"])
    async def test_every_path_of_a_user_answers_401(
        self, client: Client, alice: Person, authorization: str | None, database: Database
    ) -> None:
        headers = {} if authorization is None else {"authorization": authorization}
        for method, path in [
            ("POST", "chat"),
            ("GET", "conversations"),
            ("GET", f"conversations/{uuid4()}/messages"),
            ("DELETE", f"conversations/{uuid4()}"),
            ("GET", "no-such-address"),
            ("PUT", "chat"),
        ]:
            response = await client.request(method, f"/api/{alice.id}/{path}", headers=headers, content=b"{broken")
            assert_unauthenticated(response, "Bearer")
        assert await database.count("owner", user_id=alice.id) == 0

    @pytest.mark.parametrize("path", ["/api/docs/chat", "/api/config/conversations", "/api/openapi.json/chat"])
    async def test_a_path_below_a_public_one_is_not_public(self, client: Client, path: str) -> None:
        assert_unauthenticated(await client.post(path, json={"message": "hi"}), "Bearer")

    async def test_the_answer_does_not_wait_for_the_body(self, api_url: str, alice: Person) -> None:
        address = urlsplit(api_url)
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        head = f"POST /api/{alice.id}/chat HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
        writer.write(f'{head}content-length: 100\r\n\r\n{{"mess'.encode())  # and nothing more
        async with asyncio.timeout(10):
            status_line = await reader.readline()
        writer.close()
        assert status_line == b"HTTP/1.1 401 Unauthorized\r\n"

    @pytest.mark.parametrize("path", ["/api/config", "/api/docs", "/api/openapi.json", "/healthz", "/readyz"])
    async def test_public_paths_need_no_token(self, client: Client, path: str) -> None:
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
        response = await client.get(f"/api/{path}/conversations", headers=alice.headers)
        assert (response.status_code, response.json()["code"]) == (403, "user_mismatch")


class TestAuthorizationHeader:
    async def test_the_scheme_is_case_insensitive(self, client: Client, alice: Person) -> None:
        for scheme in ("Bearer", "bearer", "BEARER"):
            headers = {"authorization": f"{scheme} {alice.token}"}
            assert (await client.get(f"/api/{alice.id}/conversations", headers=headers)).status_code == 200

    @pytest.mark.parametrize("name", ["authorization", "Authorization"])
    async def test_two_authorization_headers_are_refused(self, client: Client, alice: Person, name: str) -> None:
        for other in ("Bearer other", "Basic YTpi", "", f"Bearer {alice.token}"):
            headers = [("authorization", f"Bearer {alice.token}"), (name, other)]
            assert_unauthenticated(await client.get(f"/api/{alice.id}/conversations", headers=headers), "Bearer")

    @pytest.mark.parametrize(
        "authorization",
        [
            "{}",
            "Token {}",
            "JWT {}",
            "Basic {}",
            "Digest {}",
            "Bearer:{}",
            "Bearer\t{}",
            "Bearer={}",
            "BearerBearer {}",
        ],
    )
    async def test_other_schemes_are_refused(self, client: Client, alice: Person, authorization: str) -> None:
        headers = {"authorization": authorization.format(alice.token)}
        assert_unauthenticated(await client.get(f"/api/{alice.id}/conversations", headers=headers), "Bearer")

    @pytest.mark.parametrize(
        "authorization", [b"Bearer \xc3\xa9", b"Bearer \xff", b"Bearer \xd9\xa1.\xd9\xa2.\xd9\xa3"]
    )
    async def test_a_token_that_is_not_ascii_is_invalid(
        self, client: Client, alice: Person, authorization: bytes
    ) -> None:
        headers = [(b"authorization", authorization)]
        assert_unauthenticated(await client.get(f"/api/{alice.id}/conversations", headers=headers), INVALID)

    @pytest.mark.parametrize(
        "request_options",
        [
            lambda token: {"params": {"access_token": token, "token": token, "authorization": f"Bearer {token}"}},
            lambda token: {
                "headers": {"cookie": f"access_token={token}; token={token}; better-auth.session_token={token}"}
            },
            lambda token: {"data": {"access_token": token, "message": "hello"}},
            lambda token: {"json": {"access_token": token, "message": "hello"}},
            lambda token: {"headers": {"proxy-authorization": f"Bearer {token}"}},
            lambda token: {"headers": {"x-authorization": f"Bearer {token}", "x-forwarded-authorization": token}},
            lambda token: {"headers": {"x-user-id": "admin", "x-forwarded-user": "admin", "remote-user": "admin"}},
        ],
        ids=["query", "cookie", "form", "body", "proxy", "extension", "trusted headers"],
    )
    async def test_a_token_anywhere_else_is_ignored(
        self,
        client: Client,
        alice: Person,
        request_options: Callable[[str], dict[str, Any]],
        database: Database,
    ) -> None:
        response = await client.request("POST", f"/api/{alice.id}/chat", **request_options(alice.token))
        assert_unauthenticated(response, "Bearer")
        assert await database.count("owner", user_id=alice.id) == 0


@pytest.mark.parametrize("state", [{}, {"user": User(uuid4())}], ids=["nobody", "another user"])
async def test_a_route_that_the_gate_does_not_guard_admits_nobody(state: dict[str, User]) -> None:
    with pytest.raises(Unauthenticated):
        await _current_user(Request({"type": "http", "state": state}), str(uuid4()), None)
