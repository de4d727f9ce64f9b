"""Which URLs may use http: those within this machine or a private network."""

from ipaddress import ip_address

from pydantic import AnyHttpUrl

# Names that are never in the public DNS (RFC 6761, RFC 6762, RFC 8375), and internal names of hosting platforms.
PRIVATE_SUFFIXES = (".internal", ".local", ".localhost", ".test", ".lan", ".home.arpa", ".svc")


def is_confidential(url: AnyHttpUrl) -> bool:
    """Return whether the URL is https, or leads to this machine or a private address or name."""
    host = (url.host or "").rstrip(".")
    return url.scheme == "https" or host.endswith(PRIVATE_SUFFIXES) or _is_private(host)


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
