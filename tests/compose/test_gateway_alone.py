"""The gateway's image with broken services behind it, with another origin, and with TLS."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from ssl import CERT_NONE, SSLContext, create_default_context

import httpx
import pytest

from compose.stack import Stack
from support.processes import eventually
from taskchat_dev_stack.processes.ports import reserve_port
from taskchat_dev_stack.repository import ROOT

PAGE = {"accept": "text/html,*/*"}
TAKES_AND_BREAKS_OFF = """
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.send_response(204)
        self.end_headers()

    def do_POST(self):
        self.rfile.read(int(self.headers["content-length"]))
        print("took a POST", flush=True)
        self.close_connection = True

server = ThreadingHTTPServer(("", 8000), Handler)
print("listens", flush=True)
server.serve_forever()
"""
DOES_NOT_LISTEN = "import signal; print('runs', flush=True); signal.pause()"


@contextmanager
def running(stack: Stack, *options: str) -> Iterator[str]:
    """Run a container in the stack's network, and return its id."""
    container = stack.docker("run", "--detach", "--network", f"{stack.project}_services", *options).strip()
    try:
        yield container
    finally:
        stack.docker("rm", "--force", container)


@contextmanager
def gateway(stack: Stack, port: int, **settings: str) -> Iterator[httpx.Client]:
    environment = [f"--env={name}={value}" for name, value in {"SITE_ADDRESS": "http://:8080", **settings}.items()]
    with (
        running(stack, f"--publish=127.0.0.1:{port}:8080", *environment, "taskchat-gateway"),
        httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30, trust_env=False) as client,
    ):
        eventually(lambda: answers(client, "/assets/gone"))
        yield client


def answers(client: httpx.Client, url: str) -> bool:
    try:
        client.get(url)
    except httpx.TransportError:
        return False
    return True


@contextmanager
def replica(stack: Stack, name: str, program: str) -> Iterator[str]:
    """Run a container that answers to this service's name, and return its id."""
    options = (f"--network-alias={name}", "--entrypoint=python", "taskchat-api", "-c", program)
    with running(stack, *options) as container:
        eventually(lambda: bool(stack.docker("logs", container)))
        yield container


class TestSending:
    def test_a_post_is_not_resent(self, stack: Stack) -> None:
        with (
            replica(stack, "breaks-off", TAKES_AND_BREAKS_OFF) as service,
            gateway(stack, reserve_port(), API_UPSTREAM="breaks-off:8000") as client,
        ):
            assert client.get("/api/config").status_code == 204  # leaves an open connection to reuse
            response = client.post("/api/ada/chat", json={"message": "hi"}, headers={"idempotency-key": "1"})
            assert (response.status_code, response.json()["code"]) == (502, "unreachable")
            assert response.headers["retry-after"] == "1"
            assert stack.docker("logs", service).count("took a POST") == 1

    def test_a_refused_connection_is_retried_elsewhere(self, stack: Stack) -> None:
        with (
            replica(stack, "one-of-two", TAKES_AND_BREAKS_OFF),
            replica(stack, "one-of-two", DOES_NOT_LISTEN),
            gateway(stack, reserve_port(), API_UPSTREAM="one-of-two:8000") as client,
        ):
            assert {client.get("/api/config").status_code for _ in range(20)} == {204}


class TestByNumber:
    @pytest.mark.parametrize("public_url", ["http://127.0.0.1:{port}", ""])
    def test_requests_to_the_public_url_are_not_redirected(self, stack: Stack, public_url: str) -> None:
        port = reserve_port()
        with gateway(stack, port, PUBLIC_URL=public_url.format(port=port)) as client:
            assert client.get("/sign-up", headers=PAGE).status_code == 200

    def test_proxies_are_not_redirected(self, stack: Stack) -> None:
        """They would request the same IP address again."""
        port = reserve_port()
        with gateway(stack, port, PUBLIC_URL="https://tasks.example.com") as client:
            sent = client.get("/sign-up", headers=PAGE)
            assert (sent.status_code, sent.headers["location"]) == (307, "https://tasks.example.com/sign-up")
            forwarded = {**PAGE, "x-forwarded-for": "198.51.100.7"}
            assert client.get("/sign-up", headers=forwarded).status_code == 200


class TestStrictTransport:
    @pytest.mark.parametrize(
        ("public_url", "told"),
        [
            ("https://tasks.example.com", ["max-age=31536000; includeSubDomains"]),
            ("https://localhost:8443", []),
            ("http://localhost:3000", []),
            ("", []),
        ],
    )
    def test_browsers_are_told_to_keep_https_if_the_public_url_is_https(
        self, stack: Stack, public_url: str, told: list[str]
    ) -> None:
        """Every response has the header exactly once, even behind a proxy with TLS."""
        with gateway(stack, reserve_port(), PUBLIC_URL=public_url) as client:
            client.headers["x-forwarded-for"] = "198.51.100.7"
            for path in ("/sign-in", "/api/auth/config", "/api/config", "/no-such.file"):
                answer = client.get(path, headers=PAGE)
                assert answer.headers.get_list("strict-transport-security") == told, path


class TestProduction:
    def test_https_has_a_certificate_and_http_redirects(self, stack: Stack, tmp_path: Path) -> None:
        """As for a public name, except that Caddy signs the certificate for `localhost` itself."""
        http, https = reserve_port(), reserve_port()
        ports = tmp_path / "ports.yml"
        ports.write_text(
            f'services: {{gateway: {{ports: !override ["127.0.0.1:{http}:80", "127.0.0.1:{https}:443"]}}}}',
            encoding="utf-8",
        )
        with production(stack, ports), httpx.Client(verify=trusting_nobody(), trust_env=False) as client:
            eventually(lambda: answers(client, f"https://localhost:{https}/"))
            page = client.get(f"https://localhost:{https}/", headers=PAGE)
            assert (page.status_code, '<div id="root">' in page.text) == (200, True)
            assert (
                "strict-transport-security" not in page.headers
            )  # browsers would then require https on every port of localhost
            moved = client.get(f"http://localhost:{http}/sign-in")
            assert (moved.status_code, moved.headers["location"]) == (308, "https://localhost/sign-in")


@contextmanager
def production(stack: Stack, override: Path) -> Iterator[None]:
    """Run the gateway of compose.production.yml for `localhost`, in a separate project."""
    other = [f"{stack.project}-production" if option == stack.project else option for option in stack.compose_options]
    files = ("-f", str(ROOT / "compose.production.yml"), "-f", str(override))
    settings = {"PUBLIC_URL": "https://localhost", "DATABASE_URL": "postgresql://owner:secret@db.example.com/tasks"}
    with ExitStack() as lasting:
        stack.environment.update(settings)
        lasting.callback(lambda: [stack.environment.pop(name) for name in settings])
        lasting.callback(lambda: stack.docker(*other, *files, "down", "--volumes", "--timeout", "5"))
        stack.docker(*other, *files, "up", "--detach", "--no-deps", "gateway")
        yield


def trusting_nobody() -> SSLContext:
    context = create_default_context()
    context.check_hostname = False
    context.verify_mode = CERT_NONE
    return context
