"""How each part of Taskchat is started: its command line and its environment."""

import json
import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from taskchat_dev_stack.errors import DevStackError
from taskchat_dev_stack.processes.files import make_folder
from taskchat_dev_stack.processes.ports import HOST
from taskchat_dev_stack.processes.services import Service
from taskchat_dev_stack.processes.supervised import minimal_environment
from taskchat_dev_stack.repository import PAGES, ROOT

Part = Literal["auth", "auth-migration", "api", "api-migration", "gateway", "pages"]

DATABASE_SETTINGS = {"DATABASE_DIRECT_HOST"}
TOKEN_SETTINGS = {"JWT_ISSUER", "JWT_AUDIENCE", "JWKS_MAX_AGE_SECONDS"}
COMMON_SETTINGS = {"LOG_LEVEL", "SHUTDOWN_GRACE_SECONDS"}
AUTH_SETTINGS = {
    *("AUTH_DATABASE_URL", "AUTH_LISTEN_ADDRESS", "PUBLIC_URL", "TASKCHAT_DATA", "TRUSTED_PROXIES"),
    *("BETTER_AUTH_SECRET", "KEY_ROTATION_DAYS", "SESSION_MAX_AGE_DAYS", "CHECK_BREACHED_PASSWORDS"),
    *("SIGN_UP", "SIGN_UP_EMAIL_DOMAINS", "SMTP_URL", "MAIL_FROM"),
    *("GITHUB_CLIENT_ID", "GITHUB_CLIENT_SECRET", "GOOGLE_CLIENT_ID", "GOOGLE_CLIENT_SECRET"),
}
# The settings of each part. It gets no others, so that it can't leak them.
SETTINGS_OF: Mapping[Part, set[str]] = {
    "auth": COMMON_SETTINGS | DATABASE_SETTINGS | TOKEN_SETTINGS | AUTH_SETTINGS,
    # Better Auth's configuration decides what its migration does.
    "auth-migration": COMMON_SETTINGS
    | DATABASE_SETTINGS
    | TOKEN_SETTINGS
    | (AUTH_SETTINGS - {"AUTH_DATABASE_URL"})
    | {"AUTH_MIGRATION_DATABASE_URL"},
    "api": COMMON_SETTINGS
    | DATABASE_SETTINGS
    | TOKEN_SETTINGS
    | {
        *("API_DATABASE_URL", "DATABASE_POOL_SIZE", "DATABASE_PREPARED_STATEMENTS"),
        *(
            "JWKS_URL",
            "JWKS_MAX_STALE_SECONDS",
            "TURNS_PER_MINUTE",
            "REQUESTS_PER_MINUTE",
            "REQUESTS_AT_ONCE",
            "MESSAGE_MAX_CHARS",
            "HISTORY_BUDGET_TOKENS",
        ),
        *("MODEL_TOKENS_PER_DAY", "MODEL_TOKENS_PER_USER_PER_DAY"),
        *("ASSISTANT", "OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_MODEL", "OPENAI_API", "OPENAI_STRICT_TOOLS"),
        *("OPENAI_MAX_OUTPUT_TOKENS", "OPENAI_REASONING_EFFORT", "OPENAI_TEMPERATURE"),
        *("OPENAI_EXTRA_BODY", "OPENAI_EXTRA_HEADERS"),
        *("MODEL_TIMEOUT_SECONDS", "TURN_TIMEOUT_SECONDS"),
    },
    "api-migration": DATABASE_SETTINGS | {"API_MIGRATION_DATABASE_URL", "LOG_LEVEL"},
    "gateway": {"PUBLIC_URL", "TRUSTED_PROXIES"},
    "pages": {"PUBLIC_URL"},
}
# All settings. The stack itself reads the first three.
SETTINGS = {"DATABASE_URL", "PORT", "HOT"}.union(*SETTINGS_OF.values())
# Variables that some parts inherit from our environment: proxies, and Node's options.
PROXY_SETTINGS = {"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"}
NODE_SETTINGS = {"NODE_ENV", "NODE_OPTIONS", "NODE_EXTRA_CA_CERTS", "NODE_COMPILE_CACHE", "NODE_USE_ENV_PROXY"}
INHERITED_BY: Mapping[Part, set[str]] = {
    "auth": PROXY_SETTINGS | NODE_SETTINGS,
    "auth-migration": NODE_SETTINGS,
    # Only for requests to the model.
    "api": PROXY_SETTINGS | {"ALL_PROXY", "all_proxy"},
    "api-migration": set(),
    "gateway": set(),
    "pages": NODE_SETTINGS - {"NODE_ENV"},
}
# With one of these, auth-service asks servers on the internet.
SETTINGS_FOR_THE_INTERNET = {"GITHUB_CLIENT_ID", "GOOGLE_CLIENT_ID", "CHECK_BREACHED_PASSWORDS"}
AUTH_HEAP = ("--max-old-space-size=192", "--max-semi-space-size=4")
"""In megabytes. By default, V8 lets the heap grow with the machine's memory before it collects: by 30 MB here."""
COMPILED = ROOT / "node_modules/.cache/compiled"
"""Node keeps compiled code here. Without it, each start loads a compiler for TypeScript: 15 MB and 0.1 s."""
GATEWAY_STOP_SECONDS = 1.0
"""Extra time for the gateway to pass on the api's last answers."""
API_STOP_SECONDS = 7.0
"""Extra time for the api after its grace: STOP_SECONDS in taskchat.chat.stopping, plus a second."""


