"""Which URLs may use http, those within this machine or a private network, and whom the others have to be signed by."""

import os
import ssl
from functools import lru_cache
from ipaddress import ip_address

import httpx
from pydantic import AnyHttpUrl

# Names that are never in the public DNS (RFC 6761, RFC 6762, RFC 8375), and internal names of hosting platforms.
PRIVATE_SUFFIXES = (".internal", ".local", ".localhost", ".test", ".lan", ".home.arpa", ".svc")


def is_confidential(url: AnyHttpUrl) -> bool:
    """Return whether the URL is https, or leads to this machine or a private address or name."""
    host = (url.host or "").rstrip(".")
    return url.scheme == "https" or host.endswith(PRIVATE_SUFFIXES) or _is_private(host)


def create_tls_context() -> ssl.SSLContext:
    """Trust the authorities in SSL_CERT_FILE or SSL_CERT_DIR; without these, public ones and those of the system.

    Raises:
        SystemExit: these name no readable certificates.
    """
    return _tls_context(os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))


@lru_cache(maxsize=1)
def _tls_context(file: str | None, folder: str | None) -> ssl.SSLContext:
    """One for all clients, because reading the authorities takes a while."""
    try:
        context = httpx.create_ssl_context()  # reads both variables
    except OSError as error:
        name = "SSL_CERT_FILE" if file else "SSL_CERT_DIR"
        reason = "it contains no certificates" if isinstance(error, ssl.SSLError) else error.strerror
        raise SystemExit(f"{name}: {reason}. Name the certificates of the authorities to trust") from None
    if not (file or folder):
        context.load_default_certs()
    return context


def is_loopback(host: str) -> bool:
    """Whether the host is this machine."""
    host = host.rstrip(".").lower()
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _is_private(host: str) -> bool:
    try:
        return not ip_address(host.strip("[]")).is_global
    except ValueError:
        return "." not in host  # a name of one part, such as another container's
