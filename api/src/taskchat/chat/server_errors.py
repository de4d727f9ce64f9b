"""The meaning of an error of a model's server: context too small, history refused, no tools."""

import re
from typing import NamedTuple

import openai


class PromptTruncated(Exception):
    """The model's server silently dropped part of the prompt."""


def error_text(error: openai.APIStatusError) -> str:
    """Code, type and message of a server's error in one line, for patterns; of whatever shape its body is.

    A gateway puts the message of the server behind it into `metadata.raw`.
    """
    body = error.body[0] if isinstance(error.body, list) and error.body else error.body
    if isinstance(body, dict) and isinstance(body.get("error"), dict | str):
        body = body["error"]
    if isinstance(body, dict):
        metadata = body.get("metadata")
        raw = metadata.get("raw") if isinstance(metadata, dict) else None
        parts = [body.get(name) for name in ("code", "type", "status", "param", "message", "detail")] + [raw]
        body = " ".join(str(part) for part in parts if isinstance(part, str | int))
    return " ".join(str(body or "")[:4000].split())


class _Overflow(NamedTuple):
    """How one kind of server says that what it was shown is longer than its context."""

    statuses: tuple[int, ...]
    pattern: str
    source: str


_REFUSED = (400, 413, 422)
_ANY = (400, 413, 422, 500, 502)
"""Gateways may report a refusal as a fault of their own."""

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
"""A history that a model's chat template refuses. Source: llama.cpp and mlx-lm answer it with 500."""


def is_too_long(error: Exception) -> bool:
    """Whether the model's context is too small for what it was shown."""
    if isinstance(error, PromptTruncated):
        return True
    if not isinstance(error, openai.APIStatusError):
        return False
    text = error_text(error)
    return any(error.status_code in statuses and pattern.search(text) for statuses, pattern in _PATTERNS)


_NO_TOOLS = re.compile(
    r"not support (tools?|functions?|tool|function)\b|(tool|function).?(use|call\w*|choice) (is |are )?not supported"
    r"|enable-auto-tool-choice|no endpoints found that support tool use",
    re.IGNORECASE,
)
"""Source: Ollama's server/images.go; vLLM's serving chat; OpenRouter's routing; users' reports of others."""


def lacks_tools(error: Exception) -> bool:
    """Whether the model, or its server, cannot call tools at all."""
    return isinstance(error, openai.APIStatusError) and _NO_TOOLS.search(error_text(error)) is not None


def is_refused(error: Exception) -> bool:
    """Whether the server does not take the request as it is, so that a simpler history may help."""
    if not isinstance(error, openai.APIStatusError):
        return False
    return error.status_code in (400, 422) or (
        error.status_code == 500 and _TEMPLATE_REFUSED.search(error_text(error)) is not None
    )
