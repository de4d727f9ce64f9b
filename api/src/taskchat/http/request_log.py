"""One log line per request, with an id that all services share."""

import logging
import re
import time

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uuid_utils.compat import uuid7

from taskchat.errors import InternalError, problem_response
from taskchat.logs import request_id

logger = logging.getLogger(__name__)

HEADER = "x-request-id"
_ACCEPTED = re.compile(r"[A-Za-z0-9._-]{1,64}")
_LOGGED_MAX_CHARS = 200
_QUIET = frozenset({"/healthz", "/readyz"})


class RequestLog:
    """Gives each request an id, or keeps the caller's if it is valid, and logs the outcome.

    The path is logged without its query, which can hold search terms, and truncated. Uncaught exceptions are logged
    without their message and answered with 500 `internal_error`.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get(HEADER, "")
        current = given if _ACCEPTED.fullmatch(given) else str(uuid7())
        token = request_id.set(current)
        started = time.perf_counter()
        status = 0

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)[HEADER] = current
            await send(message)

        try:
            await self._app(scope, receive, send_with_id)
        except Exception:
            logger.exception("request failed")
            if status == 0:
                await problem_response(InternalError())(scope, receive, send_with_id)
        finally:
            level = logging.DEBUG if scope["path"] in _QUIET else logging.INFO
            duration = round((time.perf_counter() - started) * 1000, 1)
            fields = {
                "method": _shorten(scope["method"]),
                "path": _shorten(scope["path"]),
                "status": status,
                "duration_ms": duration,
            }
            logger.log(level, "request", extra=fields)
            request_id.reset(token)


def _shorten(text: str) -> str:
    """Truncate a text that a client chose."""
    return text if len(text) <= _LOGGED_MAX_CHARS else f"{text[:_LOGGED_MAX_CHARS]}…"
