"""Classifies errors of a model's server: context too small, history refused, no tools."""

import html
import json
import re
import unicodedata
from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, quote, unquote

import httpx

from taskchat.text import sanitize_text

ERROR = "taskchat.error"
"""The response extension that caches its parsed error: it is read several times, and may be large."""


class PromptTruncated(Exception):
    """The model's server silently dropped part of the prompt."""


def error_text(error: httpx.HTTPStatusError) -> str:
    """A server's error as one line for patterns, whatever the shape of its body: code, type and message.

    Gateways put the message of the server behind them into `metadata.raw`.
    """
    return _join(_error_body(error), "code", "type", "status", "param", "message", "detail")


def error_code(error: httpx.HTTPStatusError) -> Any:
    """The server's own code for the error, whatever its type; None if there is none."""
    body = _error_body(error)
    return body.get("code") if isinstance(body, dict) else None


def _error_body(error: httpx.HTTPStatusError) -> Any:
    """The server's error, without the lists and members named `error` around it."""
    extensions = error.response.extensions
    if ERROR not in extensions:
        extensions[ERROR] = _parse(error.response.text)
    body = extensions[ERROR]
    while True:
        match body:
            case [inner, *_]:
                body = inner
            case {"error": dict() | str() | [_, *_]}:
                body = body["error"]
            case _:
                return body


def _parse(text: str) -> Any:
    try:
        return json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return text


def _join(body: Any, *names: str) -> str:
    if isinstance(body, dict):
        metadata = body.get("metadata")
        raw = metadata.get("raw") if isinstance(metadata, dict) else None
        parts = [*map(body.get, names), raw]
        body = " ".join(str(part) for part in parts if isinstance(part, str | int))
    return " ".join(sanitize_text(str(body or "")[:4000]).split())


class _Overflow(NamedTuple):
    """How one kind of server reports a prompt that exceeds its context."""

    statuses: tuple[int, ...]
    pattern: str
    source: str


_REFUSED = (400, 413, 422)
_ANY = (400, 413, 422, 500, 502)
"""Gateways may report a provider's refusal as their own server error."""

_OVERFLOWS = (
    _Overflow((413,), r"", "RFC 9110 section 15.5.14; Groq, GitHub Models, gateways"),
    _Overflow(_ANY, r"context_length_exceeded|context length exceeded", "OpenAI, Groq, Cerebras: the code"),
    _Overflow(_ANY, r"maximum context length", "OpenAI, DeepSeek, vLLM, OpenRouter; Mistral: maximum context length"),
    _Overflow(_ANY, r"exceeds the context window", "OpenAI Responses: Your input exceeds the context window"),
    _Overflow(_ANY, r"reduce the length of the (messages|prompt|input)", "OpenAI, Groq, Cerebras"),
    _Overflow(_ANY, r"longer than the maximum model length", "vLLM: The decoder prompt (length …) is longer than …"),
    _Overflow(_ANY, r"context length is only \d+", "vLLM: You passed … input tokens …; LM Studio: loaded with …"),
    _Overflow(_ANY, r"exceed_context_size_error|available context size", "llama.cpp tools/server: its type and words"),
    _Overflow(_ANY, r"context the overflows|n_keep\b.*n_ctx", "LM Studio: lmstudio-bug-tracker 237, 546, 2256"),
    _Overflow(_ANY, r"greater than the context length|reached context length", "LM Studio: lmstudio-bug-tracker 2322"),
    _Overflow(_ANY, r"input token count.*exceeds the maximum", "Gemini, Vertex: The input token count (…) exceeds …"),
    _Overflow(_ANY, r"too large for model with", "Mistral: Prompt contains … tokens …, too large for model with …"),
    _Overflow((413, 429), r"request too large", "Groq and OpenAI: over the tokens a minute in one request"),
    _Overflow(_ANY, r"maximum prompt length", "xAI: This model's maximum prompt length is …"),
    _Overflow(_ANY, r"exceeded model token limit", "Kimi: Your request exceeded model token limit"),
    _Overflow(_ANY, r"range of input length should be", "DashScope: Range of input length should be [1, …]"),
    _Overflow(_ANY, r"(prompt|input)( is|) too long", "Anthropic, Bedrock, Fireworks; Ollama: prompt too long"),
    _Overflow(_ANY, r"input length exceeds the context length", "Ollama with truncation switched off"),
    _Overflow(_ANY, r"context window (limit|exceeds)|contextwindowexceeded", "Cloudflare, MiniMax; LiteLLM's class"),
    _Overflow(_REFUSED, r"inputs` (tokens|must have less)", "Text Generation Inference, Together"),
    _Overflow(_REFUSED, r"tokens_limit_reached", "GitHub Models: the code"),
)
_PATTERNS = tuple((row.statuses, re.compile(row.pattern, re.IGNORECASE)) for row in _OVERFLOWS)

