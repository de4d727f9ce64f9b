"""An issuer of access tokens whose keys the tests hold, so that they can sign any token."""

import asyncio
import base64
import time
from email.utils import formatdate
from types import TracebackType
from typing import Any, Self
from uuid import UUID, uuid4

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from jose import jwk, jwt
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from support.http_server import HttpServer

AUDIENCE = "chat-api"


def base64url(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def signature(r: int, s: int) -> bytes:
    """An ES256 signature as tokens carry it (RFC 7518 section 3.4)."""
    return r.to_bytes(32) + s.to_bytes(32)


class SigningKey:
    """A fresh ES256 key under an id."""

    def __init__(self, key_id: str) -> None:
        self.id = key_id
        self.private = ec.generate_private_key(ec.SECP256R1())
        self.pem = self.private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode()
        public = jwk.construct(self.pem, "ES256").public_key().to_dict()
        self.public = {**public, "kid": key_id, "use": "sig", "alg": "ES256"}

    def sign_bytes(self, header: bytes, payload: bytes) -> str:
        """Sign exactly these bytes, JSON or not."""
        signed = f"{base64url(header)}.{base64url(payload)}"
        r, s = decode_dss_signature(self.private.sign(signed.encode(), ec.ECDSA(hashes.SHA256())))
        return f"{signed}.{base64url(signature(r, s))}"

    def sign(self, claims: dict[str, Any], **headers: Any) -> str:
        token: str = jwt.encode(claims, self.pem, "ES256", headers={"kid": self.id, **headers})
        return token


class Issuer:
    """Publishes a key set over HTTP as auth-service does, and issues tokens.

    Attributes:
        published: the key set that it serves.
        fetches: how often the key set was requested.
        is_hanging: whether it leaves requests unanswered.
        seconds_ahead: how far the Date header is ahead of our clock; None for no header.
        headers: further response headers.
    """

    def __init__(self) -> None:
        self.key = SigningKey("key-1")
        self.published: dict[str, Any] = {"keys": [self.key.public]}
        self.fetches = 0
        self.is_hanging = False
        self.seconds_ahead: float | None = 0
        self.headers: dict[str, str] = {}
        self._server = HttpServer(Starlette(routes=[Route("/api/auth/jwks", self._jwks)]), date_header=False)
        self.url = self._server.url
        self.jwks_url = f"{self.url}/api/auth/jwks"

    async def _jwks(self, _request: Request) -> JSONResponse:
        self.fetches += 1
        if self.is_hanging:
            await asyncio.Event().wait()
        date = {}
        if self.seconds_ahead is not None:
            date["date"] = formatdate(time.time() + self.seconds_ahead, usegmt=True)
        return JSONResponse(self.published, headers=date | self.headers)

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
        """Issue a token like auth-service's, with changed claims; None omits a claim."""
        return self.key.sign(self.claims(user_id, **changes))

    def stop(self) -> None:
        """Stop listening."""
        self._server.__exit__(None, None, None)

    def __enter__(self) -> Self:
        self._server.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.__exit__(kind, error, trace)
