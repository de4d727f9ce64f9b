"""The variables that Kubernetes and `docker run --link` set in every container, for each Service."""

import re

PARTS = [
    *("api", "auth", "auth-service", "gateway", "web", "db", "database", "postgres", "pgbouncer"),
    *("taskchat", "taskchat-api", "taskchat-auth-service", "taskchat-gateway", "better-auth", "auth-listen"),
    *(
        "smtp",
        "mail",
        "health",
        "jwks",
        "openai",
        "model",
        "uvicorn",
        "node",
        "vite",
        "caddy",
        "redis",
        "site",
        "pages",
    ),
    *("api-upstream", "auth-service-upstream", "public", "python", "public-url", "log"),
]
"""Names that somebody may give to a Service next to Taskchat, or to a part of it."""

NAME_OF_A_LINK = re.compile(r".+_(SERVICE_HOST|SERVICE_PORT(_.*)?|PORT(_.*)?)")
"""Source: kubernetes.io/docs/concepts/services-networking/service/#environment-variables."""


def service_links(names: list[str] = PARTS) -> dict[str, str]:
    """Build the variables of Services with these names and a port 80 named `http`."""
    links: dict[str, str] = {}
    for number, name in enumerate(names, 1):
        prefix, address = name.upper().replace("-", "_"), f"10.96.0.{number}"
        # Later names don't override the plain variables of earlier ones, such as AUTH_SERVICE_PORT of auth.
        links = {
            f"{prefix}_SERVICE_HOST": address,
            f"{prefix}_SERVICE_PORT": "80",
            f"{prefix}_SERVICE_PORT_HTTP": "80",
            f"{prefix}_PORT": f"tcp://{address}:80",
            f"{prefix}_PORT_80_TCP": f"tcp://{address}:80",
            f"{prefix}_PORT_80_TCP_PROTO": "tcp",
            f"{prefix}_PORT_80_TCP_PORT": "80",
            f"{prefix}_PORT_80_TCP_ADDR": address,
            **links,
        }
    return links
