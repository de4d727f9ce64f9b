"""How many tokens a model's server has used for a request: what it reports, or an estimate."""

from collections.abc import Sequence
from typing import Any

import httpx
import orjson

from taskchat.chat.language_model import ToolSchema
from taskchat.chat.steps import Item, Reply, SaidText

BYTES_PER_TOKEN = 4
"""An estimate. Tokenizers differ by model and download their tables."""
MAX_REPORTED = 10_000_000
"""For one answer. No model has so large a context, and Postgres must be able to add up the tokens."""

_FREE = (httpx.HTTPStatusError, httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
"""Errors of requests that a server refused or never received."""


def reported_tokens(document: dict[str, Any]) -> int | None:
    """Read the tokens of an answer of either API, input and output together; None if it reports none.

    Gemini's `completion_tokens` leave out the thinking, which its `total_tokens` include.
    """
    usage = document.get("usage")
    if not isinstance(usage, dict):
        return None
    read = _count(usage, "input_tokens") or _count(usage, "prompt_tokens")
    written = _count(usage, "output_tokens") or _count(usage, "completion_tokens")
    tokens = max(read + written, _count(usage, "total_tokens"))
    return tokens if 0 < tokens <= MAX_REPORTED else None


def _count(usage: dict[str, Any], name: str) -> int:
    value = usage.get(name)
    return value if isinstance(value, int) and value > 0 else 0


def estimate_input(instructions: str, history: Sequence[Item], tools: Sequence[ToolSchema]) -> int:
    """Estimate the tokens of a request by its size."""
    schemas = [[tool.name, tool.description, tool.parameters] for tool in tools]
    return _tokens(len(orjson.dumps([instructions, *history, *schemas])))


def estimate_output(reply: Reply) -> int:
    """Estimate the tokens of an answer by its size. Reasoning that the server keeps to itself is not in it."""
    said = [item.text if isinstance(item, SaidText) else f"{item.name}{item.arguments}" for item in reply.said]
    return _tokens(sum(len(text.encode(errors="replace")) for text in said))


def _tokens(size: int) -> int:
    return -(-size // BYTES_PER_TOKEN)


def may_have_cost(error: BaseException) -> bool:
    """Whether the model's server may have used tokens for a request that failed.

    Providers don't charge for requests that they answer with an error. After a timeout or a broken connection, the
    server may have worked on the request.
    """
    return not isinstance(error, _FREE)
