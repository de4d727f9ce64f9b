"""Tries a turn with the configured model, and names the remedy if it fails."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

import httpx

from taskchat.chat import steps
from taskchat.chat.providers.factory import create_client, create_model
from taskchat.chat.providers.http import MalformedAnswer
from taskchat.chat.providers.model_list import (
    KEY,
    KEY_REFUSED,
    MODEL_MISSING,
    NO_MODEL,
    NOT_THERE,
    PROXY,
    REDIRECT,
    TLS,
    is_tls_error,
    nearest_names,
    parse_model_names,
)
from taskchat.chat.providers.retry import retry
from taskchat.chat.providers.server_errors import PromptTruncated, error_text, is_too_long, lacks_tools, without_secrets
from taskchat.chat.steps import Item, StepOutput
from taskchat.chat.tools import Tool, ToolRunner
from taskchat.settings import OPENAI, Settings

QUESTION = "Call {tool}, then tell me in a few words what it returned."
RESULT = {"found": [{"title": "Water the plants"}], "more": 0}
ATTEMPTS = 2
"""Even a model that can call tools sometimes answers without a call."""
NO_TOOLS = (
    "{model} can't call tools on this server: choose a model that can, or let the server use them (vLLM: "
    "--enable-auto-tool-choice and --tool-call-parser; llama.cpp: --jinja)"
)
NO_CALL = "{model} answered twice without calling the tool that it was asked to call: choose a model made for tools"
NO_ROOM = (
    "{model} used up OPENAI_MAX_OUTPUT_TOKENS ({limit}) before it answered: raise it, or set OPENAI_REASONING_EFFORT "
    "to low, or switch off the model's thinking with OPENAI_EXTRA_BODY (docs/models.md)"
)
SILENT = "{model} called a tool, but said nothing about its result: choose another model"
TOO_MUCH = "{model} said more than a turn may hold: choose another model"
TOO_SMALL = (
    "the context of {model} is too small for the instructions and tools alone: give it 8,000 tokens or more (Ollama: "
    "OLLAMA_CONTEXT_LENGTH; llama.cpp: --ctx-size; vLLM: --max-model-len; LM Studio: the context length of the model)"
)
TIMEOUT = (
    "{model} took longer than MODEL_TIMEOUT_SECONDS ({seconds:g}): raise it together with TURN_TIMEOUT_SECONDS, or set "
    "OPENAI_REASONING_EFFORT to low, or switch off the model's thinking with OPENAI_EXTRA_BODY (docs/models.md)"
)
CONNECT_TIMEOUT = (
    "no connection to {host} within MODEL_TIMEOUT_SECONDS: a firewall may be in the way, or a proxy missing"
)
OTHER_API = "the server doesn't answer OPENAI_API={api}, but does answer {other}: set OPENAI_API={other}"
NO_API = (
    "there is no such API at OPENAI_BASE_URL: it must end where the path of the API begins, mostly with /v1 "
    "(docs/models.md has the address of each provider)"
)
NOT_JSON = "what answers at OPENAI_BASE_URL is no model server: its answer is {error}"
UNKNOWN = "the model's server refuses a turn"


class _Remedy(NamedTuple):
    """The remedy for refusals with one of these statuses and a matching text."""

    statuses: tuple[int, ...]
    pattern: str
    words: str


_ANY = (400, 401, 402, 403, 404, 405, 413, 422, 429, 500, 501, 502, 503)
_REFUSED = (400, 404, 422, 500, 502)
_REMEDIES = (
    _Remedy(
        _ANY,
        r"insufficient.?(quota|balance|credit|funds)|exceeded your current quota|billing|requires more credits|arrears"
        r"|\bcredit",
        "the quota or credit of this key is used up: pay, or set another key",
    ),
    _Remedy((402,), r"", "the quota or credit of this key is used up: pay, or set another key"),
    _Remedy((401,), r"", KEY),
    _Remedy(
        _ANY,
        KEY_REFUSED.pattern,
        KEY,
    ),
    _Remedy((403,), r"", "OPENAI_API_KEY may not use {model} here: set a key that may, or another model"),
    _Remedy(
        (429,), r"", "the server takes no more requests right now: try again later, or raise the limits of this key"
    ),
    _Remedy(
        _REFUSED,
        r"enable_thinking|thinking.{0,40}(stream|not supported|must be|disable)",
        'the model must not think without streaming: set OPENAI_EXTRA_BODY={{"enable_thinking": false}}',
    ),
    _Remedy(
        _REFUSED,
        r"v1/responses|(only|use).{0,30}responses (api|endpoint)",
        "tools of {model} need the Responses API: set OPENAI_API=responses, or OPENAI_REASONING_EFFORT=none",
    ),
    _Remedy(
        _REFUSED,
        r"reasoning.?effort|reasoning\.effort",
        "{model} doesn't take this OPENAI_REASONING_EFFORT: leave it out, or set one that the model has",
    ),
    _Remedy(_REFUSED, r"temperature", "{model} doesn't take this OPENAI_TEMPERATURE: leave it out"),
    _Remedy(_REFUSED, r"\bstrict\b", "the server doesn't take strict tools: set OPENAI_STRICT_TOOLS=false"),
    _Remedy(
        (400, 404, 410),
        r"api.?version|DeploymentNotFound",
        "Azure doesn't know this deployment or version: OPENAI_MODEL is the name of the deployment, and a versioned "
        "OPENAI_BASE_URL ends with ?api-version=… (docs/models.md)",
    ),
)


class _NoCall(Exception):
    """The model answered without calling the tool."""


class _Silent(Exception):
    """The model returned no text about its call's result."""


class _NoRoom(Exception):
    """The model's answer was cut before it had any text."""