_TEMPLATE_REFUSED = re.compile(r"jinja|chat.?template|roles? must alternate", re.IGNORECASE)
"""Errors of chat templates that refuse a history. Source: llama.cpp and mlx-lm answer with 500."""


def is_too_long(error: Exception) -> bool:
    """Whether the prompt exceeds the model's context."""
    if isinstance(error, PromptTruncated):
        return True
    if not isinstance(error, httpx.HTTPStatusError):
        return False
    text = error_text(error)
    return any(error.response.status_code in statuses and pattern.search(text) for statuses, pattern in _PATTERNS)


_NO_TOOLS = re.compile(
    r"not support (tools?|functions?|tool|function)\b|(tool|function).?(use|call\w*|choice) (is |are )?not supported"
    r"|enable-auto-tool-choice|no endpoints found that support tool use",
    re.IGNORECASE,
)
"""Source: Ollama's server/images.go; vLLM's serving chat; OpenRouter's routing; user reports for others."""


def lacks_tools(error: Exception) -> bool:
    """Whether the model or its server does not support tools."""
    return isinstance(error, httpx.HTTPStatusError) and _NO_TOOLS.search(error_text(error)) is not None


def is_refused(error: Exception) -> bool:
    """Whether the server refused the request, so that a simpler history may help."""
    if not isinstance(error, httpx.HTTPStatusError):
        return False
    status = error.response.status_code
    return status in (400, 422) or (status == 500 and _TEMPLATE_REFUSED.search(error_text(error)) is not None)


MAX_LOGGED_CHARACTERS = 300
MAX_MASKED_CHARACTERS = 2000
"""The limit before the search for keys, whose cost is quadratic."""
HIDDEN = "[…]"
_SHARED_CHARACTERS = 12
"""The length of a quotation, in letters and digits."""
_MIN_WORD = 4
_CODE = re.compile(r"[A-Za-z0-9_.:-]{1,64}")
_WORD = re.compile(r"\w+")
_ESCAPED = re.compile(r"\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2}))")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]+")
_SECRET = re.compile(
    r"\b(sk|pk|rk|gsk|xai|nvapi|hf|pplx|fw|r8|key|org|proj|eyJ\w*)[-_.][\w*.-]{6,}|\bAIza[\w-]{10,}"
    r"|(?i:\bbearer) \S+|\S*\*{3,}\S*|\b\w{24,}\b"
)
_HEADERS_WITHOUT_SECRETS = re.compile(r"accept.*|content-.*|connection|host|user-agent")
_COMMON = frozenset(
    """access account allowed already also argument arguments available bytes call called calls check choice code
    completion completions configuration content context could credit credits does down endpoint error exceeded exceeds
    expected failed field format found from function functions have header image input instead internal invalid items
    json larger least length limit list long longer maximum message messages method missing model models must name
    needs null number object only output overloaded parameter parameters parse permitted plan please prompt property
    provided provider quota range rate reached reasoning request requests required requires response resulted role roles
    schema server service short should size status string support supported supports system temperature template than
    that their then there this thinking time timeout token tokens tool tools total type unable unexpected unknown
    unsupported user using valid value values when which will with without your""".split()  # noqa: SIM905
)
"""Words common in error messages. They reveal nothing about a conversation."""


def log_fields(error: Exception) -> dict[str, object]:
    """Log fields for a failed call: the server's status, code and message.

    Servers quote the input that they refuse. So a message that repeats a passage of the conversation is dropped, and
    uncommon words that also occur in the conversation are masked, as are keys.
    """
    if isinstance(error, httpx.HTTPStatusError):
        body = _error_body(error)
        code = (
            next((body[n] for n in ("code", "type", "status") if body.get(n)), None) if isinstance(body, dict) else None
        )
        message = _join(body, "message", "detail")
        is_code = isinstance(code, str | int) and _CODE.fullmatch(str(code))
        return {
            "model_status": error.response.status_code,
            "model_code": safe_text(str(code), error.request) if is_code else None,
            "model_message": safe_text(message, error.request),
        }
    if isinstance(error, httpx.RequestError):
        return {"model_message": safe_text(_reasons(error), error.request)}
    return {}


