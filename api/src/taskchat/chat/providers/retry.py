"""Retries a model's server within the time limit of one step.

A pause that the server asks for must not outlast the step, or "come back in two minutes" would become a timeout.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from math import isfinite
from typing import TypeVar

import httpx

from taskchat.chat.providers.server_errors import error_code, is_too_long

MAX_ATTEMPTS = 3
FIRST_PAUSE_SECONDS = 0.5
"""If the server names no time. Doubles with each retry."""

T = TypeVar("T")


async def retry(ask: Callable[[], Awaitable[T]], *, ends_at: float) -> T:
    """Call `ask` up to `MAX_ATTEMPTS` times while its errors are temporary.

    Pauses as long as the server asks, but at most half of the remaining time: the model needs the rest to answer.

    Args:
        ends_at: when the step times out, by the event loop's clock.

    Raises:
        Exception: the last error of `ask`.
    """
    loop = asyncio.get_running_loop()
    for attempt in range(1, MAX_ATTEMPTS):
        try:
            return await ask()
        except httpx.HTTPError as error:
            pause = _server_pause(error) or FIRST_PAUSE_SECONDS * attempt
            if not is_retryable(error) or pause > (ends_at - loop.time()) / 2:
                raise
        await asyncio.sleep(pause)
    return await ask()


def is_retryable(error: httpx.HTTPError) -> bool:
    """Whether the same request may soon succeed. The server's `x-should-retry` takes precedence."""
    if not isinstance(error, httpx.HTTPStatusError):
        return not isinstance(error, httpx.TimeoutException)
    if error_code(error) == "insufficient_quota" or is_too_long(error):  # a 429 that waiting does not fix
        return False
    word: str | None = error.response.headers.get("x-should-retry")
    if word in ("true", "false"):
        return word == "true"
    status: int = error.response.status_code
    return status in (408, 409, 429) or status >= 500


def _server_pause(error: httpx.HTTPError) -> float | None:
    return retry_after_seconds(error.response.headers) if isinstance(error, httpx.HTTPStatusError) else None


def retry_after_seconds(headers: Mapping[str, str]) -> float | None:
    """The seconds to wait by the server's headers; None if they have no valid time.

    Source: RFC 9110 section 10.2.3 (seconds or a date); `retry-after-ms` is OpenAI's own.
    """
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        try:
            seconds = float(headers.get(name, "")) * unit
        except ValueError:
            continue
        return seconds if isfinite(seconds) and seconds > 0 else None
    try:
        date = parsedate_to_datetime(headers.get("retry-after", ""))
        return max(0.0, (date - datetime.now(UTC)).total_seconds()) or None
    except (ValueError, TypeError, OverflowError):  # not a date, or one without a time zone
        return None
