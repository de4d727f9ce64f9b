"""Parses Postgres URLs with the rules that all parts of Taskchat share.

packages/shared-schema documents the rules (README.md, with examples in database-urls.json); auth-service implements
them in src/database/database-url.ts. asyncpg's parser would not verify the server for `sslmode=require`, and would send
unknown parameters to the server, which then refuses the connection.
"""

import re
import ssl
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote, unquote

SHAPE = "it looks like postgresql://user:password@host:5432/database"
DEFAULT_PORT = 5432
VERIFIED_MODES = frozenset({"require", "verify-ca", "verify-full"})
MODES_BY_HOST = frozenset({"", "allow", "prefer"})
CHANNEL_BINDINGS = frozenset({"", "disable", "prefer", "require"})
TLS_PARAMETERS = frozenset({"sslmode", "sslrootcert", "sslcert", "sslkey"})
SILENT_PARAMETERS = TLS_PARAMETERS | {"channel_binding", "application_name"}
PLACE_PARAMETERS = frozenset(
    {"user", "password", "passfile", "host", "hostaddr", "port", "dbname", "database", "service", "servicefile"}
)
WISHES_FOR_SECURITY = frozenset({"require_auth", "requirepeer"})

_URL = re.compile(
    r"postgres(?:ql)?(?:\+\w+)?://(?:([^/?#]*)@)?([^/?#]*)(?:/([^/?#]*))?(?:\?([^#]*))?", re.IGNORECASE | re.ASCII
)
_HOST_AND_PORT = re.compile(r"(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::([0-9]*))?", re.IGNORECASE)
_UNPRINTABLE = re.compile(r"[\x00-\x20\x7f]")
_STRAY_PERCENT = re.compile(r"%(?![0-9a-fA-F]{2})")
_NEAR_HOST = re.compile(r"[^.:]+|127(\.\d+){3}|::1")
_NEON_POOLER = re.compile(r"^([^.]+)-pooler(\..*\.neon\.tech)$")


class InvalidDatabaseUrl(ValueError):
    """The URL is unusable. The message continues after the setting's name and contains no part of the URL."""


