"""Asks a model's server for its list of models, which costs nothing.

Many servers have no list, or list other names than they accept. So only an answer that would also refuse a turn counts
as a failure.
"""

import asyncio
import json
import re
import ssl
from difflib import get_close_matches
from typing import Any, Literal
from urllib.parse import quote

import httpx

from taskchat.chat.providers.factory import create_client
from taskchat.settings import OPENAI, Settings

TIMEOUT_SECONDS = 8

ASK = "To try it, ask the model: make doctor ASK_MODEL=1, or --ask-model"
LISTED = "the model's server lists {model}; whether it calls tools was not tried ({ask})"
NOT_LISTED = "the model's server doesn't list {model}{nearest}. Some servers accept other names. {ask}"
NO_LIST = "the model's server answers, but has no list of models, so {model} was not checked. {ask}"
NOT_NOW = "the model's server answers its list of models with status {status}, so {model} was not checked. {ask}"
NO_MODEL = "the server has no model {model}: set OPENAI_MODEL to one that it has{nearest}"
KEY = "the model's server refuses OPENAI_API_KEY: set another key"
TLS = (
    "the certificate of {host} isn't trusted: set SSL_CERT_FILE to a file with your authority's certificate, or use "
    "the name that the certificate is for"
)
PROXY = "the proxy doesn't let us through to {host}: correct HTTPS_PROXY, or add {host} to NO_PROXY"
NOT_THERE = "nothing answers at {host}: start the model's server, or correct OPENAI_BASE_URL"
NO_ANSWER = "no answer from {host} within {seconds} s: start the model's server, or look for a firewall in the way"
NO_HTTP = "what answers at {host} is no web server: correct OPENAI_BASE_URL"
REDIRECT = "the server sends us to another address: set OPENAI_BASE_URL to the one where it really is"

KEY_REFUSED = re.compile(
    r"(invalid|incorrect|missing|no) ?.?api.?key|api.?key.{0,20}(invalid|not valid|missing)|unauthorized"
    r"|invalid_api_key",
    re.IGNORECASE,
)
MODEL_MISSING = re.compile(
    r"model.{0,120}(not found|not exist|does not exist|not available|not.{0,10}loaded|is not valid)"
    r"|(unknown|no such|invalid|unsupported) model|model_not_found|no endpoints found for|not a valid model"
    r"|failed to load model|no models loaded",
    re.IGNORECASE,
)
_MAY_NOT_LIST = re.compile(r"missing scopes|insufficient permissions", re.IGNORECASE)
"""OpenAI's answer to a restricted key that may be used for turns."""

_LISTS_OTHER_NAMES = ".azure.com"
"""Azure takes names of deployments and lists models."""

Status = Literal["ok", "failed", "note"]


async def examine_model_list(settings: Settings) -> tuple[Status, str]:
    """Check that the server answers, accepts the key and knows the model. Follows no redirect, as in a turn."""
    host = (settings.openai_base_url or OPENAI).host
    names = {"model": settings.openai_model, "host": host, "seconds": TIMEOUT_SECONDS, "ask": ASK}
    client = create_client(settings)
    assert client is not None
    try:
        async with client, asyncio.timeout(TIMEOUT_SECONDS):
            status, text, nearest = await _ask(client, settings.openai_model)
    except (httpx.HTTPError, TimeoutError) as error:
        return "failed", explain_connection_error(error).format(**names)
    return status, text.format(**names, nearest=nearest)


async def _ask(client: httpx.AsyncClient, model: str) -> tuple[Status, str, str]:
    status, text = await _get(client, "/models")
    if status == 200:
        names = parse_model_names(text)
        if not names:
            return "note", NO_LIST, ""
        if model in names:
            return "ok", LISTED, ""
        status, text = await _get(client, f"/models/{quote(model, safe='/:')}")
        if status == 200 and _is_object(text):  # such as a tag or an alias
            return "ok", LISTED, ""
        is_azure = client.base_url.host.endswith(_LISTS_OTHER_NAMES)
        if status in (400, 404) and MODEL_MISSING.search(text) and not is_azure:
            return "failed", NO_MODEL, nearest_names(model, names)
        return "note", NOT_LISTED, nearest_names(model, names)
    if 300 <= status < 400:
        return "failed", REDIRECT, ""
    if status in (401, 403) and _MAY_NOT_LIST.search(text):
        return "note", NO_LIST, ""
    if status == 401 or (status in (400, 403) and KEY_REFUSED.search(text)):
        return "failed", KEY, ""
    if status in (404, 405, 501):
        return "note", NO_LIST, ""
    return "note", NOT_NOW.replace("{status}", str(status)), ""


async def _get(client: httpx.AsyncClient, path: str) -> tuple[int, str]:
    response = await client.get(path)
    return response.status_code, response.text


def explain_connection_error(error: BaseException) -> str:
    """Explain why no answer came, with `{host}` and `{seconds}` to be filled in."""
    if is_tls_error(error):
        return TLS
    match error:
        case httpx.ProxyError():
            return PROXY
        case TimeoutError() | httpx.TimeoutException():
            return NO_ANSWER
        case httpx.RemoteProtocolError():
            return NO_HTTP
        case _:
            return NOT_THERE


def is_tls_error(error: BaseException | None) -> bool:
    """Whether the connection failed because of TLS; httpx reports it only as the cause of its error."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        if isinstance(error, ssl.SSLError):
            return True
        seen.add(id(error))
        error = error.__cause__ or error.__context__
    return False


def _is_object(text: str) -> bool:
    return isinstance(_parse(text), dict)


def _parse(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def parse_model_names(text: str) -> list[str] | None:
    """The models in a server's list, whatever its shape; None if it isn't a list."""
    listed = _parse(text)
    models = listed.get("data", listed.get("models")) if isinstance(listed, dict) else listed
    if not isinstance(models, list):
        return None
    names = [m.get("id") or m.get("name") if isinstance(m, dict) else m for m in models]
    return [name.removeprefix("models/")[:100] for name in names if isinstance(name, str) and name.isprintable()]


def nearest_names(model: str, names: list[str]) -> str:
    """The listed names that are most like the model's, as the end of a sentence."""
    by_name = {name.casefold(): name for name in names}
    wanted = model.casefold()
    near = [name for name in by_name if wanted in name or name in wanted]
    near += [name for name in get_close_matches(wanted, by_name, n=5, cutoff=0.4) if name not in near]
    shown = [by_name[name] for name in near[:5]] or sorted(names)[:5]
    return ", such as " + ", ".join(shown) if shown else ""