def _reasons(error: httpx.RequestError) -> str:
    """The network error's message, which may quote an answer that is not valid HTTP."""
    return f"{type(error).__name__}: {error}"


def safe_text(message: str, request: httpx.Request) -> str:
    """Remove the request's secrets and conversation from a server's message."""
    message = without_secrets(_decoded(message), request)
    said = "\n".join(map(_letters, _conversation_of(request)))
    if any(_is_quoted(_letters(shown), said) for shown in (message, unquote(message))):
        return HIDDEN
    message = _WORD.sub(lambda word: HIDDEN if _is_private(word[0].casefold(), said) else word[0], message)
    return _cut(message, MAX_LOGGED_CHARACTERS)


def _decoded(message: str) -> str:
    """Decode escapes and remove invisible characters."""
    message = html.unescape(_ESCAPED.sub(lambda match: chr(int(match[1] or match[2], 16)), message))
    message = _NOT_ASCII.sub(lambda match: _as_utf8(match[0]), sanitize_text(message))
    return "".join(c for c in message if c.isspace() or unicodedata.category(c) not in ("Cc", "Cf"))


def _as_utf8(text: str) -> str:
    """Repair UTF-8 that was decoded as Latin-1 or Windows-1252. Returns any other text unchanged."""
    try:
        raw = b"".join(c.encode("latin-1" if c <= "\xff" else "cp1252") for c in text)
    except UnicodeEncodeError:
        return text
    decoded = raw.decode(errors="replace")
    return decoded if decoded.strip("\ufffd") else text


def without_secrets(message: str, request: httpx.Request) -> str:
    """A server's message as one truncated line, without the request's keys."""
    message = _cut(" ".join(message.split()), MAX_MASKED_CHARACTERS)
    for secret in _secrets_of(request):
        message = re.sub(re.escape(secret), HIDDEN, message, flags=re.IGNORECASE)
    return _cut(_SECRET.sub(HIDDEN, message), 2 * MAX_LOGGED_CHARACTERS)


def _cut(text: str, characters: int) -> str:
    """Truncate between two words, because half a word could escape the masks."""
    return text if len(text) <= characters else text[:characters].rpartition(" ")[0] + "…"


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))


def _is_quoted(message: str, said: str) -> bool:
    """Whether the message quotes a passage; both reduced to letters and digits."""
    starts = range(len(message) - _SHARED_CHARACTERS + 1)
    return any(message[n : n + _SHARED_CHARACTERS] in said for n in starts)


def _is_private(word: str, said: str) -> bool:
    if not word.isascii():
        return any(word[n : n + 2] in said for n in range(max(1, len(word) - 1)))
    return (len(word) >= _MIN_WORD or word.isdigit()) and word not in _COMMON and _letters(word) in said


def _secrets_of(request: httpx.Request) -> list[str]:
    headers = [value for name, value in request.headers.items() if not _HEADERS_WITHOUT_SECRETS.fullmatch(name)]
    query = [value for _, value in parse_qsl(request.url.query.decode())]
    found = {part for value in [*headers, *query] for part in (value, *value.split()) if len(part) >= 8}
    return sorted(found | {quote(secret, safe="") for secret in found}, key=len, reverse=True)


def _conversation_of(request: httpx.Request) -> Iterator[str]:
    """The request's texts from people, the model or tools, without our instructions."""
    try:
        body = json.loads(request.content)
        items = body.get("messages", []) + body.get("input", [])
    except (ValueError, TypeError, AttributeError, httpx.RequestNotRead):
        return
    for item in items:
        if item.get("role") != "system":
            yield from _texts(item)


def _texts(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
            if value.startswith(("{", "[")):  # arguments and outputs, which servers may quote decoded
                try:
                    yield from _texts(json.loads(value))
                except (ValueError, RecursionError):
                    return
        case list():
            for item in value:
                yield from _texts(item)
        case dict():
            for name, item in value.items():
                if name not in ("type", "role", "name", "call_id", "id", "tool_call_id", "encrypted_content"):
                    yield from _texts(item)