@dataclass(frozen=True)
class Addresses:
    """The ports and URLs of one stack."""

    port: int
    auth_port: int
    api_ports: list[int]
    vite_port: int
    gateway_health_port: int
    public_url: str

    @property
    def auth_url(self) -> str:
        """auth-service's internal URL."""
        return f"http://{HOST}:{self.auth_port}"

    @property
    def api_urls(self) -> list[str]:
        """The internal URL of each api process."""
        return [f"http://{HOST}:{port}" for port in self.api_ports]


@dataclass(frozen=True)
class Programs:
    """Defines the services of one stack.

    Attributes:
        settings: the settings of the user or the test, by the names of their environment variables.
        derived: the settings that the stack decides; these win.
    """

    addresses: Addresses
    settings: Mapping[str, str]
    derived: Mapping[str, str]
    shutdown_grace_seconds: int

    def auth_migration(self) -> Service:
        return Service(
            "auth-migration", [node(), "auth-service/src/commands/migrate.ts"], self._env("auth-migration"), ROOT
        )

    def auth_secret_rotation(self) -> Service:
        """Replace what an earlier secret signed and encrypted, if anything."""
        return Service("auth-secret", [node(), "auth-service/src/commands/rotate-secret.ts"], self._env("auth"), ROOT)

    def auth(self, *, has_gateway: bool) -> Service:
        ready = [f"{self.addresses.auth_url}/readyz"]
        argv = [node(), *AUTH_HEAP, "auth-service/src/main.ts"]
        # The gateway and the proxies in front of it.
        trusted = [HOST if has_gateway else "", self.settings.get("TRUSTED_PROXIES", "")]
        env = {
            "NODE_COMPILE_CACHE": str(COMPILED),
            **self._env("auth"),
            "TRUSTED_PROXIES": ",".join(filter(None, trusted)),
        }
        return Service("auth", argv, env, ROOT, ready=ready)

    def api_migration(self) -> Service:
        argv = [sys.executable, "-m", "alembic", "-c", "api/alembic.ini", "upgrade", "head"]
        return Service("api-migration", argv, self._env("api-migration"), ROOT)

    def api(self, number: int) -> Service:
        """The api process with this number, counted from 0."""
        argv = [
            *(sys.executable, "-m", "taskchat", "--host", HOST),
            *("--port", str(self.addresses.api_ports[number])),
            *("--timeout-graceful-shutdown", str(self.shutdown_grace_seconds)),
        ]
        name = "api" if number == 0 else f"api-{number + 1}"
        ready = [f"{self.addresses.api_urls[number]}/readyz"]
        return Service(name, argv, self._env("api"), ROOT, self.shutdown_grace_seconds + API_STOP_SECONDS, ready)

    def gateway(self, pages: Literal["built", "hot"]) -> Service:
        """The gateway with production's configuration: the pages, and a proxy to both services.

        Args:
            pages: `built` serves the files in PAGES, `hot` passes on to Vite.
        """
        addresses, data = self.addresses, Path(self.derived["TASKCHAT_DATA"]) / "gateway"
        env = {
            **self._env("gateway"),
            "SITE": "on-this-machine",
            "SITE_ADDRESS": f"http://:{addresses.port}",
            "ALLOWED_HOSTS": f"localhost 127.0.0.1 ::1 {urlsplit(addresses.public_url).hostname}",
            "GATEWAY_LOG_LEVEL": "ERROR",  # hides its warning about missing TLS
            "HEALTH_ADDRESS": f"{HOST}:{addresses.gateway_health_port}",
            "PAGES": pages,
            "PAGES_FOLDER": str(PAGES),
            "PAGE_HEADERS": str(write_page_headers()),
            "VITE_ADDRESS": f"{HOST}:{addresses.vite_port}",
            "AUTH_SERVICE_UPSTREAM": f"{HOST}:{addresses.auth_port}",
            "API_UPSTREAM": f"{HOST}:{addresses.api_ports[0]}",
            "REPLICA_WAIT": "0s",  # there is only one api, and requests of open pages must not delay the stop
            "XDG_DATA_HOME": str(data),
            "XDG_CONFIG_HOME": str(data),
        }
        origin = f"http://localhost:{addresses.port}"  # the name that browsers use
        ready = [f"{origin}/", f"{origin}/api/auth/config", f"{origin}/api/config"]
        argv = ["/bin/sh", "gateway/start.sh", caddy(), "run", "--config", "gateway/Caddyfile"]
        seconds = self.shutdown_grace_seconds + API_STOP_SECONDS + GATEWAY_STOP_SECONDS
        return Service("gateway", argv, env, ROOT, seconds, ready, stops_last=True)

    def vite(self) -> Service:
        """Vite's development server, behind the gateway."""
        port = str(self.addresses.vite_port)
        argv = [node(), vite(), "dev", "--host", HOST, "--port", port, "--strictPort", "--logLevel", "warn"]
        return Service("vite", argv, self._env("pages"), ROOT / "web")

    def _env(self, part: Part) -> dict[str, str]:
        return build_environment(part, {**self.settings, **self.derived})


