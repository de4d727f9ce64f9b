"""A running stack protects its files, its port and the settings of each process."""

import json
import os
import re
import stat
import tempfile
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from typing import ClassVar

import pytest

from support.processes import descendants
from taskchat_dev_stack.postgres.data_folder import temporary_folder
from taskchat_dev_stack.processes.ports import reserve_port
from taskchat_dev_stack.programs import SETTINGS, SETTINGS_OF
from taskchat_dev_stack.repository import ROOT
from taskchat_dev_stack.settings import read_settings
from taskchat_dev_stack.stack import Stack

NAME = "tasks.example.com"
PUBLIC_URL = f"https://{NAME}"
# Each secret setting, with the one part that needs it.
SECRETS = {
    "BETTER_AUTH_SECRET": ("auth", "mAq0uTNUOoLUBTUXrGdrTWXrXOM0ZCoO"),
    "SMTP_URL": ("auth", "smtps://user:smtp-password@mail.example.com"),
    "GITHUB_CLIENT_SECRET": ("auth", "github-client-secret"),
    "GOOGLE_CLIENT_SECRET": ("auth", "google-client-secret"),
    "OPENAI_API_KEY": ("api", "model-key"),
    "AWS_SECRET_ACCESS_KEY": (None, "token-of-another-tool"),
}
OTHERS = {
    "PUBLIC_URL": PUBLIC_URL,
    "MAIL_FROM": "a@example.com",
    "GITHUB_CLIENT_ID": "github",
    "GOOGLE_CLIENT_ID": "google",
}
SECRET_IN_FILE = "secret-in-a-file-of-make-dev"
FORBIDDEN_PATHS = [
    "/@fs{path}",
    "/@fs{path}?raw",
    "/@fs{path}?import&raw",
    "/@fs{path}?import&raw&url",
    "/@fs{path}?raw??",
    "/@fs{path}?url",
    "/@fs{path}?import&inline",
    "/@fs/{path}?raw",
    "/@fs{encoded}?raw",
    "/@fs{root}/web/src/../../{relative}?raw",
    "/@fs{root}/web/src/%2e%2e/%2e%2e/{relative}?raw",
    "/@fs{root}/web/src/..%2f..%2f{relative}?raw",
    "/@fs{root}/node_modules/../{relative}?raw",
    "/../{relative}?raw",
    "/..%2f{relative}?raw",
    "/%2e%2e/{relative}",
    "/..%5c{relative}",
    "/src/../../{relative}?raw",
    "/assets/../../../../{relative}",
    "/packages/../{relative}",
    "/{relative}",
    "/@id/{path}?raw",
    "/@fs{root}/.git/HEAD?raw",
    "/@fs{root}/.git/config?raw",
    "/@fs{root}/README.md?raw",
    "/@fs{root}?raw",
    "/@fs/etc/passwd?raw",
    "/@fs/proc/self/environ?raw",
]


ONLY_HOT = pytest.mark.parametrize("stack", ["1"], ids=["hot"], indirect=True)
"""For tests of Vite's development server."""


@pytest.fixture(scope="module", params=["0", "1"], ids=["built", "hot"])
def stack(request: pytest.FixtureRequest) -> Iterator[Stack]:
    """`make dev` and `make dev HOT=1`, started with every secret in the environment and a permissive umask."""
    with pytest.MonkeyPatch.context() as patch, temporary_folder() as data:
        for name, (_, secret) in SECRETS.items():
            patch.setenv(name, secret)
        own = {**OTHERS, "PORT": str(reserve_port()), "TASKCHAT_DATA": str(data), "HOT": request.param}
        umask = os.umask(0o022)
        try:
            with Stack(read_settings({**os.environ, **own}, Path("/dev/null"))) as stack:
                yield stack
        finally:
            os.umask(umask)


@pytest.fixture(scope="module")
def secret_file() -> Iterator[Path]:
    """A file in the folder with the secrets of `make dev`."""
    folder = ROOT / ".data"
    is_ours = not folder.exists()
    folder.mkdir(exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=folder, prefix="secret-of-the-test-", encoding="utf-8") as file:
        file.write(SECRET_IN_FILE)
        file.flush()
        yield Path(file.name)
    if is_ours:
        folder.rmdir()


