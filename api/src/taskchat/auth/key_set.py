"""auth-service's public keys, fetched over HTTP and cached (RFC 7517)."""

import asyncio
import logging
import time
from contextlib import suppress
from email.utils import parsedate_to_datetime
from typing import Any

import httpcore  # noqa: F401 (httpx would load it during the first fetch, which a request waits for)
import httpx
import orjson
from jose import jwk
from jose.backends.base import Key
from jose.exceptions import JOSEError

from taskchat.errors import AuthUnavailable
from taskchat.transport_security import create_tls_context

logger = logging.getLogger(__name__)

FETCH_TIMEOUT_SECONDS = 5.0
WAIT_SECONDS = 0.25
"""How long a request waits for a fetch at most, so that every refusal takes less than 500 ms."""
PAUSE_SECONDS = 0.1
"""The minimum pause between two fetches, however many unknown key ids arrive. Shorter than WAIT_SECONDS, so that a
request can wait for a key that was published just after a fetch."""
PAUSE_AFTER_FAILURE_SECONDS = 1.0
MAX_BYTES = 64 * 1024
"""Enough for 300 keys."""
MAX_KEY_ID_CHARS = 128
DATE_SECONDS = 2
"""The error of a `Date` header: whole seconds, which servers update once a second."""


class KeySet:
    """The keys that verify access tokens.

    After half of `max_age_seconds` they are refreshed in the background, so that no request waits and a withdrawn key
    is gone within `max_age_seconds`. If no request came for that long, the first one waits for the refresh. While
    auth-service is unreachable, old keys are used until `max_stale_seconds`.

    Attributes:
        seconds_behind: how far our clock is behind the key server's, by the `Date` of the last key set; negative if
            it is ahead, None if unknown.
    """

    def __init__(self, url: str, *, max_age_seconds: float, max_stale_seconds: float) -> None:
        self._url = url
        self._tls = create_tls_context()
        self._max_age = max_age_seconds
        self._max_stale = max_stale_seconds
        self._keys: dict[str, Key] = {}
        self._fetched_at = float("-inf")
        """When the fetch that brought the keys began."""
        self._attempted_at = float("-inf")
        self._not_before = float("-inf")
        """When the next fetch may begin."""
        self._fetching: asyncio.Task[None] | None = None
        self.seconds_behind: float | None = None

    @property
    def is_usable(self) -> bool:
        """Whether there is a key set that is not too old."""
        return time.monotonic() - self._fetched_at <= self._max_stale

    async def find(self, key_id: str) -> Key | None:
        """Find the key with this id; None if it is not published.

        Raises:
            AuthUnavailable: there is no usable key set.
        """
        was_idle = time.monotonic() - self._attempted_at > self._max_age
        if was_idle or not self.is_usable or key_id not in self._keys:
            await self.refresh(key_id)
        elif time.monotonic() - self._fetched_at > self._max_age / 2:
            self._start_fetch()
        if not self.is_usable:
            raise AuthUnavailable
        return self._keys.get(key_id)

    async def refresh(self, wanted: str = "", *, wait_seconds: float = WAIT_SECONDS) -> None:
        """Refetch the key set, or join a fetch in progress, and wait for it, by default briefly.

        If that fetch began too early to include the wanted key, another one follows, because a key may be used as soon
        as it is published.
        """
        asked_at = time.monotonic()
        with suppress(TimeoutError):
            async with asyncio.timeout(wait_seconds):
                await self._fetched()
                if wanted not in self._keys and self._attempted_at < asked_at:
                    await self._fetched()

    async def diagnose(self) -> str | None:
        """Fetch the key set and explain what is wrong; None if nothing is. Takes as long as a fetch may."""
        began_at = time.monotonic()
        try:
            async with asyncio.timeout(FETCH_TIMEOUT_SECONDS):
                await self._renew()
        except httpx.HTTPStatusError as error:
            return f"answers with status {error.response.status_code}"
        except (httpx.HTTPError, httpx.InvalidURL, OSError):
            return "does not answer"
        except ValueError:
            return "answers with something that is no key set for ES256"
        self._fetched_at = self._attempted_at = began_at
        return None

    async def aclose(self) -> None:
        if self._fetching is not None:
            self._fetching.cancel()
            await asyncio.wait([self._fetching])

    async def _fetched(self) -> None:
        pause = self._not_before - time.monotonic()
        if pause > WAIT_SECONDS:
            return
        await asyncio.sleep(pause)
        self._start_fetch()
        if self._fetching is not None:
            await asyncio.wait([self._fetching])

    def _start_fetch(self) -> None:
        now = time.monotonic()
        is_running = self._fetching is not None and not self._fetching.done()
        if not is_running and now >= self._not_before:
            self._attempted_at = now
            self._fetching = asyncio.create_task(self._fetch(now))

    async def _fetch(self, began_at: float) -> None:
        pause = PAUSE_AFTER_FAILURE_SECONDS
        try:
            async with asyncio.timeout(FETCH_TIMEOUT_SECONDS):
                await self._renew()
            self._fetched_at = began_at
            pause = PAUSE_SECONDS
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
            logger.warning("the key set could not be fetched", extra={"reason": type(error).__name__})
        self._not_before = time.monotonic() + pause

    async def _renew(self) -> None:
        body, seconds_behind = await self._download()
        self._keys = _usable_keys(body)
        self.seconds_behind = seconds_behind

    async def _download(self) -> tuple[bytes, float | None]:
        """The response body, and how far our clock is behind the server's."""
        # A compressed response could exceed the limit once it is decompressed.
        headers = {"accept": "application/json", "accept-encoding": "identity"}
        asked_at = time.time()
        async with (
            # A new client for each fetch: it keeps no cookies, and no connection of a cancelled fetch. No redirects and
            # no proxy, which could serve forged keys.
            httpx.AsyncClient(
                verify=self._tls, follow_redirects=False, trust_env=False, timeout=FETCH_TIMEOUT_SECONDS
            ) as client,
            client.stream("GET", self._url, headers=headers) as response,
        ):
            response.raise_for_status()
            seconds_behind = _seconds_behind(response.headers, asked_at, time.time())
            body = bytearray()
            async for chunk in response.aiter_raw():
                body += chunk
                if len(body) > MAX_BYTES:
                    raise ValueError("the key set is too large")
            return bytes(body), seconds_behind