RoundTrip = Callable[[Settings, httpx.AsyncClient], Awaitable[None]]


async def diagnose_model(settings: Settings, instructions: str, tools: Sequence[Tool]) -> str | None:
    """Make one round trip with a tool and a follow-up, through the code that answers turns.

    Costs a few thousand tokens. Returns the remedy in one line, or None if all of it worked.
    """
    client = create_client(settings)
    assert client is not None
    round_trip = partial(_round_trip, instructions, tools)
    async with client:
        try:
            await round_trip(settings, client)
        except Exception as error:
            return await _explain(settings, client, error, round_trip)
    return None


async def _round_trip(instructions: str, tools: Sequence[Tool], settings: Settings, client: httpx.AsyncClient) -> None:
    model = create_model(settings, client)
    runner = ToolRunner(tools)

    async def ask(history: list[Item]) -> StepOutput:
        ends_at = asyncio.get_running_loop().time() + settings.model_timeout_seconds
        async with asyncio.timeout_at(ends_at):
            ask_model = partial(model.ask, instructions, history, runner.schemas)
            reply = await retry(ask_model, ends_at=ends_at)
        output = steps.from_model(reply, tool_names=runner.names, origin=model.origin)
        if reply.is_cut and not steps.has_calls(output):
            raise _NoRoom
        return output

    question = [steps.user_message(QUESTION.format(tool=_easiest(tools).name))]
    for _ in range(ATTEMPTS):
        output = await ask(question)
        if steps.has_calls(output):
            break
    else:
        raise _NoCall
    results: dict[tuple[int, int], Any] = {(0, position): RESULT for position in range(len(output))}
    if not await ask([*question, *steps.to_history(output, 1, 0, results)]):
        raise _Silent


def _easiest(tools: Sequence[Tool]) -> Tool:
    """The tool with the fewest required arguments, preferably one that only reads."""

    def difficulty(tool: Tool) -> tuple[int, bool]:
        required = tool.arguments.model_json_schema().get("required", ())
        return len(required), tool.describe_change is not None

    return min(tools, key=difficulty)


async def _explain(settings: Settings, client: httpx.AsyncClient, error: Exception, round_trip: RoundTrip) -> str:
    names = {
        "model": settings.openai_model,
        "host": (settings.openai_base_url or OPENAI).host,
        "seconds": settings.model_timeout_seconds,
        "limit": settings.openai_max_output_tokens,
    }
    match error:
        case httpx.HTTPStatusError():
            remedy = await _explain_refusal(settings, client, error, round_trip)
            said = without_secrets(error_text(error), error.request)
            return f"{remedy.format(**names)} (status {error.response.status_code}{': ' + said if said else ''})"
        case _NoCall():
            remedy = NO_CALL
        case _Silent():
            remedy = SILENT
        case _NoRoom():
            remedy = NO_ROOM
        case PromptTruncated():
            remedy = TOO_SMALL
        case MalformedAnswer():
            if (other := await _other_api(settings, client, round_trip)) is not None:
                return other
            remedy = NOT_JSON.format(error=error)
        case httpx.RequestError():
            remedy = _explain_connection(error)
        case TimeoutError():
            remedy = TIMEOUT
        case steps.TooMuch():
            remedy = TOO_MUCH
        case _:
            raise error
    return remedy.format(**names)


def _explain_connection(error: httpx.RequestError) -> str:
    if is_tls_error(error):
        return TLS
    match error:
        case httpx.ProxyError():
            return PROXY
        case httpx.ConnectTimeout():
            return CONNECT_TIMEOUT
        case httpx.TimeoutException():
            return TIMEOUT
        case _:
            return NOT_THERE


async def _explain_refusal(
    settings: Settings, client: httpx.AsyncClient, error: httpx.HTTPStatusError, round_trip: RoundTrip
) -> str:
    text, status = error_text(error), error.response.status_code
    if 300 <= status < 400:
        return REDIRECT
    if is_too_long(error):
        return TOO_SMALL
    if lacks_tools(error):
        return NO_TOOLS
    remedy = next((r for r in _REMEDIES if status in r.statuses and re.search(r.pattern, text, re.IGNORECASE)), None)
    if remedy is not None:
        return remedy.words
    if MODEL_MISSING.search(text):
        return NO_MODEL.replace("{nearest}", await _nearest_models(settings, client))
    if status in (404, 405, 501):
        if (other := await _other_api(settings, client, round_trip)) is not None:
            return other
        models = await _model_names(client)
        if models is None:
            return NO_API
        if settings.openai_model not in models:
            return NO_MODEL.replace("{nearest}", await _nearest_models(settings, client))
    return UNKNOWN


async def _other_api(settings: Settings, client: httpx.AsyncClient, round_trip: RoundTrip) -> str | None:
    """The setting to change if the server supports only the other API."""
    other = "responses" if settings.openai_api == "chat_completions" else "chat_completions"
    changed = settings.model_copy(update={"openai_api": other})
    try:
        await round_trip(changed, client)
    except (httpx.HTTPError, MalformedAnswer, TimeoutError):
        return None
    except (_NoCall, _Silent, _NoRoom):
        pass
    return OTHER_API.replace("{api}", settings.openai_api).replace("{other}", other)


async def _nearest_models(settings: Settings, client: httpx.AsyncClient) -> str:
    nearest = nearest_names(settings.openai_model, await _model_names(client) or [])
    return nearest.replace("{", "{{").replace("}", "}}")


async def _model_names(client: httpx.AsyncClient) -> list[str] | None:
    """The models that the server lists; None if it has no list."""
    try:
        response = (await client.get("/models")).raise_for_status()
    except httpx.HTTPError:
        return None
    return parse_model_names(response.text)