@dataclass(frozen=True)
class DatabaseUrl:
    """A database's address, the user and database name, and how to verify the server.

    Attributes:
        password: None leaves it to PGPASSWORD or a password file.
        tls: whether the connection is encrypted, the server's certificate and its host name verified. There is no
            encryption without verification.
        root_certificate: a file with the certificates to trust; None trusts what the machine trusts.
        ignored: parameters that mean nothing here, in the order of the URL.
    """

    user: str
    password: str | None = field(repr=False)
    host: str
    port: int
    database: str
    tls: bool
    root_certificate: str | None = None
    client_certificate: str | None = None
    client_key: str | None = None
    application_name: str | None = None
    ignored: tuple[str, ...] = ()

    @property
    def address(self) -> str:
        """Host and port, fit for a message: no user, no password."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    def direct(self, direct_host: str | None = None) -> "DatabaseUrl":
        """The same database past its pooler.

        Args:
            direct_host: where that is, `host` or `host:port`. None: Neon's is known, another URL stays as it is.

        Raises:
            InvalidDatabaseUrl: `direct_host` is neither.
        """
        if direct_host is None:
            return replace(self, host=_NEON_POOLER.sub(r"\1\2", self.host))
        host, port = _host_and_port(direct_host)
        return replace(self, host=host, port=port)

    def asyncpg_arguments(self, default_application_name: str) -> dict[str, Any]:
        """What `asyncpg.connect` takes.

        Raises:
            InvalidDatabaseUrl: a file that the URL names cannot be read.
        """
        return {
            "host": self.host,
            "port": self.port,
            "user": self.user,
            "password": self.password,
            "database": self.database,
            "ssl": self.tls_context(),
            "server_settings": {"application_name": self.application_name or default_application_name},
        }

    def tls_context(self) -> ssl.SSLContext | bool:
        """Whom to trust; False for a connection without encryption.

        Raises:
            InvalidDatabaseUrl: a file that the URL names cannot be read, or holds something else.
        """
        if not self.tls:
            return False
        try:
            context = ssl.create_default_context(cafile=self.root_certificate)
            if self.client_certificate is not None:
                context.load_cert_chain(self.client_certificate, self.client_key)
        except OSError as error:  # ssl.SSLError is one, for a file that holds something else
            raise InvalidDatabaseUrl(
                "names a file in sslrootcert, sslcert or sslkey that cannot be read or holds no such thing"
            ) from error
        # On since Python 3.13. Some providers' certificates do not pass it, and auth-service does not ask for it.
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT
        return context


def parse_database_url(text: str) -> DatabaseUrl:
    """What a URL means.

    Raises:
        InvalidDatabaseUrl: it is none, or asks for what cannot be had.
    """
    text = text.strip()
    match = _URL.fullmatch(text)
    if match is None or _UNPRINTABLE.search(text):
        raise InvalidDatabaseUrl(f"is no PostgreSQL URL, or a character in it has to be percent-encoded: {SHAPE}")
    credentials, place, database, query = match.groups(default="")
    host, port = _host_and_port(place)
    user, _, password = credentials.partition(":")
    if not user:
        raise InvalidDatabaseUrl(f"names no user: {SHAPE}")
    if not database:
        raise InvalidDatabaseUrl(f"names no database: {SHAPE}")
    parameters = _parameters(query)
    return DatabaseUrl(
        user=_decoded(user),
        password=_decoded(password) or None,
        host=host,
        port=port,
        database=_decoded(database),
        tls=_wants_tls(parameters, host),
        root_certificate=_file(parameters, "sslrootcert"),
        client_certificate=_file(parameters, "sslcert"),
        client_key=_file(parameters, "sslkey"),
        application_name=parameters.get("application_name") or None,
        ignored=tuple(name for name in parameters if name not in SILENT_PARAMETERS),
    )


def load_database_url(text: str, name: str) -> DatabaseUrl:
    """Parse a URL and check the certificate files it names.

    Raises:
        InvalidDatabaseUrl: it can't be used. The message begins with `name`, the setting that contains the URL.
    """
    try:
        url = parse_database_url(text)
        url.tls_context()
    except InvalidDatabaseUrl as error:
        raise InvalidDatabaseUrl(f"{name} {error}") from None
    return url


def load_direct_database_url(text: str, name: str, direct_host: str | None) -> DatabaseUrl:
    """The same, past the pooler: at `direct_host` (DATABASE_DIRECT_HOST) if that is set."""
    url = load_database_url(text, name)
    try:
        return url.direct(direct_host or None)
    except InvalidDatabaseUrl as error:
        raise InvalidDatabaseUrl(f"DATABASE_DIRECT_HOST {error}") from None


def url_for_role(admin_url: str, role: str, password: str) -> str:
    """Return the URL of another role in the same database; all but user and password stays as written."""
    place, question_mark, parameters = admin_url.strip().partition("?")
    rest = place.rpartition("@")[2] + question_mark + parameters
    return f"postgresql://{quote(role, safe='')}:{quote(password, safe='')}@{rest}"


def _host_and_port(text: str) -> tuple[str, int]:
    if "," in text:
        raise InvalidDatabaseUrl("names several hosts: use one address, that of a pooler or of the primary")
    if not text or text.lower().startswith("%2f"):
        raise InvalidDatabaseUrl(f"names no host, and sockets of the file system are not supported: {SHAPE}")
    match = _HOST_AND_PORT.fullmatch(text)
    if match is None:
        raise InvalidDatabaseUrl(f"has no proper host and port; characters in a password have to be encoded: {SHAPE}")
    port = int(match[3] or DEFAULT_PORT)
    if not 1 <= port <= 65535:
        raise InvalidDatabaseUrl("has a port that is none: 1 to 65535")
    return match[1] or match[2], port


def _parameters(query: str) -> dict[str, str]:
    """The parameters by name; of one that is repeated the last counts, as for libpq."""
    found: dict[str, str] = {}
    for part in filter(None, query.split("&")):
        name, _, value = part.partition("=")
        found[_decoded(name)] = _decoded(value)
    for name in found:
        if name in PLACE_PARAMETERS:
            raise InvalidDatabaseUrl(f"has the parameter {name}: write it before the question mark: {SHAPE}")
        if name in WISHES_FOR_SECURITY or (name.startswith("ssl") and name not in TLS_PARAMETERS):
            raise InvalidDatabaseUrl(f"has the parameter {name}, which is not supported: use sslmode and sslrootcert")
    return found


def _wants_tls(parameters: dict[str, str], host: str) -> bool:
    mode, binding = parameters.get("sslmode", ""), parameters.get("channel_binding", "")
    if mode not in VERIFIED_MODES | MODES_BY_HOST | {"disable"}:
        raise InvalidDatabaseUrl("has an unknown sslmode: use require, which verifies the server, or disable")
    if binding not in CHANNEL_BINDINGS:
        raise InvalidDatabaseUrl("has an unknown channel_binding: use require, prefer or disable")
    if bool(parameters.get("sslcert")) != bool(parameters.get("sslkey")):
        raise InvalidDatabaseUrl("has only one of sslcert and sslkey: they belong together")
    if mode == "disable":
        if binding == "require":
            raise InvalidDatabaseUrl("has channel_binding=require and sslmode=disable: they exclude each other")
        return False
    names_trust = bool(parameters.get("sslrootcert") or parameters.get("sslcert"))
    return mode in VERIFIED_MODES or names_trust or binding == "require" or not _NEAR_HOST.fullmatch(host)


def _file(parameters: dict[str, str], name: str) -> str | None:
    value = parameters.get(name) or None
    return None if name == "sslrootcert" and value == "system" else value


def _decoded(text: str) -> str:
    try:
        if _STRAY_PERCENT.search(text) is None and "\0" not in (decoded := unquote(text, errors="strict")):
            return decoded
    except UnicodeDecodeError:
        pass
    raise InvalidDatabaseUrl("has a % that encodes no character: write a % itself as %25")
