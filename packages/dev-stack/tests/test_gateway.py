"""The gateway of `make dev` and `make dev HOT=1`: bodies that are too large, and the address for uptime checks."""

import re
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.client import HTTPConnection

import httpx
import pytest

from taskchat_dev_stack.settings import StackSettings
from taskchat_dev_stack.stack import Stack

ACCOUNT = {"name": "Ada", "email": "ada@example.com", "password": "a long pass phrase of Ada"}
KIB = 1024
LIMITS = {"chat": 256 * KIB, "sign-in": 64 * KIB}
READ_SECONDS = 30


@pytest.fixture(scope="module", params=["built", "hot"])
def stack(request: pytest.FixtureRequest) -> Iterator[Stack]:
    """A running stack. Each test leaves it running."""
    with Stack(StackSettings(web=request.param)) as stack:
        yield stack


@pytest.fixture
def client(stack: Stack) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=stack.addresses.public_url, trust_env=False, timeout=READ_SECONDS) as client:
        client.headers["origin"] = stack.addresses.public_url
        yield client


@pytest.fixture(scope="module")
def chat(stack: Stack) -> tuple[str, str]:
    """The path of a user's chat, and the Authorization header."""
    origin = {"origin": stack.addresses.public_url}
    with httpx.Client(base_url=stack.addresses.public_url, trust_env=False, timeout=READ_SECONDS) as client:
        user = client.post("/api/auth/sign-up/email", json=ACCOUNT, headers=origin).raise_for_status().json()["user"]
        return f"/api/{user['id']}/chat", f"Bearer {client.get('/api/auth/token').json()['token']}"


class TestBodies:
    """Bodies over the limit: clients see the refusal, and their next request gets its own answer."""

    @pytest.fixture(params=["chat", "sign-in"])
    def target(self, request: pytest.FixtureRequest, chat: tuple[str, str]) -> tuple[str, str, int]:
        """A path, its Authorization header and its limit."""
        path, authorization = chat if request.param == "chat" else ("/api/auth/sign-in/email", "")
        return path, authorization, LIMITS[request.param]

    @pytest.mark.parametrize("excess", [1, 3_000_000])
    @pytest.mark.parametrize("is_declared", [True, False], ids=["content-length", "chunked"])
    def test_too_large_on_a_connection_that_stays_open(
        self, client: httpx.Client, target: tuple[str, str, int], is_declared: bool, excess: int
    ) -> None:
        path, authorization, limit = target
        body = b" " * (limit + excess)
        for _ in range(3):
            response = client.post(
                path,
                content=body if is_declared else iter([body[:limit], body[limit:]]),
                headers={"authorization": authorization, "content-type": "application/json"},
            )
            assert (response.status_code, response.json()["code"]) == (413, "body_too_large")
            assert response.headers["content-type"] == "application/problem+json"
            assert client.get("/api/config").status_code == 200

    @pytest.mark.parametrize("expect", ["100-continue", ""])
    def test_too_large_from_a_sender_who_waits_for_the_answer(
        self, stack: Stack, target: tuple[str, str, int], expect: str
    ) -> None:
        path, authorization, limit = target
        connection = HTTPConnection("localhost", stack.addresses.port, timeout=READ_SECONDS)
        connection.putrequest("POST", path)
        connection.putheader("Authorization", authorization)
        connection.putheader("Content-Length", str(limit + 1))
        connection.putheader("Expect", expect)
        connection.endheaders(b"" if expect else b" " * (limit // 2))
        with closing(connection):
            assert connection.getresponse().status == 413

    def test_exactly_the_limit(self, client: httpx.Client, target: tuple[str, str, int]) -> None:
        path, authorization, limit = target
        headers = {"authorization": authorization, "content-type": "application/json"}
        response = client.post(path, content=b" " * limit, headers=headers)
        assert response.status_code in (400, 422)

    @pytest.mark.parametrize("is_declared", [True, False], ids=["content-length", "chunked"])
    def test_pages_take_no_bodies(self, client: httpx.Client, is_declared: bool) -> None:
        body = b" " * 3_000_000
        response = client.post("/sign-in", content=body if is_declared else iter([body]))
        assert (response.status_code, response.json()["code"]) == (405, "method_not_allowed")
        assert client.get("/api/config").status_code == 200

    @pytest.mark.parametrize(
        "request_line",
        ["POST /api/nobody/chat", "GET /api/config", "GET /api/auth/config", "POST /api/auth/sign-in/email", "GET /"],
    )
    def test_the_rest_of_a_refused_body_is_no_request(self, stack: Stack, request_line: str) -> None:
        """Even if the service answers before it has read the body, such as to a request without a token."""
        smuggled = b"GET /api/config?smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n"
        chunk = b"%x\r\n%b\r\n" % (64 * KIB, b" " * 64 * KIB)
        head = (
            f"{request_line} HTTP/1.1\r\nHost: localhost:{stack.addresses.port}\r\nTransfer-Encoding: chunked\r\n\r\n"
        )
        with socket.create_connection(("127.0.0.1", stack.addresses.port), READ_SECONDS) as connection:
            received = exchange(connection, head.encode() + 20 * chunk + b"%x\r\n%b" % (len(smuggled), smuggled))
        assert len(re.findall(rb"HTTP/1\.1 \d{3} ", received)) == 1, received


def exchange(connection: socket.socket, sent: bytes) -> bytes:
    """Send and receive at the same time, until the server closes the connection."""

    def send() -> None:
        try:
            connection.sendall(sent)
        except OSError:
            return  # the server has closed it

    received = b""
    with ThreadPoolExecutor() as threads:
        threads.submit(send)
        try:
            while part := connection.recv(64 * KIB):
                received += part
        except ConnectionResetError:
            pass
    return received


class TestUptimeCheck:
    def test_it_says_whether_sign_in_and_chat_work(self, stack: Stack, client: httpx.Client) -> None:
        assert self._checks(client) == (200, {"database": "ok", "keys": "ok", "sign_in": "ok"})

        stack.database.stop()
        assert self._checks(client) == (503, {"database": "unavailable", "keys": "ok", "sign_in": "unavailable"})
        assert client.get("/api/config").status_code == 200  # which does not say so
        stack.database.start()
        stack.services.wait_until_ready("api")
        stack.services.wait_until_ready("auth")
        assert self._checks(client)[0] == 200

        stack.services.stop("auth")
        assert self._checks(client) == (503, {"database": "ok", "keys": "ok", "sign_in": "unavailable"})
        stack.services.restart("auth")
        assert self._checks(client)[0] == 200

        stack.services.stop("api")
        response = client.get("/api/health")
        assert (response.status_code, response.headers["retry-after"]) == (502, "1")
        stack.services.restart("api")
        assert self._checks(client)[0] == 200

    def _checks(self, client: httpx.Client) -> tuple[int, dict[str, str]]:
        response = client.get("/api/health")
        assert response.headers["cache-control"] == "no-store"
        assert client.head("/api/health").status_code == response.status_code
        checks: dict[str, str] = response.json()["checks"]
        return response.status_code, checks
