"""Whether auth-service can sign people in, asked over HTTP."""

import httpx

JWKS_PATH = "/api/auth/jwks"


class AuthService:
    """The auth-service that JWKS_URL leads to, if it is one."""

    def __init__(self, jwks_url: str, *, timeout_seconds: float) -> None:
        self._jwks_url = httpx.URL(jwks_url)
        # Like the key set's client: a redirect or a proxy could answer for it.
        self._client = httpx.AsyncClient(follow_redirects=False, trust_env=False, timeout=timeout_seconds)

    async def problem(self) -> str | None:
        """Why nobody can sign in; None if people can, or if JWKS_URL leads to another issuer."""
        if self._jwks_url.path != JWKS_PATH:
            return None
        try:
            status = await self._status(self._jwks_url.copy_with(path="/readyz", query=None))
            if status == httpx.codes.NOT_FOUND:  # JWKS_URL leads through the gateway, which hides this address
                status = await self._status(self._jwks_url)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return f"auth-service does not answer: {type(error).__name__}"
        return None if status == httpx.codes.OK else f"auth-service answers with status {status}: see its log"

    async def aclose(self) -> None:
        await self._client.aclose()

    async def _status(self, url: httpx.URL) -> int:
        async with self._client.stream("GET", url) as response:
            return response.status_code
