"""Access tokens: what must hold before a request counts as somebody's.

Everything that can be judged without a key is judged first. So a token that cannot be ours is
refused even while no key set is there, and costs no signature check.
"""

import re
import time
from typing import Annotated, Literal, NoReturn
from uuid import UUID

from jose import jwt
from jose.exceptions import ExpiredSignatureError, JOSEError
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from taskchat.auth.key_set import MAX_KEY_ID_CHARS, KeySet
from taskchat.errors import Unauthenticated

ALGORITHM = "ES256"
CLOCK_SKEW_SECONDS = 5
MAX_TOKEN_CHARS = 4096

_COMPACT = re.compile(r"[\w-]+\.[\w-]+\.[\w-]+", re.ASCII)
_UUID = r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"


class Header(BaseModel):
    """The part of a token's header that we act on; embedded keys and addresses are never looked at."""

    model_config = ConfigDict(strict=True)

    alg: Literal["ES256"]
    kid: Annotated[str, StringConstraints(min_length=1, max_length=MAX_KEY_ID_CHARS)]
    crit: None = None
    """Extensions that must be understood; we understand none (RFC 7515 section 4.1.11)."""


class Claims(BaseModel):
    """The claims of an access token.

    Source: packages/shared-schema/claims.schema.json; RFC 7519 section 4.1.
    """

    model_config = ConfigDict(strict=True, frozen=True)

    sub: Annotated[str, StringConstraints(pattern=_UUID)]
    """The user's id."""
    sid: Annotated[str, StringConstraints(min_length=1, max_length=255)]
    """The id of the session that the token was issued in; not the session's secret."""
    iss: str
    aud: str
    iat: Annotated[int, Field(ge=0, lt=2**53)]
    exp: Annotated[int, Field(ge=0, lt=2**53)]

    @property
    def user_id(self) -> UUID:
        return UUID(self.sub)


class TokenVerifier:
    """Judges access tokens by issuer, audience, time and the published keys."""

    def __init__(self, key_set: KeySet, *, issuer: str, audience: str) -> None:
        self._key_set = key_set
        self._issuer = issuer
        self._audience = audience

    async def verify(self, token: str) -> Claims:
        """The claims of an access token issued by auth-service.

        Allows 5 seconds of clock skew.

        Raises:
            Unauthenticated: malformed, wrong signature, issuer or audience, or expired.
            AuthUnavailable: the token may be ours, but there is no key set to judge it by.
        """
        key = await self._key_set.find(self._plausible_header(token).kid)
        if key is None:
            _refuse("invalid")
        try:
            claims = jwt.decode(
                token,
                key,
                algorithms=[ALGORITHM],
                audience=self._audience,
                issuer=self._issuer,
                options={f"require_{claim}": True for claim in ("sub", "iss", "aud", "iat", "exp")}
                | {"leeway": CLOCK_SKEW_SECONDS},
            )
            return Claims.model_validate(claims)
        except ExpiredSignatureError:
            _refuse("expired")
        except (JOSEError, ValidationError):
            _refuse("invalid")

    def _plausible_header(self, token: str) -> Header:
        """The header of a token that says it is ours and still valid; nothing is proven yet."""
        if len(token) > MAX_TOKEN_CHARS or not _COMPACT.fullmatch(token):
            _refuse("invalid")
        try:
            header = Header.model_validate(jwt.get_unverified_header(token))
            claims = Claims.model_validate(jwt.get_unverified_claims(token))
        except (JOSEError, ValidationError, RecursionError):
            _refuse("invalid")
        now = time.time()
        if claims.iss != self._issuer or claims.aud != self._audience or claims.iat > now + CLOCK_SKEW_SECONDS:
            _refuse("invalid")
        if claims.exp <= now - CLOCK_SKEW_SECONDS:
            _refuse("expired")
        return header


def _refuse(reason: Literal["expired", "invalid"]) -> NoReturn:
    raise Unauthenticated(
        f"The access token is {reason}.",
        challenge=f'Bearer error="invalid_token", error_description="{reason}"',
    ) from None
