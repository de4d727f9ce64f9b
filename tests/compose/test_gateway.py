"""The gateway: the pages, limits, forwarded addresses and logs."""

import json
import re
from typing import Any
from uuid import UUID

import httpx
import pytest

from compose.conftest import NewPerson, forget_rate_limits
from compose.stack import Stack
from support.processes import eventually
from taskchat_dev_stack.repository import ROOT

PAGE = {"accept": "text/html,*/*"}
HEADERS = json.loads((ROOT / "web" / "headers.json").read_text(encoding="utf-8"))


def asset(client: httpx.Client) -> str:
    """Return the URL of one of the page's scripts."""
    found = re.search(r'"(/assets/[^"]+\.js)"', client.get("/", headers=PAGE).text)
    assert found is not None
    return found[1]


class TestPages:
    @pytest.mark.parametrize("path", ["/", "/sign-in", "/c/0198a9f5-0000-7000-8000-000000000000", "/no/such/page"])
    def test_every_page_is_the_document_and_never_cached(self, client: httpx.Client, path: str) -> None:
        response = client.get(path, headers=PAGE)
        assert response.status_code == 200
        assert '<div id="root">' in response.text
        assert response.headers["cache-control"] == "no-cache"
        assert HEADERS.items() <= {name: response.headers.get(name) for name in HEADERS}.items()

    def test_hashed_parts_are_cached_forever_and_compressed(self, client: httpx.Client) -> None:
        response = client.get(asset(client), headers={"accept-encoding": "gzip"})
        assert response.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert response.headers["content-encoding"] == "gzip"
        assert response.headers["x-content-type-options"] == "nosniff"

    def test_an_unchanged_page_is_not_sent_again(self, client: httpx.Client) -> None:
        known = client.get("/", headers=PAGE).headers["etag"]
        assert client.get("/", headers={**PAGE, "if-none-match": known}).status_code == 304

    @pytest.mark.parametrize(
        "path",
        ["/assets/gone.js", "/assets/gone", "/gone.png", "/api", "/api/auth/gone", "/healthz", "/readyz", "/.env"],
    )
    def test_missing_files_are_404(self, client: httpx.Client, path: str) -> None:
        response = client.get(path, headers=PAGE)
        assert (response.status_code, response.json()["code"]) == (404, "not_found")
        assert response.headers["content-type"] == "application/problem+json"
        assert "immutable" not in response.headers.get("cache-control", "")

    def test_the_api_answers_for_its_unknown_addresses(self, client: httpx.Client) -> None:
        assert client.get("/api/gone", headers=PAGE).json()["code"] == "unauthenticated"

    def test_pages_are_read_only(self, client: httpx.Client) -> None:
        response = client.delete("/")
        assert (response.status_code, response.json()["code"]) == (405, "method_not_allowed")
        assert response.headers["allow"] == "GET, HEAD"

    @pytest.mark.parametrize("number", ["127.0.0.1", "[::1]"])
    def test_requests_by_ip_address_are_redirected_to_the_public_url(
        self, stack: Stack, client: httpx.Client, number: str
    ) -> None:
        response = client.get("/sign-up?from=number", headers={**PAGE, "host": f"{number}:{stack.port}"})
        assert (response.status_code, response.headers["location"]) == (307, f"{stack.url}/sign-up?from=number")


class TestBodies:
    @pytest.mark.parametrize(("path", "limit"), [("/api/auth/sign-in/email", 64), ("/api/nobody/chat", 256)])
    @pytest.mark.parametrize("is_declared", [True, False])
    def test_too_large(self, client: httpx.Client, path: str, limit: int, is_declared: bool) -> None:
        body = b" " * (limit * 1024 + 1)
        response = client.post(path, content=body if is_declared else iter([body]))
        answer = (response.status_code, response.json()["code"])
        # The api checks the token before the body, so without a content length it may answer before the gateway.
        quicker = {(401, "unauthenticated")} if not is_declared and limit == 256 else set[tuple[int, str]]()
        assert answer in {(413, "body_too_large")} | quicker
        assert response.headers["content-type"] == "application/problem+json"

    async def test_exactly_the_limit(self, new_person: NewPerson) -> None:
        ada = await new_person()
        message = {"message": "hello", "padding": " " * (255 * 1024)}
        headers = {"authorization": ada.authorization}
        response = await ada.http.post(f"/api/{ada.id}/chat", json=message, headers=headers)
        assert response.json()["code"] == "invalid_request"  # from the api, so the gateway accepted it


