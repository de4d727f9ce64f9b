"""The proxy for the model's server, from the environment variables that most programs read.

The api uses no proxy for anything else. httpx would fail on any proxy variable that it can't use, needed or not, and
would send requests for servers on this machine through a proxy.
"""

import os
import re
from contextlib import suppress
from ipaddress import ip_address, ip_network
from urllib.request import getproxies_environment

from pydantic import AnyHttpUrl, ValidationError

from taskchat.transport_security import is_loopback

UNUSABLE = (
    "{name}: the proxy for the model's server must be an http:// or https:// address with a host; "
    "correct it, or add {host} to NO_PROXY"
)
SOCKS = "{name}: SOCKS proxies can't be used; set {other} to an HTTP proxy, or add {host} to NO_PROXY"

_PRINTABLE = re.compile(r"[!-~]+")
_WITH_PORT = re.compile(r"(\[.*\]|[^:]*):(\d+)", re.ASCII)


class UnusableProxy(ValueError):
    """The proxy for the model's server can't be used; the message says what to change."""


def proxy_for(url: AnyHttpUrl) -> str | None:
    """The proxy for `url`, or None for a direct connection.

    Reads `https_proxy`, `http_proxy`, `all_proxy` and `no_proxy`; lower case wins over upper case.

    Raises:
        UnusableProxy: its address is malformed or of an unsupported kind.
    """
    host = url.host or ""
    proxies = getproxies_environment()
    kind = next((kind for kind in (url.scheme, "all") if proxies.get(kind)), None)
    if kind is None or is_loopback(host) or _is_excepted(host, url.port, proxies):
        return None
    proxy = proxies[kind] if "://" in proxies[kind] else f"http://{proxies[kind]}"
    name = f"{kind}_proxy" if os.environ.get(f"{kind}_proxy") else f"{kind}_proxy".upper()
    if proxy.lower().startswith("socks"):
        raise UnusableProxy(SOCKS.format(name=name, host=host, other=f"{url.scheme}_proxy".upper()))
    if not _is_usable(proxy):
        raise UnusableProxy(UNUSABLE.format(name=name, host=host))
    return proxy


def _is_usable(proxy: str) -> bool:
    try:
        return AnyHttpUrl(proxy).port != 0 and _PRINTABLE.fullmatch(proxy) is not None
    except ValidationError:
        return False


def _is_excepted(host: str, port: int | None, proxies: dict[str, str]) -> bool:
    """Whether NO_PROXY covers the host, by name, domain, address, range or `*`."""
    host = host.lower().rstrip(".")
    try:
        address = ip_address(host.strip("[]"))
    except ValueError:
        address = None
    for listed in filter(None, re.split(r"[\s,]+", proxies.get("no", "").lower())):
        if listed == "*":
            return True
        with_port = _WITH_PORT.fullmatch(listed)
        if with_port and int(with_port[2]) != port:
            continue
        entry = with_port[1] if with_port else listed
        if address is not None:
            with suppress(ValueError):
                if address in ip_network(entry.strip("[]"), strict=False):
                    return True
        elif f".{host}".endswith("." + entry.removeprefix("*").removeprefix(".")):
            return True
    return False
