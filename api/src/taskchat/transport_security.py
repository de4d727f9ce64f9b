"""Which URLs may begin with http: those where nobody in between can listen or answer."""

from ipaddress import ip_address

from pydantic import AnyHttpUrl

# Names that the public DNS does not give out (RFC 6761, RFC 6762, RFC 8375), and those that platforms use inside.
PRIVATE_SUFFIXES = (".internal", ".local", ".localhost", ".test", ".lan", ".home.arpa", ".svc")


def is_confidential(url: AnyHttpUrl) -> bool:
    """Whether it is https, or leads to this machine, a private address, or a name of a private network."""
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
