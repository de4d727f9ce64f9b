"""The language model that the settings name."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qsl, urlsplit, urlunsplit

import httpx2
from openai import AsyncOpenAI

from taskchat.chat.language_model import LanguageModel
from taskchat.chat.providers.chat_completions import ChatCompletionsModel
from taskchat.chat.providers.http import RequestOptions, create_http_client
from taskchat.chat.providers.responses import ResponsesModel
from taskchat.settings import OPENAI, Settings

CONNECT_TIMEOUT_SECONDS = 5
"""Below the limit of a step, so that a request that was never sent is known to have cost nothing."""

_OPENAI_HOSTS = (".openai.com", ".azure.com")
_REASONING_MODEL = re.compile(r"(^|/)(gpt-[5-9]|o[1-9])", re.IGNORECASE)
"""OpenAI's reasoning models, also behind a gateway. They refuse `max_tokens`."""
_LIMIT_NAMES = ("max_tokens", "max_completion_tokens")


def create_client(settings: Settings) -> AsyncOpenAI | None:
    """Create the client of the model's server, to be closed at the end; None if no model is asked."""
    if not settings.asks_model:
        return None
    key = settings.openai_api_key
    headers = {name: value.get_secret_value() for name, value in settings.openai_extra_headers.items()}
    has_key = key is not None or "authorization" in map(str.lower, headers)
    url = urlsplit(str(settings.openai_base_url or OPENAI))
    with _without_openai_variables():
        return AsyncOpenAI(
            api_key=key.get_secret_value() if key else "none",  # the client requires one, but we do not send it
            base_url=urlunsplit((url.scheme, url.netloc, url.path, "", "")),
            # The client would append its paths to the query.
            default_query=dict(parse_qsl(url.query, keep_blank_values=True)),
            default_headers=headers,
            timeout=httpx2.Timeout(
                settings.model_timeout_seconds,
                connect=min(CONNECT_TIMEOUT_SECONDS, settings.model_timeout_seconds / 2),
            ),
            max_retries=0,  # `taskchat.chat.providers.retry` retries within the step's time limit
            http_client=create_http_client(
                timeout_seconds=settings.model_timeout_seconds, proxy=settings.model_proxy, has_key=has_key
            ),
        )


@contextmanager
def _without_openai_variables() -> Iterator[None]:
    """Hide OPENAI_… variables from the client, which would send an organization, project and headers from them."""
    hidden = {name: value for name, value in os.environ.items() if name.upper().startswith("OPENAI_")}
    for name in hidden:
        del os.environ[name]
    try:
        yield
    finally:
        os.environ.update(hidden)


def create_model(settings: Settings, client: AsyncOpenAI) -> LanguageModel:
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