class TestAddresses:
    def test_claimed_addresses_give_no_more_guesses(self, stack: Stack, client: httpx.Client) -> None:
        forget_rate_limits(stack)
        guess = {"email": "ada@example.com", "password": "wrong horse"}
        statuses = [
            client.post(
                "/api/auth/sign-in/email",
                json=guess,
                headers={"origin": stack.url, "x-forwarded-for": f"198.51.100.{n}", "x-real-ip": f"198.51.100.{n}"},
            ).status_code
            for n in range(6)
        ]
        forget_rate_limits(stack)
        assert statuses[0] == 401
        assert statuses[-1] == 429


class TestLogs:
    @pytest.mark.parametrize(
        ("path", "service"), [("/api/auth/get-session", "auth-service"), ("/api/nobody/tasks", "api")]
    )
    @pytest.mark.parametrize("given", ["from-the-caller.1", 'not" proper', "{http.request.method}", None])
    def test_one_id_in_the_logs_of_gateway_and_service(
        self, stack: Stack, client: httpx.Client, path: str, service: str, given: str | None
    ) -> None:
        response = client.get(path, headers={"x-request-id": given} if given else {})
        request_id = response.headers["x-request-id"]
        if given == "from-the-caller.1":
            assert request_id == given
        else:
            assert UUID(request_id).version == 4
        eventually(lambda: path in {line.get("path") for line in lines_of(stack.log(service), request_id)})
        [line] = lines_of(stack.log("gateway"), request_id)[-1:]
        assert (line["request"]["uri"], line["status"]) == (path, response.status_code)

    def test_two_ids_are_replaced(self, client: httpx.Client) -> None:
        response = client.get("/api/config", headers=[("x-request-id", "proper"), ("x-request-id", 'not" proper')])
        assert UUID(response.headers["x-request-id"]).version == 4

    def test_the_gateway_logs_no_secrets(self, stack: Stack, client: httpx.Client) -> None:
        secret = "s3cret-of-somebody"
        client.get(f"/api/auth/verify-email?token={secret}", headers={"cookie": f"session={secret}"})
        client.get(f"/api/auth/reset-password/{secret}?callbackURL=%2F", headers={"referer": f"/?q={secret}"})
        client.get("/api/nobody/tasks", params={"q": secret}, headers={"authorization": f"Bearer {secret}"})
        client.get("/assets/gone.js", params={"q": secret}, headers={"x-request-id": "last"})
        eventually(lambda: bool(lines_of(stack.log("gateway"), "last")))
        log = stack.compose("logs", "--no-color", "gateway")
        assert "/api/auth/verify-email" in log
        assert secret not in log

    def test_logs_cut_values_chosen_by_clients(self, stack: Stack, client: httpx.Client) -> None:
        path = f"/api/{'x' * 60_000}"
        client.get(f"{path}?q=secret", headers={"x-request-id": "long-path"})
        client.get("/gone.js", headers={"x-request-id": "long-host", "host": "h" * 60_000, "user-agent": "u" * 60_000})
        eventually(lambda: bool(lines_of(stack.log("gateway"), "long-host")))
        eventually(lambda: bool(lines_of(stack.log("api"), "long-path")))
        [by_path] = lines_of(stack.log("gateway"), "long-path")
        [by_host] = lines_of(stack.log("gateway"), "long-host")
        [in_api] = lines_of(stack.log("api"), "long-path")
        assert by_path["request"]["uri"] == in_api["path"] == f"{path[:200]}…"
        assert by_host["request"]["host"] == f"{'h' * 200}…"
        assert max(len(json.dumps(line)) for line in (by_path, by_host, in_api)) < 3_000


def lines_of(log: list[dict[str, Any]], request_id: str) -> list[dict[str, Any]]:
    """Return the lines about one request in the log of a service or the gateway."""
    return [
        line
        for line in log
        if request_id in (line.get("request_id"), *line.get("resp_headers", {}).get("X-Request-Id", []))
    ]
