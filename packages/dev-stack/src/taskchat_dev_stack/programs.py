"""How each part of Taskchat is started: its command line, and the environment it gets."""

import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from taskchat_dev_stack.errors import DevStackError
from taskchat_dev_stack.ports import HOST
from taskchat_dev_stack.repository import ROOT
from taskchat_dev_stack.services import Service

# Settings that only one of the services may see, because they are secrets of it.
SECRETS_OF = {
    "auth": {
        *("AUTH_DATABASE_URL", "BETTER_AUTH_SECRET", "SMTP_URL"),
        *("GITHUB_CLIENT_SECRET", "GOOGLE_CLIENT_SECRET"),
    },
    "api": {"API_DATABASE_URL", "OPENAI_API_KEY"},
    "web": set[str](),
}
SECRETS = {"DATABASE_URL"}.union(*SECRETS_OF.values())
# Every setting that the services know. What our own environment says of them is left out: a test must not
# depend on it, and `make dev` hands on what counts.
SETTINGS = SECRETS | {
    *("PORT", "PUBLIC_URL", "TASKCHAT_DATA", "SHUTDOWN_GRACE_SECONDS", "LOG_LEVEL", "AUTH_HOST", "AUTH_PORT"),
    *("JWKS_URL", "JWT_ISSUER", "JWT_AUDIENCE", "JWKS_MAX_AGE_SECONDS", "JWKS_MAX_STALE_SECONDS"),
    *("MAIL_FROM", "GITHUB_CLIENT_ID", "GOOGLE_CLIENT_ID", "TRUSTED_PROXIES", "KEY_ROTATION_DAYS"),
    *("SESSION_MAX_AGE_DAYS", "CHECK_BREACHED_PASSWORDS"),
    *("OPENAI_BASE_URL", "OPENAI_MODEL", "OPENAI_API", "MODEL_TIMEOUT_SECONDS", "TURN_TIMEOUT_SECONDS"),
    *("TURNS_PER_MINUTE", "MESSAGE_MAX_CHARS", "HISTORY_BUDGET_TOKENS", "DATABASE_POOL_SIZE"),
    *("DATABASE_PREPARED_STATEMENTS", "DATABASE_DIRECT_HOST", "AUTH_SERVICE_URL", "API_URL"),
}
API_STOP_SECONDS = 7.0
"""What the api may take past its grace, and a second more: see STOP_SECONDS in taskchat.chat.stopping."""


@dataclass(frozen=True)
class Addresses:
    """Where the parts of one stack listen and what they are called."""

    port: int
    auth_port: int
    api_ports: list[int]
    public_url: str

    @property
    def auth_url(self) -> str:
        """auth-service's inner address."""
        return f"http://{HOST}:{self.auth_port}"

    @property
    def api_urls(self) -> list[str]:
        """The inner address of each api process."""
        return [f"http://{HOST}:{port}" for port in self.api_ports]


@dataclass(frozen=True)
class Programs:
    """Makes the services of one stack.

    Attributes:
        settings: what the user or the test has set, by the names of the environment.
        derived: what the stack has decided itself; it wins.
    """

    addresses: Addresses
    settings: Mapping[str, str]
    derived: Mapping[str, str]
    shutdown_grace_seconds: int

    def auth_migration(self) -> Service:
        return Service("auth-migration", [node(), "auth-service/src/migrate.ts"], self._env("auth"), ROOT)

    def auth_secret_rotation(self) -> Service:
        """Replaces what an earlier secret has signed and encrypted, if there is any."""
        return Service("auth-secret", [node(), "auth-service/src/rotate-secret.ts"], self._env("auth"), ROOT)

    def auth(self) -> Service:
        ready = [f"{self.addresses.auth_url}/readyz"]
        return Service("auth", [node(), "auth-service/src/main.ts"], self._env("auth"), ROOT, ready=ready)

    def api_migration(self) -> Service:
        argv = [sys.executable, "-m", "alembic", "-c", "api/alembic.ini", "upgrade", "head"]
        return Service("api-migration", argv, self._env("api"), ROOT)

    def api(self, number: int) -> Service:
        """The api process of this number, counted from 0."""
        argv = [
            *(sys.executable, "-m", "uvicorn", "taskchat.main:app", "--host", HOST),
            *("--port", str(self.addresses.api_ports[number])),
            *("--timeout-graceful-shutdown", str(self.shutdown_grace_seconds)),
            *("--timeout-keep-alive", "125"),  # longer than a client keeps an idle connection, as in the image
        ]
        name = "api" if number == 0 else f"api-{number + 1}"
        ready = [f"{self.addresses.api_urls[number]}/readyz"]
        return Service(name, argv, self._env("api"), ROOT, self.shutdown_grace_seconds + API_STOP_SECONDS, ready)

    def web(self, mode: Literal["dev", "preview"]) -> Service:
        """The one origin: the pages, and the way to both services."""
        where = ["--host", HOST, "--port", str(self.addresses.port), "--strictPort"]
        origin = f"http://localhost:{self.addresses.port}"  # by the name that browsers use
        ready = [f"{origin}/", f"{origin}/api/auth/config", f"{origin}/api/config"]
        argv = [node(), vite(), mode, *where, "--logLevel", "warn"]
        return Service("web", argv, self._env("web"), ROOT / "web", ready=ready)

    def web_build(self) -> Service:
        argv = [node(), vite(), "build", "--logLevel", "warn"]
        return Service("web-build", argv, self._env("web"), ROOT / "web")

    def _env(self, part: Literal["auth", "api", "web"]) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if name not in SETTINGS}
        given = {**inherited, **self.settings, **self.derived}
        return {name: value for name, value in given.items() if name not in SECRETS - SECRETS_OF[part]}


def node() -> str:
    """Node: the one that set-up has put beside Python, or else the machine's.

    Raises:
        DevStackError: there is none.
    """
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    program = shutil.which("node", path=path)
    if program is None:
        raise DevStackError("Node is missing. Run: make setup")
    return program


def vite() -> str:
    """Vite's program, run by Node itself and not by npm, which passes on no signal.

    Raises:
        DevStackError: it is not installed.
    """
    for folder in (ROOT / "web", ROOT):
        if (program := folder / "node_modules" / ".bin" / "vite").exists():
            return str(program.resolve())
    raise DevStackError("the npm packages are missing. Run: make setup")
