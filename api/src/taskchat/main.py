"""The application: wiring only."""

import asyncio
import gc
import resource
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from importlib.metadata import version
from typing import Any, Literal

import httpx
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

import taskchat.conversations.endpoints
from taskchat.accounts.concurrency_limit import ConcurrencyLimit
from taskchat.accounts.endpoints import export_router
from taskchat.accounts.export import Exports
from taskchat.auth.auth_service import AuthService
from taskchat.auth.gate import Gate
from taskchat.auth.key_set import KeySet
from taskchat.auth.tokens import TokenVerifier
from taskchat.chat.assistant import Assistant
from taskchat.chat.endpoints import chat_router, discards
from taskchat.chat.language_model import LanguageModel
from taskchat.chat.providers.factory import create_client, create_model
from taskchat.chat.service import Turns
from taskchat.chat.tools import change_describer
from taskchat.conversations.export import CONVERSATIONS
from taskchat.database.engine import create_engine
from taskchat.database.readiness import Readiness
from taskchat.domain import Domain
from taskchat.http import docs, health, openapi, problems, uptime
from taskchat.http.body_limit import BodyLimit
from taskchat.http.dependencies import Services
from taskchat.http.health import Config
from taskchat.http.request_log import RequestLog
from taskchat.http.security_headers import SecurityHeaders
from taskchat.http.uptime import Uptime
from taskchat.logs import configure_logging
from taskchat.settings import Settings, load_settings
from taskchat.tasks.domain import TASKS

MAX_BODY_BYTES = 256 * 1024
"""Enough for the longest message that the settings allow, with every character escaped."""

NO_OFFLINE_ASSISTANT = (
    "ASSISTANT: offline, but this domain has no offline assistant. Set OPENAI_API_KEY or OPENAI_BASE_URL and leave "
    "ASSISTANT out, or set ASSISTANT=none"
)

OPENAPI_PATH = "/api/openapi.json"
PUBLIC_PATHS = docs.PATHS | {OPENAPI_PATH, "/api/config", uptime.PATH}


DOMAIN = TASKS
"""To replace it, see docs/own-domain.md."""


def create_app(settings: Settings, domain: Domain = DOMAIN) -> FastAPI:
    """Create the api as an ASGI application. It connects to nothing before it is started."""
    engine = create_engine(
        settings.database_url,
        pool_size=settings.database_pool_size,
        prepared_statements=settings.database_prepared_statements,
    )
    readiness = Readiness(engine, settings.database_url, prepared_statements=settings.database_prepared_statements)
    key_set = KeySet(
        str(settings.jwks_url),
        max_age_seconds=settings.jwks_max_age_seconds,
        max_stale_seconds=settings.jwks_max_stale_seconds,
    )
    verifier = TokenVerifier(key_set, issuer=settings.jwt_issuer, audience=settings.jwt_audience)
    uptime_check = Uptime(
        readiness, verifier, AuthService(str(settings.jwks_url), timeout_seconds=uptime.TIMEOUT_SECONDS)
    )
    model_client = create_client(settings)
    assistant = _create_assistant(settings, domain, model_client)
    turns = Turns(engine, assistant, settings)
    sections = (CONVERSATIONS, *domain.export_sections)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        # Modules and the application live as long as the process: exclude them from garbage collection. Any garbage so
        # far stays with them, which costs less than looking for it.
        gc.freeze()
        gc.enable()
        await asyncio.gather(key_set.refresh(), readiness.report())
        yield
        await turns.aclose()
        await uptime_check.aclose()
        await key_set.aclose()
        if model_client is not None:
            await model_client.aclose()
        await engine.dispose()

    app = FastAPI(
        title="Taskchat",
        version=version("taskchat"),
        summary=domain.summary,
        description=f"{domain.description} {openapi.HOW_TO_CALL}",
        lifespan=lifespan,
        redirect_slashes=False,
        docs_url=None,
        redoc_url=None,
        openapi_url=OPENAPI_PATH,
        generate_unique_id_function=openapi.operation_id,
    )
    app.state.services = Services(
        settings,
        engine,
        readiness,
        key_set,
        verifier,
        uptime_check,
        turns,
        Exports(engine, sections),
        _public_config(settings, assistant),
    )
    for router in (
        chat_router(settings.message_max_chars),
        discards,
        taskchat.conversations.endpoints.router,
        taskchat.conversations.endpoints.transcript_router(change_describer(domain.tools)),
        *domain.routers,
        export_router(sections),
        health.config,
        uptime.router,
        health.probes,
        docs.router,
    ):
        app.include_router(router)
    # FastAPI would do this during the first requests.
    deque(iter_route_contexts(app.routes), maxlen=0)
    problems.install(app)
    openapi.install(app, domain.examples)
    # The last one added sees a request first.
    app.add_middleware(BodyLimit, max_bytes=MAX_BODY_BYTES)
    app.add_middleware(ConcurrencyLimit, at_once=settings.requests_at_once)
    app.add_middleware(Gate, verifier=verifier, public_paths=PUBLIC_PATHS)
    app.add_middleware(RequestLog)
    app.add_middleware(SecurityHeaders)
    return app


def _create_assistant(settings: Settings, domain: Domain, client: httpx.AsyncClient | None) -> Assistant | None:
    model: LanguageModel | None = None
    if client is not None:
        model = create_model(settings, client)
    elif settings.assistant != "none" and domain.offline_assistant is not None:
        model = domain.offline_assistant()
    if model is None:
        if settings.assistant == "offline":
            raise SystemExit(NO_OFFLINE_ASSISTANT)
        return None
    return Assistant(model, domain.instructions, domain.tools, model_timeout_seconds=settings.model_timeout_seconds)


def _public_config(settings: Settings, assistant: Assistant | None) -> Config:
    answers: Literal["model", "offline", "none"] = "none" if assistant is None else "offline"
    return Config(assistant="model" if settings.asks_model else answers, message_max_chars=settings.message_max_chars)


def __getattr__(name: str) -> Any:
    """Create `app` on first access, so that importing this module needs no environment."""
    if name != "app":
        raise AttributeError(name)
    settings = load_settings()
    configure_logging(settings.log_level)
    _raise_limit_of_open_files()
    return create_app(settings)


def _raise_limit_of_open_files() -> None:
    """Raise this process's limit, usually 1,024 or 256, to what the system allows: a waiting turn has two open."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(ValueError, OSError):  # macOS names more than it allows
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
