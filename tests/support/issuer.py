"""An issuer of access tokens with keys of its own, for tests that need tokens no honest issuer gives."""

import time
from types import TracebackType
from typing import Any, Self
from uuid import UUID, uuid4

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from jose import jwk, jwt
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from support.http_server import HttpServer

AUDIENCE = "chat-api"


class SigningKey:
    """A fresh ES256 key under an id."""

    def __init__(self, key_id: str) -> None:
        self.id = key_id
        private = ec.generate_private_key(ec.SECP256R1())
        self.pem = private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode()
        public = jwk.construct(self.pem, "ES256").public_key().to_dict()
        self.public = {**public, "kid": key_id, "use": "sig", "alg": "ES256"}

    def sign(self, claims: dict[str, Any], **headers: Any) -> str:
        token: str = jwt.encode(claims, self.pem, "ES256", headers={"kid": self.id, **headers})
        return token


class Issuer:
    """Publishes a key set over HTTP as auth-service does, and issues tokens.

    Attributes:
        published: the key set's document, as it is served now.
        fetches: how often it was fetched.
    """

    def __init__(self) -> None:
        self.key = SigningKey("key-1")
        self.published: dict[str, Any] = {"keys": [self.key.public]}
        self.fetches = 0
        self._server = HttpServer(Starlette(routes=[Route("/api/auth/jwks", self._jwks)]))
        self.url = self._server.url
        self.jwks_url = f"{self.url}/api/auth/jwks"

    async def _jwks(self, _request: Request) -> JSONResponse:
        self.fetches += 1
        return JSONResponse(self.published)

    def claims(self, user_id: UUID, **changes: Any) -> dict[str, Any]:
        now = int(time.time())
        valid = {
            "sub": str(user_id),
            "sid": str(uuid4()),
            "iss": self.url,
            "aud": AUDIENCE,
            "iat": now,
            "exp": now + 300,
        }
        return {name: value for name, value in {**valid, **changes}.items() if value is not None}

    def token(self, user_id: UUID, **changes: Any) -> str:
        """A token as auth-service would issue it, but for the changed claims; None leaves one out."""
        return self.key.sign(self.claims(user_id, **changes))

    def __enter__(self) -> Self:
        self._server.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.__exit__(kind, error, trace)