def ask(port: int, path: str, host: str, **headers: str) -> tuple[int, str]:
    """Send a GET with exactly this path and host; return status and body."""
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    connection.putrequest("GET", path, skip_host=True)
    for name, value in {"host": host, **headers}.items():
        connection.putheader(name, value)
    connection.endheaders()
    with closing(connection):
        response = connection.getresponse()
        return response.status, "" if response.status == 101 else response.read().decode(errors="replace")


class TestFiles:
    @pytest.mark.parametrize("path", FORBIDDEN_PATHS)
    @pytest.mark.parametrize("host", ["localhost", NAME])
    def test_no_url_serves_them(self, stack: Stack, secret_file: Path, path: str, host: str) -> None:
        encoded = "".join(f"%{byte:02x}" for byte in str(secret_file).encode())
        names = {"path": secret_file, "root": ROOT, "relative": secret_file.relative_to(ROOT), "encoded": encoded}
        for port in served_ports(stack):
            status, body = ask(port, path.format(**names), host)
            assert status >= 400, body
            assert SECRET_IN_FILE not in body

    def test_the_pages_are_served(self, stack: Stack) -> None:
        for path in ("/", "/c/018f3c2e"):
            status, body = ask(stack.addresses.port, path, NAME, accept="text/html")
            assert (status, "<title>Taskchat</title>" in body) == (200, True)


def served_ports(stack: Stack) -> list[int]:
    """The gateway's port and Vite's own, which other users of the machine can reach."""
    return [stack.addresses.port, *([stack.addresses.vite_port] if "vite" in stack.services.names else [])]


class TestNames:
    @pytest.mark.parametrize("host", ["localhost", "LocalHost", "127.0.0.1", "[::1]", NAME, f"{NAME}:8443"])
    @pytest.mark.parametrize("path", ["/api/config", "/api/auth/config"])
    def test_it_accepts_its_own(self, stack: Stack, host: str, path: str) -> None:
        by_port = host if host.endswith("8443") else f"{host}:{stack.addresses.port}"
        assert ask(stack.addresses.port, path, by_port)[0] == 200

    @pytest.mark.parametrize(
        "host", ["evil.example", "localhost.evil.example", f"www.{NAME}", "10.0.0.1", "localhost.", "[::2]"]
    )
    @pytest.mark.parametrize("path", ["/", "/api/config", "/api/auth/config", "/api/auth/sign-in/email", "/nothing"])
    def test_it_refuses_others(self, stack: Stack, host: str, path: str) -> None:
        status, body = ask(stack.addresses.port, path, host, accept="text/html")
        problem = json.loads(body)
        assert (status, problem["code"]) == (421, "unknown_host")
        assert f"Use {PUBLIC_URL}," in problem["detail"]

    @ONLY_HOT
    def test_vites_own_port_refuses_them_too(self, stack: Stack) -> None:
        assert ask(stack.addresses.vite_port, "/src/main.tsx", "evil.example")[0] == 403

    def test_a_request_without_one_is_refused(self, stack: Stack) -> None:
        assert ask(stack.addresses.port, "/api/config", "")[0] == 400

    def test_it_listens_on_localhost_only(self, stack: Stack) -> None:
        pids = {process.pid for process in descendants(os.getpid())} - {os.getpid()}
        found = listening(pids)
        assert len(found) >= 5  # database, auth-service, api, and the gateway twice
        assert {host for host, _ in found} == {"0100007F"}  # 127.0.0.1, as the kernel writes it


def listening(pids: set[int]) -> set[tuple[str, str]]:
    """Return the hexadecimal address and port of each listening socket of the processes."""
    sockets = {str(file.readlink()) for pid in pids for file in Path(f"/proc/{pid}/fd").iterdir() if file.is_symlink()}
    rows = [
        line.split()
        for table in ("tcp", "tcp6")
        for line in Path(f"/proc/net/{table}").read_text(encoding="utf-8").splitlines()[1:]
    ]
    return {
        (row[1].partition(":")[0], row[1].partition(":")[2])
        for row in rows
        if row[3] == "0A" and f"socket:[{row[9]}]" in sockets
    }


