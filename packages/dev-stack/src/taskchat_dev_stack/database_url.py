"""PostgreSQL URLs as people paste them: checked, shown without secrets, handed on to asyncpg."""

import ssl
from typing import Any
from urllib.parse import SplitResult, parse_qsl, quote, urlencode, urlsplit

from taskchat_dev_stack.errors import DevStackError

# What asyncpg itself understands in a URL. The rest it would send to the server as settings, which ends
# the connection: channel_binding of Neon's URLs, connect_timeout and other parameters of libpq.
ASYNCPG_PARAMETERS = {
    *("sslmode", "sslrootcert", "sslcert", "sslkey", "sslcrl", "sslpassword"),
    *("ssl_min_protocol_version", "ssl_max_protocol_version", "target_session_attrs", "application_name"),
}


def split_url(url: str, name: str) -> SplitResult:
    """The parts of a PostgreSQL URL; `postgres:` and SQLAlchemy's `postgresql+driver:` become `postgresql:`.

    Raises:
        DevStackError: it is none, or names no host or database. `name` is the setting it came from.
    """
    shape = f"{name} is not a PostgreSQL URL. It looks like this: postgresql://user:password@host:5432/database"
    try:
        parts = urlsplit(url.strip())
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise DevStackError(shape) from error
    if parts.scheme.partition("+")[0] not in {"postgres", "postgresql"} or not host or not parts.path.strip("/"):
        raise DevStackError(shape)
    return parts._replace(scheme="postgresql")


def for_role(admin_url: str, role: str, password: str, name: str = "DATABASE_URL") -> str:
    """The URL of another role in the same database: host, port, database and parameters stay."""
    parts = split_url(admin_url, name)
    address = parts.netloc.rpartition("@")[2]
    query = [(key, value) for key, value in parse_qsl(parts.query) if key not in {"user", "password"}]
    return parts._replace(
        netloc=f"{quote(role, safe='')}:{quote(password, safe='')}@{address}", query=urlencode(query)
    ).geturl()


def shown(url: str) -> str:
    """The URL's address and database, fit for a terminal: no user, no password, no parameters."""
    parts = urlsplit(url)
    return f"{parts.netloc.rpartition('@')[2]}{parts.path}"


def asyncpg_arguments(url: str, name: str) -> dict[str, Any]:
    """The arguments of `asyncpg.connect` for a URL that was written for libpq.

    asyncpg knows no channel binding. Whoever requires it wants nobody in between, so the server's certificate is
    verified instead.
    """
    parts = split_url(url, name)
    query = dict(parse_qsl(parts.query))
    kept = {key: value for key, value in query.items() if key in ASYNCPG_PARAMETERS | {"user", "password"}}
    verified = query.get("channel_binding") == "require" and query.get("sslmode") in {"require", "verify-full"}
    if verified and "sslrootcert" not in query:
        kept.pop("sslmode")
    arguments: dict[str, Any] = {"dsn": parts._replace(query=urlencode(kept)).geturl()}
    if verified and "sslrootcert" not in query:
        arguments["ssl"] = ssl.create_default_context()
    return arguments
