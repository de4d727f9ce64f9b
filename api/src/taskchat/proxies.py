"""The proxy on the way to the model's server, from the variables that most programs read.

Nothing else that the api talks to is reached by a proxy. httpx would fail on any proxy variable that it cannot use,
needed or not, and would ask a proxy for servers on this machine.
"""

import os
import re
from contextlib import suppress
from ipaddress import ip_address, ip_network
from urllib.parse import urlsplit
from urllib.request import getproxies_environment

from pydantic import AnyHttpUrl

from taskchat.confidential_url import is_loopback

UNUSABLE = (
    "{name}: the proxy for the model's server must be an http:// or https:// address with a host; "
    "correct it, or add {host} to NO_PROXY"
)
SOCKS = "{name}: SOCKS proxies can't be used; set HTTPS_PROXY to an HTTP proxy, or add {host} to NO_PROXY"

_WITH_PORT = re.compile(r"(\[.*\]|[^:]*):(\d+)", re.ASCII)


class UnusableProxy(ValueError):
    """A proxy variable that applies to the model's server is wrong; the message says what to do."""


def proxy_for(url: AnyHttpUrl) -> str | None:
    """The proxy by which `url` is reached; None for none.

    `https_proxy`, `http_proxy`, `all_proxy` and `no_proxy` count, in small letters or capitals, small ones first.

    Raises:
        UnusableProxy: there is one, but we cannot use it.
    """
    host = url.host or ""
    proxies = getproxies_environment()
    kind = next((kind for kind in (url.scheme, "all") if proxies.get(kind)), None)
    if kind is None or is_loopback(host) or _is_excepted(host, url.port, proxies):
        return None
    proxy = proxies[kind] if "://" in proxies[kind] else f"http://{proxies[kind]}"
    name = f"{kind}_proxy" if os.environ.get(f"{kind}_proxy") else f"{kind}_proxy".upper()
    try:
        parts = urlsplit(proxy)
        is_usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        raise UnusableProxy(UNUSABLE.format(name=name, host=host)) from None
    if not is_usable or not proxy.isascii() or any(c.isspace() for c in proxy):
        reason = SOCKS if parts.scheme.startswith("socks") else UNUSABLE
        raise UnusableProxy(reason.format(name=name, host=host))
    return proxy


def _is_excepted(host: str, port: int | None, proxies: dict[str, str]) -> bool:
    """Whether NO_PROXY names the host: by its name, a domain of it, its address, a range, or all by an asterisk."""
    host = host.lower().rstrip(".")
    try:
        address = ip_address(host.strip("[]"))
    except ValueError:
        address = None
    for listed in filter(None, (entry.strip().lower() for entry in proxies.get("no", "").split(","))):
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