def _seconds_behind(headers: httpx.Headers, asked_at: float, answered_at: float) -> float | None:
    """The least that our clock is behind the server's, by its `Date`.

    Source: RFC 9110 section 6.6.1; RFC 9111 section 4.2.3 for responses from a cache.
    """
    try:
        date = parsedate_to_datetime(headers["date"]).timestamp() + int(headers.get("age", 0))
    except (KeyError, TypeError, ValueError, OverflowError):
        return None
    least, most = date - answered_at, date + DATE_SECONDS - asked_at
    return max(least, 0) or min(most, 0)


def _usable_keys(document: bytes) -> dict[str, Key]:
    """The ES256 keys of a JWK set by id, without keys of other kinds.

    If several have the same id, the first one counts.

    Raises:
        ValueError: this is not a JWK set, or it has no ES256 key.
    """
    parsed = orjson.loads(document)
    published = parsed.get("keys") if isinstance(parsed, dict) else None
    if not isinstance(published, list):
        raise ValueError("not a JWK set")
    keys = {key["kid"]: _construct(key) for key in reversed(published) if _is_usable(key)}
    usable = {key_id: key for key_id, key in keys.items() if key is not None}
    if not usable:
        raise ValueError("no ES256 key in the set")
    return usable


def _construct(key: dict[str, Any]) -> Key | None:
    try:
        return jwk.construct(key, "ES256")
    except (JOSEError, ValueError):  # not a point on the curve; the other keys may be fine
        return None


def _is_usable(key: Any) -> bool:
    return (
        isinstance(key, dict)
        and (key.get("kty"), key.get("crv"), key.get("alg", "ES256")) == ("EC", "P-256", "ES256")
        and key.get("use", "sig") == "sig"
        and isinstance(key.get("kid"), str)
        and 0 < len(key["kid"]) <= MAX_KEY_ID_CHARS
        and isinstance(key.get("x"), str)
        and isinstance(key.get("y"), str)
    )
