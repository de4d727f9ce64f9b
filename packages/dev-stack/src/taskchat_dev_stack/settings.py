"""A stack's settings, from the environment and .env."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from dotenv.parser import parse_stream

from taskchat.database.url import InvalidDatabaseUrl, load_database_url
from taskchat_dev_stack.errors import DevStackError
from taskchat_dev_stack.repository import ROOT

SECRET_MIN_LENGTH = 32
SERVICE_URLS = ("AUTH_DATABASE_URL", "API_DATABASE_URL")
MIGRATION_URLS = ("AUTH_MIGRATION_DATABASE_URL", "API_MIGRATION_DATABASE_URL")


@dataclass(frozen=True)
class StackSettings:
    """How a stack is started. The defaults suit a test: it shares nothing with other stacks and leaves nothing.

    Attributes:
        port: the gateway's port; 0 chooses a free one.
        data: the folder for database, generated secrets and logs; None: a temporary one, removed at the end.
        public_url: the origin that browsers use; `http://localhost:<port>` by default.
        database_url: the owner's URL of a database to use instead of the embedded one.
        auth_database_url: the URL of role auth_service; derived from the owner's by default.
        api_database_url: the URL of role chat_api; likewise.
        auth_migration_database_url: the URL of role auth_owner, for the migrations; likewise.
        api_migration_database_url: the URL of role chat_owner, for the migrations; likewise.
        better_auth_secret: generated and kept with the data by default.
        shutdown_grace_seconds: how long running turns may take at the end.
        web: `built` serves the built pages, `hot` those of Vite's development server; None starts no gateway.
        build_web: with `built`, build the pages when they have changed, at the start and later.
        api_processes: the number of api processes; the gateway uses the first.
        durable: whether commits in the embedded database survive a power failure.
        env: the services' own settings, such as OPENAI_BASE_URL. They don't inherit our environment.
    """

    port: int = 0
    data: Path | None = None
    public_url: str | None = None
    database_url: str | None = field(default=None, repr=False)
    auth_database_url: str | None = field(default=None, repr=False)
    api_database_url: str | None = field(default=None, repr=False)
    auth_migration_database_url: str | None = field(default=None, repr=False)
    api_migration_database_url: str | None = field(default=None, repr=False)
    better_auth_secret: str | None = field(default=None, repr=False)
    shutdown_grace_seconds: int = 3
    web: Literal["built", "hot"] | None = "built"
    build_web: bool = True
    api_processes: int = 1
    durable: bool = False
    env: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def wants_embedded_database(self) -> bool:
        """Whether the settings name no database."""
        return self.database_url is None and None in (self.auth_database_url, self.api_database_url)

    @property
    def role_urls(self) -> Mapping[str, tuple[str | None, str]]:
        """Each role's own URL, if set, and the name of its setting, in the order of RoleUrls."""
        return {
            "auth_service": (self.auth_database_url, "AUTH_DATABASE_URL"),
            "chat_api": (self.api_database_url, "API_DATABASE_URL"),
            "auth_owner": (self.auth_migration_database_url, "AUTH_MIGRATION_DATABASE_URL"),
            "chat_owner": (self.api_migration_database_url, "API_MIGRATION_DATABASE_URL"),
        }


def read_settings(environ: Mapping[str, str], env_file: Path) -> StackSettings:
    """Read the settings of `make dev`. The environment overrides the file; empty variables count as unset.

    Raises:
        DevStackError: a setting is invalid; the message says how to fix it.
    """
    env = {**read_env_file(env_file), **{name: value for name, value in environ.items() if value}}
    for name in ("DATABASE_URL", *SERVICE_URLS, *MIGRATION_URLS):
        if name in env:
            try:
                load_database_url(env[name], name)
            except InvalidDatabaseUrl as error:
                raise DevStackError(f"{error}.") from None
    secret = env.get("BETTER_AUTH_SECRET")
    if secret is not None and len(secret) < SECRET_MIN_LENGTH:
        raise DevStackError(
            f"BETTER_AUTH_SECRET has {len(secret)} characters and needs {SECRET_MIN_LENGTH}. "
            "Leave it out to have one generated."
        )
    return StackSettings(
        port=_number(env, "PORT", 3000, 65535),
        data=ROOT / Path(env.get("TASKCHAT_DATA", ".data")).expanduser(),
        public_url=_origin(env, "PUBLIC_URL"),
        database_url=env.get("DATABASE_URL"),
        auth_database_url=env.get("AUTH_DATABASE_URL"),
        api_database_url=env.get("API_DATABASE_URL"),
        auth_migration_database_url=env.get("AUTH_MIGRATION_DATABASE_URL"),
        api_migration_database_url=env.get("API_MIGRATION_DATABASE_URL"),
        better_auth_secret=secret,
        shutdown_grace_seconds=_number(env, "SHUTDOWN_GRACE_SECONDS", 3, 600),
        web="hot" if _switch(env, "HOT") else "built",
        durable=True,
        env=env,
    )


def read_env_file(path: Path) -> dict[str, str]:
    """Read a file of NAME=value lines. A missing file counts as empty.

    Raises:
        DevStackError: a line is malformed, or the file can't be read.
    """
    try:
        with path.open(encoding="utf-8") as file:
            bindings = list(parse_stream(file))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise DevStackError(f"can't read {path}: {error}") from error
    for binding in bindings:
        if binding.error or (binding.key is not None and binding.value is None):
            raise DevStackError(f"{path}, line {binding.original.line}: write it as NAME=value")
    return {binding.key: binding.value for binding in bindings if binding.key and binding.value}


def _number(env: Mapping[str, str], name: str, default: int, greatest: int) -> int:
    text = env.get(name, str(default))
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= greatest):
        raise DevStackError(f"{name} is {text!r}, but must be a whole number from 1 to {greatest}.")
    return int(text)


def _switch(env: Mapping[str, str], name: str) -> bool:
    text = env.get(name, "0")
    if text not in {"0", "1"}:
        raise DevStackError(f"{name} is {text!r}, but must be 1 or 0.")
    return text == "1"


def _origin(env: Mapping[str, str], name: str) -> str | None:
    text = env.get(name)
    if text is None:
        return None
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.netloc or text != f"{parts.scheme}://{parts.netloc}":
        raise DevStackError(
            f"{name} is {text!r}, but must be an origin without a path, such as https://chat.example.com."
        )
    return text
