"""`/healthz`: the process runs. `/readyz`: it can do its work. `/api/config`: what the page must know."""

from typing import Literal

from fastapi import APIRouter, Request

from taskchat.auth.tokens import describe_skew
from taskchat.errors import AuthUnavailable, DatabaseUnavailable
from taskchat.schemas import ResponseBody

probes = APIRouter(include_in_schema=False)
config = APIRouter(tags=["config"])


class Config(ResponseBody):
    """What is public about this deployment."""

    assistant: Literal["offline", "model"]
    """Whether the offline assistant answers, or a language model."""
    message_max_chars: int


@probes.get("/healthz")
async def healthz() -> dict[str, str]:
    return {"status": "ok"}


@probes.get("/readyz")
async def readyz(request: Request) -> dict[str, str]:
    state = request.app.state
    if (missing := await state.readiness.missing()) is not None:
        raise DatabaseUnavailable(missing)
    if not state.key_set.is_usable:
        await state.key_set.refresh()
    if not state.key_set.is_usable:
        raise AuthUnavailable("No key set could be fetched from JWKS_URL yet.")
    if (problem := await state.verifier.explain_clock()) is not None:
        raise AuthUnavailable(problem)
    note = describe_skew(state.key_set.seconds_behind)
    return {"status": "ready"} | ({"note": note} if note else {})


@config.get("/api/config")
async def get_config(request: Request) -> Config:
    """What the page must know before anybody signs in."""
    settings = request.app.state.settings
    return Config(assistant="offline" if settings.offline else "model", message_max_chars=settings.message_max_chars)
