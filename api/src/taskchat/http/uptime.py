"""`/api/health`: whether sign-in and chat would work, for uptime checks."""

import asyncio
import logging
from collections.abc import Awaitable
from http import HTTPStatus
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Response

from taskchat.auth.auth_service import AuthService
from taskchat.auth.key_set import FETCH_TIMEOUT_SECONDS
from taskchat.auth.tokens import TokenVerifier
from taskchat.database.readiness import Readiness
from taskchat.http.dependencies import service
from taskchat.http.schemas import ResponseBody

logger = logging.getLogger(__name__)
router = APIRouter(tags=["config"])

PATH = "/api/health"
TIMEOUT_SECONDS = 10
"""For each check: a sleeping database needs some seconds to wake up."""
RETRY_SECONDS = 5

Status = Literal["ok", "unavailable"]


class Checks(ResponseBody):
    """The things that sign-in and chat depend on."""

    database: Status
    """The api's database answers and has the tables of this version."""
    keys: Status
    """Access tokens can be verified."""
    sign_in: Status
    """auth-service is ready: its database, its tables and its signing key."""


class Health(ResponseBody):
    """Whether sign-in and chat would work."""

    status: Status
    checks: Checks


RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {"description": "Sign-in and chat work."},
    503: {
        "model": Health,
        "description": "Something is unavailable; the api's log says why.",
        "headers": {
            "Retry-After": {
                "description": "The number of seconds to wait before trying again.",
                "required": True,
                "schema": {"type": "integer", "minimum": 1},
            }
        },
    },
}


class Uptime:
    """Checks everything that a request needs. The reasons go to the log, because anybody may ask.

    Simultaneous callers share one check, so that no number of them loads the database.
    """

    def __init__(self, readiness: Readiness, verifier: TokenVerifier, auth_service: AuthService) -> None:
        self._readiness = readiness
        self._verifier = verifier
        self._auth_service = auth_service
        self._running: asyncio.Task[Health] | None = None
        self._problems: dict[str, str | None] = {}

    async def check(self) -> Health:
        """Check now, or join the check that is running."""
        if self._running is None or self._running.done():
            self._running = asyncio.create_task(self._check())
        return await asyncio.shield(self._running)

    async def aclose(self) -> None:
        if self._running is not None:
            self._running.cancel()
            await asyncio.wait([self._running])

    async def _check(self) -> Health:
        database, sign_in = await asyncio.gather(
            _in_time(self._readiness.missing()), _in_time(self._auth_service.problem())
        )
        # Afterwards, because auth-service can't publish its keys before its database is awake.
        keys = await _in_time(self._verifier.problem(wait_seconds=FETCH_TIMEOUT_SECONDS))
        problems = {"database": database, "keys": keys, "sign_in": sign_in}
        self._log(problems)
        checks = Checks(**{name: "ok" if problem is None else "unavailable" for name, problem in problems.items()})
        return Health(status="unavailable" if any(problems.values()) else "ok", checks=checks)

    def _log(self, problems: dict[str, str | None]) -> None:
        """Log what has changed since the last check."""
        for name, problem in problems.items():
            if problem != self._problems.get(name):
                logger.warning("health check of %s: %s", name, problem or "ok again")
        self._problems = problems


async def _in_time(check: Awaitable[str | None]) -> str | None:
    try:
        async with asyncio.timeout(TIMEOUT_SECONDS):
            return await check
    except TimeoutError:
        return f"no answer within {TIMEOUT_SECONDS} s"


@router.head(PATH, include_in_schema=False)
@router.get(PATH, responses=RESPONSES)
async def get_health(uptime: Annotated[Uptime, Depends(service(Uptime))], response: Response) -> Health:
    """Check whether sign-in and chat would work. It may take some seconds, because it wakes a sleeping database."""
    health = await uptime.check()
    if health.status != "ok":
        response.status_code = HTTPStatus.SERVICE_UNAVAILABLE
        response.headers["retry-after"] = str(RETRY_SECONDS)
    return health
