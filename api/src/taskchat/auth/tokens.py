"""Access tokens: what must hold before a request counts as somebody's.

Everything that can be judged without a key is judged first. So a token that cannot be ours is
refused even while no key set is there, and costs no signature check.
"""

import json
import re
import time
from typing import Annotated, Any, Literal, NoReturn
from uuid import UUID

from jose import jwt
from jose.exceptions import ExpiredSignatureError, JOSEError
from jose.utils import base64url_decode
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from taskchat.auth.key_set import MAX_KEY_ID_CHARS, KeySet
from taskchat.errors import Unauthenticated

ALGORITHM = "ES256"
CLOCK_SKEW_SECONDS = 5
MAX_TOKEN_CHARS = 4096

# A signature has 64 bytes, and its last character stands for two bits of them: any other spells the same bytes anew.
_COMPACT = re.compile(r"([\w-]+)\.([\w-]+)\.[\w-]{85}[AQgw]", re.ASCII)
_UUID = r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"


Uuid = Annotated[str, StringConstraints(pattern=_UUID)]
Timestamp = Annotated[int, Field(ge=0, lt=2**53)]
"""Seconds since 1970-01-01T00:00:00Z."""


class Header(BaseModel):
    """A token's header: these members and no other.

    So there is no embedded key or address of one to be misled by, and no extension to misunderstand
    (RFC 7515 section 4.1; RFC 8725 sections 3.10 and 3.11).
    """

    model_config = ConfigDict(strict=True, extra="forbid")

    alg: Literal["ES256"]
    kid: Annotated[str, StringConstraints(min_length=1, max_length=MAX_KEY_ID_CHARS)]
    typ: Literal["JWT"] = "JWT"


class Claims(BaseModel):
    """The claims of an access token.

    Source: packages/shared-schema/claims.schema.json; RFC 7519 section 4.1.
    """

    model_config = ConfigDict(strict=True, frozen=True)

    sub: Uuid
    """The user's id."""
    sid: Uuid
    """The id of the session that the token was issued in; not the session's secret."""
    iss: str
    aud: str
    iat: Timestamp
    exp: Timestamp
    nbf: Timestamp = 0
    """auth-service leaves it out; where it stands, it counts."""

    @property
    def user_id(self) -> UUID:
        return UUID(self.sub)


class TokenVerifier:
    """Judges access tokens by issuer, audience, time and the published keys.

    A token is never known by its text: whoever has one can write it with another valid signature
    (r, n - s), as ECDSA allows, and it is the same token.
    """

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
        compact = _COMPACT.fullmatch(token) if len(token) <= MAX_TOKEN_CHARS else None
        if compact is None:
            _refuse("invalid")
        try:
            header = Header.model_validate(_parse(compact[1]))
            claims = Claims.model_validate(_parse(compact[2]))
        except (ValueError, RecursionError):  # ValidationError is a ValueError
            _refuse("invalid")
        now = time.time()
        if (claims.iss, claims.aud) != (self._issuer, self._audience):
            _refuse("invalid")
        if max(claims.iat, claims.nbf) > now + CLOCK_SKEW_SECONDS:
            _refuse("invalid")
        if claims.exp <= now - CLOCK_SKEW_SECONDS:
            _refuse("expired")
        return header


def _parse(segment: str) -> Any:
    """The JSON of a token's segment, in the one reading that all parsers share.

    Raises:
        ValueError: it is no JSON, or names a member twice.
        RecursionError: it is nested too deeply.
    """
    return json.loads(base64url_decode(segment.encode()).decode(), object_pairs_hook=_unambiguous)


def _unambiguous(members: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(found := dict(members)) < len(members):
        raise ValueError("a member is named twice")
    return found


def _refuse(reason: Literal["expired", "invalid"]) -> NoReturn:
    raise Unauthenticated(
        f"The access token is {reason}.",
        challenge=f'Bearer error="invalid_token", error_description="{reason}"',
    ) from None
