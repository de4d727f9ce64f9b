"""`/healthz`: the process runs. `/readyz`: it can serve requests. `/api/config`: settings for the page."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends

from taskchat.auth.key_set import KeySet
from taskchat.auth.tokens import TokenVerifier, describe_skew
from taskchat.database.readiness import Readiness
from taskchat.errors import AuthUnavailable, DatabaseUnavailable
from taskchat.http.dependencies import ServicesDep, service
from taskchat.http.schemas import ResponseBody

probes = APIRouter(include_in_schema=False)
config = APIRouter(tags=["config"])


class Config(ResponseBody):
    """What is public about this deployment."""

    assistant: Literal["offline", "model", "none"]
    """Who answers messages: the offline assistant, a language model, or nobody."""
    message_max_chars: int


@probes.get("/healthz")
async def healthz() -> dict[str, str]:
    return {"status": "ok"}


@probes.get("/readyz")
async def readyz(services: ServicesDep) -> dict[str, str]:
    readiness, key_set, verifier = services.get(Readiness), services.get(KeySet), services.get(TokenVerifier)
    if (missing := await readiness.missing()) is not None:
        raise DatabaseUnavailable(missing)
    if (problem := await verifier.problem()) is not None:
        raise AuthUnavailable(problem)
    note = describe_skew(key_set.seconds_behind)
    return {"status": "ready"} | ({"note": note} if note else {})


@config.get("/api/config")
async def get_config(public: Annotated[Config, Depends(service(Config))]) -> Config:
    """Get the settings that the page needs before anybody signs in."""
    return public
