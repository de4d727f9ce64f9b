"""PostgreSQL URLs as people paste them: checked, shown without secrets, handed on to asyncpg."""

import ssl
from typing import Any
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlencode, urlsplit

from taskchat_dev_stack.errors import DevStackError

VERIFIED_MODES = {"require", "verify-ca", "verify-full"}


def split_url(url: str, name: str) -> SplitResult:
    """The parts of a PostgreSQL URL; `postgres:` and SQLAlchemy's `postgresql+driver:` become `postgresql:`.

    Raises:
        DevStackError: it is none, or names no host or no database. `name` is the setting it came from.
    """
    shape = f"{name} is no PostgreSQL URL. It looks like this: postgresql://user:password@host:5432/database"
    try:
        parts = urlsplit(url.strip())
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise DevStackError(shape) from None  # its message may repeat the password
    if parts.scheme.partition("+")[0] not in {"postgres", "postgresql"} or not host or not parts.path.strip("/"):
        raise DevStackError(shape)
    return parts._replace(scheme="postgresql")


def for_role(admin_url: str, role: str, password: str) -> str:
    """The URL of another role in the same database: host, port, database and parameters stay."""
    parts = split_url(admin_url, "DATABASE_URL")
    address = parts.netloc.rpartition("@")[2]
    query = [(key, value) for key, value in parse_qsl(parts.query) if key not in {"user", "password"}]
    return parts._replace(
        netloc=f"{quote(role, safe='')}:{quote(password, safe='')}@{address}", query=urlencode(query)
    ).geturl()


def password_of(url: str, role: str, name: str) -> str | None:
    """The password that a URL holds for the role; None when it holds none, or is another role's."""
    parts = split_url(url, name)
    return unquote(parts.password) if parts.password and unquote(parts.username or "") == role else None


def shown(url: str) -> str:
    """The URL's address and database, fit for a terminal: no user, no password, no parameters."""
    parts = urlsplit(url.strip())
    return f"{parts.netloc.rpartition('@')[2]}{parts.path}"


def asyncpg_arguments(url: str, name: str) -> dict[str, Any]:
    """The arguments of `asyncpg.connect` for a URL that was written for libpq.

    asyncpg would send the parameters that it does not know to the server, which then refuses the connection. It
    has no channel binding; so `require` means, as it does in our services, that the certificate is verified too.
    """
    parts = split_url(url, name)
    query = dict(parse_qsl(parts.query))
    kept = {key: value for key, value in query.items() if key in {"user", "password", "application_name"}}
    arguments: dict[str, Any] = {"dsn": parts._replace(query=urlencode(kept)).geturl()}
    mode = query.get("sslmode")
    if mode in VERIFIED_MODES:
        root = query.get("sslrootcert")
        arguments["ssl"] = ssl.create_default_context(cafile=None if root == "system" else root)
    elif mode == "disable":
        arguments["ssl"] = False
    return arguments
