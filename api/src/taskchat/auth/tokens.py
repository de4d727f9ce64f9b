"""Verification of access tokens.

All checks that need no key come first. So a token that cannot be ours is refused even without a key set, and costs no
signature check.
"""

import json
import logging
import re
import time
from typing import Annotated, Any, Literal, NoReturn
from uuid import UUID

from jose import jwt
from jose.exceptions import JOSEError
from jose.utils import base64url_decode
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from taskchat.auth.key_set import MAX_KEY_ID_CHARS, WAIT_SECONDS, KeySet
from taskchat.errors import Unauthenticated

logger = logging.getLogger(__name__)

ALGORITHM = "ES256"
EXPIRY_LEEWAY_SECONDS = 5
"""How long after its expiry a token is accepted."""
ISSUE_LEEWAY_SECONDS = 30
"""How far in the future `iat` may be, because our clock may be behind auth-service's."""
ACCESS_TOKEN_SECONDS = 300
"""How long auth-service's tokens are valid; see its src/keys/key-store.ts."""
NOTED_SKEW_SECONDS = 5
"""A larger difference between two clocks is reported to operators."""
WITNESS_SECONDS = 60
"""How long an accepted token proves that the key server's `Date` is wrong."""
MAX_TOKEN_CHARS = 4096

# The last character of a 64-byte signature encodes two bits; others would encode the same bytes differently.
_COMPACT = re.compile(r"([\w-]+)\.([\w-]+)\.[\w-]{85}[AQgw]", re.ASCII)
_UUID = r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"


Reason = Literal[
    "malformed",
    "wrong_issuer",
    "wrong_audience",
    "issued_in_the_future",
    "not_yet_valid",
    "expired",
    "unknown_key",
    "bad_signature",
]
"""Why a token was refused, for the log. Callers learn only whether it is expired or invalid."""

Uuid = Annotated[str, StringConstraints(pattern=_UUID)]
Timestamp = Annotated[int, Field(ge=0, lt=2**53)]
"""Seconds since 1970-01-01T00:00:00Z."""