@ONLY_HOT
class TestWebSocket:
    HANDSHAKE: ClassVar = {
        "connection": "Upgrade",
        "upgrade": "websocket",
        "sec-websocket-version": "13",
        "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
        "sec-websocket-protocol": "vite-hmr",
    }

    @pytest.mark.parametrize(
        ("origin", "host", "status"),
        [
            (PUBLIC_URL, NAME, 101),
            ("http://evil.example", NAME, 403),
            ("null", NAME, 403),
            ("", NAME, 403),
            (PUBLIC_URL, "evil.example", 421),
        ],
    )
    def test_only_our_pages_can_open_one(self, stack: Stack, origin: str, host: str, status: int) -> None:
        _, client = ask(stack.addresses.port, "/@vite/client", NAME)
        [token] = re.findall(r'wsToken = "([^"]+)"', client)
        handshake = {**self.HANDSHAKE, **({"origin": origin} if origin else {})}
        assert ask(stack.addresses.port, f"/?token={token}", host, **handshake)[0] == status

    def test_other_pages_cannot_open_one_on_vites_port(self, stack: Stack) -> None:
        handshake = {**self.HANDSHAKE, "origin": "http://evil.example"}
        assert ask(stack.addresses.vite_port, "/", "localhost", **handshake)[0] == 400


class TestEnvironments:
    def test_each_process_has_its_own_secrets_only(self, stack: Stack) -> None:
        passwords = {
            **SECRETS,
            "AUTH_DATABASE_URL": (
                "auth",
                (stack.data / "secrets" / "auth_service_password").read_text(encoding="utf-8"),
            ),
            "API_DATABASE_URL": ("api", (stack.data / "secrets" / "chat_api_password").read_text(encoding="utf-8")),
            "auth_owner": (None, (stack.data / "secrets" / "auth_owner_password").read_text(encoding="utf-8")),
            "chat_owner": (None, (stack.data / "secrets" / "chat_owner_password").read_text(encoding="utf-8")),
            "postgres.password": (None, (stack.data / "postgres.password").read_text(encoding="utf-8")),
        }
        programs = {process.pid: process.argv for process in descendants(os.getpid()) if process.pid != os.getpid()}
        for name, (owner, secret) in passwords.items():
            holders = {part_of(argv) for pid, argv in programs.items() if secret in shown_in_proc(pid)}
            assert holders == ({owner} if owner else set()), name
        assert {part_of(argv) for argv in programs.values()} >= {"postgres", "auth", "api", "gateway"}

    def test_a_part_gets_only_the_settings_it_reads(self, stack: Stack) -> None:
        for process in descendants(os.getpid()):
            if process.pid == os.getpid():
                continue
            text = Path(f"/proc/{process.pid}/environ").read_text(encoding="utf-8")
            names = {line.partition("=")[0] for line in text.split("\0") if line}
            part = part_of(process.argv)
            foreign = (SETTINGS | {"AWS_SECRET_ACCESS_KEY"}) - SETTINGS_OF.get(part, set())  # type: ignore[call-overload]
            assert not names & foreign, part


def shown_in_proc(pid: int) -> str:
    """Return the environment and the command line of a process."""
    return "".join(Path(f"/proc/{pid}/{file}").read_text(encoding="utf-8") for file in ("environ", "cmdline"))


def part_of(argv: list[str]) -> str:
    """Return the part of the stack that a command line, or its supervisor's, belongs to."""
    line = " ".join(argv)
    marks = {"auth-service/src": "auth", "-m taskchat ": "api", "Caddyfile": "gateway", "vite": "pages"}
    return next((part for mark, part in marks.items() if mark in line), "postgres" if "postgres" in line else line)


class TestData:
    def test_only_its_owner_can_read_it(self, stack: Stack) -> None:
        # Under root, Postgres runs as `nobody`, which needs access.
        assert stat.S_IMODE(stack.data.stat().st_mode) == (0o711 if os.geteuid() == 0 else 0o700)
        found = {path: path.lstat().st_mode for path in stack.data.rglob("*")}
        assert {"logs", "secrets", "postgres", "postgres.password"} <= {path.name for path in found}
        for path, mode in found.items():
            assert not stat.S_IMODE(mode) & 0o077, path
