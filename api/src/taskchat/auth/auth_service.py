"""Whether auth-service can sign people in, asked over HTTP."""

import httpx

from taskchat.transport_security import create_tls_context

JWKS_PATH = "/api/auth/jwks"


class AuthService:
    """The auth-service that JWKS_URL leads to, if it is one."""

    def __init__(self, jwks_url: str, *, timeout_seconds: float) -> None:
        self._jwks_url = httpx.URL(jwks_url)
        self._tls = create_tls_context()
        self._timeout_seconds = timeout_seconds

    async def problem(self) -> str | None:
        """Why nobody can sign in; None if people can, or if JWKS_URL leads to another issuer."""
        if self._jwks_url.path != JWKS_PATH:
            return None
        try:
            status = await self._status(self._jwks_url.copy_with(path="/readyz", query=None))
            if status == httpx.codes.NOT_FOUND:  # JWKS_URL leads through the gateway, which hides this address
                status = await self._status(self._jwks_url)
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
            return f"auth-service does not answer: {type(error).__name__}"
        return None if status == httpx.codes.OK else f"auth-service answers with status {status}: see its log"

    async def _status(self, url: httpx.URL) -> int:
        async with (
            # Like the key set's: a redirect or a proxy could answer for auth-service.
            httpx.AsyncClient(
                verify=self._tls, follow_redirects=False, trust_env=False, timeout=self._timeout_seconds
            ) as client,
            client.stream("GET", url) as response,
        ):
            return response.status_code