class Header(BaseModel):
    """A token's header: exactly these members.

    This rules out embedded keys, key URLs and extensions (RFC 7515 section 4.1; RFC 8725 sections 3.10 and 3.11).
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
    """auth-service omits it; if present, it is checked."""

    @property
    def user_id(self) -> UUID:
        return UUID(self.sub)


class TokenVerifier:
    """Verifies access tokens by issuer, audience, time and the published keys.

    Never identify a token by its text: ECDSA allows anybody to replace its signature by another valid one (r, n - s).
    """

    def __init__(self, key_set: KeySet, *, issuer: str, audience: str) -> None:
        self._key_set = key_set
        self._issuer = issuer
        self._audience = audience
        self._accepted_at = float("-inf")
        """When a token was last accepted; reset when a signed one is refused because of our clock."""

    async def verify(self, token: str) -> Claims:
        """Verify an access token and return its claims.

        Raises:
            Unauthenticated: malformed, wrong signature, issuer or audience, or expired.
            AuthUnavailable: the token may be valid, but there is no key set to verify it.
        """
        header, claims = self._read(token)
        untimely = _untimely(claims)
        # A signature check is worth it: if an early token is validly signed, our clock is wrong.
        if untimely == "expired" or (untimely and not self._key_set.is_usable):
            _refuse(untimely)
        key = await self._key_set.find(header.kid)
        if key is None:
            _refuse("unknown_key")
        try:
            verified = jwt.decode(
                token,
                key,
                algorithms=[ALGORITHM],
                audience=self._audience,
                issuer=self._issuer,
                options={f"require_{claim}": True for claim in ("sub", "iss", "aud", "iat", "exp")}
                | {"leeway": ISSUE_LEEWAY_SECONDS},  # of expiry too, where _untimely then allows less
            )
            claims = Claims.model_validate(verified)
        except (JOSEError, ValidationError):
            _refuse(untimely or "bad_signature")
        if untimely := _untimely(claims):
            self._accepted_at = float("-inf")
            await self._key_set.refresh()  # to measure the clocks again
            _refuse(untimely)
        self._accepted_at = time.monotonic()
        return claims

    async def problem(self, *, wait_seconds: float = WAIT_SECONDS) -> str | None:
        """Explain why no token can be verified, and the remedy; None if tokens can be."""
        if not self._key_set.is_usable:
            await self._key_set.refresh(wait_seconds=wait_seconds)
        if not self._key_set.is_usable:
            return "No key set could be fetched from JWKS_URL yet."
        return await self.explain_clock()

    async def explain_clock(self) -> str | None:
        """Explain why our clock makes us refuse every new token, and the remedy; None if it does not.

        This relies on the key server's `Date`. If tokens are accepted nevertheless, the `Date` is wrong, perhaps
        because a proxy set it.
        """
        if not is_clock_unusable(self._key_set.seconds_behind):
            return None
        await self._key_set.refresh()  # somebody may have set the clock
        behind = self._key_set.seconds_behind
        if not is_clock_unusable(behind) or time.monotonic() - self._accepted_at < WITNESS_SECONDS:
            return None
        return describe_skew(behind)

    def _read(self, token: str) -> tuple[Header, Claims]:
        """Parse a token for our issuer and audience, without verifying it."""
        compact = _COMPACT.fullmatch(token) if len(token) <= MAX_TOKEN_CHARS else None
        if compact is None:
            _refuse("malformed")
        try:
            header = Header.model_validate(_parse(compact[1]))
            claims = Claims.model_validate(_parse(compact[2]))
        except (ValueError, RecursionError):  # ValidationError is a ValueError
            _refuse("malformed")
        if claims.iss != self._issuer:
            _refuse("wrong_issuer")
        if claims.aud != self._audience:
            _refuse("wrong_audience")
        return header, claims


def _untimely(claims: Claims) -> Reason | None:
    now = time.time()
    if claims.exp <= now - EXPIRY_LEEWAY_SECONDS:
        return "expired"
    if claims.iat > now + ISSUE_LEEWAY_SECONDS:
        return "issued_in_the_future"
    if claims.nbf > now + ISSUE_LEEWAY_SECONDS:
        return "not_yet_valid"
    return None


def is_clock_unusable(seconds_behind: float | None) -> bool:
    """Whether a clock is so wrong that every new token seems early, or every token expired."""
    if seconds_behind is None:
        return False
    return seconds_behind > ISSUE_LEEWAY_SECONDS or -seconds_behind > ACCESS_TOKEN_SECONDS + EXPIRY_LEEWAY_SECONDS


def describe_skew(seconds_behind: float | None) -> str | None:
    """Describe how far the clocks differ and the remedy; None for up to `NOTED_SKEW_SECONDS`."""
    if seconds_behind is None or abs(seconds_behind) <= NOTED_SKEW_SECONDS:
        return None
    differ = f"{abs(seconds_behind):.0f} s {'behind' if seconds_behind > 0 else 'ahead of'}"
    consequence = " Access tokens are refused." if is_clock_unusable(seconds_behind) else ""
    return f"This machine's clock is {differ} the clock of the server at JWKS_URL.{consequence} Set both with NTP."


def _parse(segment: str) -> Any:
    """Parse the JSON of a token's segment, refusing what parsers read differently.

    Raises:
        ValueError: it is not JSON, or repeats a member.
        RecursionError: it is nested too deeply.
    """
    return json.loads(base64url_decode(segment.encode()).decode(), object_pairs_hook=_unambiguous)


def _unambiguous(members: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(found := dict(members)) < len(members):
        raise ValueError("a member is named twice")
    return found


def _refuse(reason: Reason) -> NoReturn:
    logger.info("access token refused", extra={"reason": reason})
    told = "expired" if reason == "expired" else "invalid"
    raise Unauthenticated(
        f"The access token is {told}.",
        challenge=f'Bearer error="invalid_token", error_description="{told}"',
        reason=reason,
    ) from None
