"""The language model that the settings name."""

import re
from http.cookiejar import CookieJar, DefaultCookiePolicy
from importlib.metadata import version
from typing import Any
from urllib.parse import parse_qsl, urlsplit, urlunsplit

import httpx

from taskchat.chat.language_model import LanguageModel
from taskchat.chat.providers.chat_completions import ChatCompletionsModel
from taskchat.chat.providers.connections import Connections
from taskchat.chat.providers.http import RequestOptions, limit_body
from taskchat.chat.providers.responses import ResponsesModel
from taskchat.settings import OPENAI, Settings
from taskchat.transport_security import create_tls_context

CONNECT_TIMEOUT_SECONDS = 5
"""Below the limit of a step, so that a request that was never sent is known to have cost nothing."""

_OPENAI_HOSTS = (".openai.com", ".azure.com")
_REASONING_MODEL = re.compile(r"(^|/)(gpt-[5-9]|o[1-9])", re.IGNORECASE)
"""OpenAI's reasoning models, also behind a gateway. They refuse `max_tokens`."""
_LIMIT_NAMES = ("max_tokens", "max_completion_tokens")


def create_client(settings: Settings) -> httpx.AsyncClient | None:
    """Create the client of the model's server, to be closed at the end; None if no model is asked.

    It follows no redirects: messages and keys go only to the configured URL.
    """
    if not settings.asks_model:
        return None
    key = settings.openai_api_key
    headers = httpx.Headers(
        {
            "user-agent": f"Taskchat/{version('taskchat')}",
            "accept": "application/json",
            "accept-encoding": "identity",
        }
    )
    if key is not None:
        headers["authorization"] = f"Bearer {key.get_secret_value()}"
    headers.update({name: value.get_secret_value() for name, value in settings.openai_extra_headers.items()})
    url = urlsplit(str(settings.openai_base_url or OPENAI))
    timeout = settings.model_timeout_seconds
    return httpx.AsyncClient(
        base_url=urlunsplit((url.scheme, url.netloc, url.path, "", "")),
        params=tuple(parse_qsl(url.query, keep_blank_values=True)),  # httpx would append its paths to the query
        headers=headers,
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),  # keep none: users share the client
        timeout=httpx.Timeout(timeout, connect=min(CONNECT_TIMEOUT_SECONDS, timeout / 2)),
        event_hooks={"response": [limit_body]},
        follow_redirects=False,
        trust_env=False,  # httpx reads every proxy variable; `taskchat.proxies` picks the one that applies
        transport=Connections(tls=create_tls_context(), proxy=settings.model_proxy),
    )


def create_model(settings: Settings, client: httpx.AsyncClient) -> LanguageModel:
    """Create the model at the server that the settings name."""
    options = request_options(settings)
    if settings.openai_api == "chat_completions":
        return ChatCompletionsModel(client, options)
    return ResponsesModel(client, options)


def request_options(settings: Settings) -> RequestOptions:
    """Build the part of each request that depends on the settings."""
    body: dict[str, Any] = {}
    is_responses = settings.openai_api == "responses"
    is_strict = is_responses or settings.openai_base_url is None
    if is_strict:
        body["store"] = False  # or OpenAI stores conversations; other servers may not know the parameter
    if settings.openai_reasoning_effort is not None:
        effort = settings.openai_reasoning_effort
        body |= {"reasoning": {"effort": effort}} if is_responses else {"reasoning_effort": effort}
    if settings.openai_temperature is not None:
        body["temperature"] = settings.openai_temperature
    body |= settings.openai_extra_body
    return RequestOptions(
        settings.openai_model,
        body,
        # Some chat completions servers refuse the parameter. We validate arguments ourselves.
        strict_tools=is_strict if settings.openai_strict_tools == "auto" else settings.openai_strict_tools == "true",
        max_output_tokens=settings.openai_max_output_tokens,
        limit_names=("max_output_tokens",) if is_responses else _limit_names(settings),
    )


def _limit_names(settings: Settings) -> tuple[str, ...]:
    url = settings.openai_base_url or OPENAI
    is_new = (
        f".{url.host}".endswith(_OPENAI_HOSTS)
        or "/openai/deployments/" in (url.path or "")
        or _REASONING_MODEL.search(settings.openai_model)
    )
    return _LIMIT_NAMES[::-1] if is_new else _LIMIT_NAMES