def given_settings(env: Mapping[str, str]) -> dict[str, str]:
    """The part of an environment that changes what a stack does."""
    return {name: value for name, value in env.items() if name in SETTINGS | PROXY_SETTINGS}


def build_environment(part: Part, settings: Mapping[str, str]) -> dict[str, str]:
    """Build the whole environment of a part: its own settings and what every program needs."""
    names = INHERITED_BY[part]
    if part == "auth" and not SETTINGS_FOR_THE_INTERNET & settings.keys():
        names = names - PROXY_SETTINGS  # with NODE_USE_ENV_PROXY, Node doesn't start if it can't use one
    inherited = {name: value for name in names if (value := os.environ.get(name)) is not None}
    own = {name: settings[name] for name in SETTINGS_OF[part] & settings.keys()}
    return {**minimal_environment(), **inherited, **own}


def pages_build(web: Path, folder: Path) -> Service:
    """A task that builds the pages in `web` into another folder."""
    argv = [node(), vite(), "build", "--outDir", str(folder), "--emptyOutDir", "--logLevel", "warn"]
    return Service("pages", argv, build_environment("pages", {}), web)


def write_page_headers() -> Path:
    """Write the pages' headers as a Caddyfile snippet; return its path."""
    headers = json.loads((ROOT / "web" / "headers.json").read_text(encoding="utf-8"))
    file = make_folder(PAGES.parent) / "page-headers"
    unfinished = file.with_suffix(f".{os.getpid()}")
    unfinished.write_text("".join(f"{name} {json.dumps(value)}\n" for name, value in headers.items()), encoding="utf-8")
    return unfinished.replace(file)


def caddy() -> str:
    """Return the path of Caddy, which setup installs next to Python.

    Raises:
        DevStackError: it isn't installed.
    """
    program = Path(sys.executable).with_name("caddy")
    if not program.exists():
        raise DevStackError("Caddy is missing. Run: make setup")
    return str(program)


def node() -> str:
    """Return the path of Node: the one that setup installed next to Python, or else the machine's.

    Raises:
        DevStackError: it isn't installed.
    """
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    program = shutil.which("node", path=path)
    if program is None:
        raise DevStackError("Node is missing. Run: make setup")
    return program


def vite() -> str:
    """Return the path of Vite's script. We don't run it through npm, which passes on no signals.

    Raises:
        DevStackError: it isn't installed.
    """
    for folder in (ROOT / "web", ROOT):
        if (program := folder / "node_modules" / ".bin" / "vite").exists():
            return str(program.resolve())
    raise DevStackError("the npm packages are missing. Run: make setup")
