"""One request to a model's server, with a limited JSON answer.

The agents SDK's own models parse an answer into types and fail on what real servers send. A model's answer is
untrusted input, so we bound the body as it arrives and read it leniently.
"""

import json
import logging
import re
import zlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from taskchat.chat.providers.server_errors import ERROR, error_text

logger = logging.getLogger(__name__)

MAX_RESPONSE_BYTES = 2 * 1024 * 1024
"""Of an answer, uncompressed: three times the longest answer that we keep with every character escaped."""

_GZIP_OR_ZLIB = 47
"""For zlib: the largest window, with gzip or zlib detected from the header."""
_ERROR_STATUSES = {"rate_limit_exceeded": 429, "server_error": 500, "context_length_exceeded": 400}
"""For error codes in an answer with status 200."""


class MalformedAnswer(Exception):
    """The server's answer does not match its API."""


@dataclass(frozen=True, slots=True)
class RequestOptions:
    """The part of each request that depends on the settings.

    Attributes:
        body: members of the request in addition to the conversation and the tools.
        strict_tools: whether to request strict tool schemas, which some servers refuse.
        max_output_tokens: of one answer, including reasoning; 0 leaves it to the server.
        limit_names: the API's names for that limit, most likely first.
    """

    model: str
    body: Mapping[str, Any] = field(default_factory=dict)
    strict_tools: bool = True
    max_output_tokens: int = 0
    limit_names: tuple[str, ...] = ()


async def limit_body(response: httpx.Response) -> None:
    """Limit a response's body to `MAX_RESPONSE_BYTES`; an event hook of the client.

    It also removes what httpx can fail on: the target of a redirect, which it parses although it doesn't follow it, and
    the charset, which can name any of Python's codecs. JSON is UTF-8.
    """
    response.headers.pop("location", None)
    response.encoding = "utf-8"
    coding = response.headers.pop("content-encoding", "identity")
    assert isinstance(response.stream, httpx.AsyncByteStream)
    response.stream = _BoundedStream(response.stream, coding.strip().lower())


class _BoundedStream(httpx.AsyncByteStream):
    """A body that ends at the limit. We decompress it here, because httpx would decompress whole chunks at once."""

    def __init__(self, stream: httpx.AsyncByteStream, coding: str) -> None:
        self._stream = stream
        self._coding = coding

    async def __aiter__(self) -> AsyncIterator[bytes]:
        room = MAX_RESPONSE_BYTES
        is_compressed = self._coding in ("gzip", "x-gzip", "deflate")
        if not is_compressed and self._coding not in ("identity", ""):
            logger.warning("the model's server compresses, although it was asked not to")
            return
        decompressor = zlib.decompressobj(_GZIP_OR_ZLIB) if is_compressed else None
        async for chunk in self._stream:
            try:
                plain = decompressor.decompress(chunk, room + 1) if decompressor else chunk
            except zlib.error:
                return
            if len(plain) > room:
                logger.warning("the answer of the model's server is too large", extra={"max_bytes": MAX_RESPONSE_BYTES})
                return
            room -= len(plain)
            yield plain

    async def aclose(self) -> None:
        await self._stream.aclose()


async def post_json(client: httpx.AsyncClient, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """Send a request and return the answer.

    Raises:
        httpx.HTTPError: the server is unreachable, or answered with an error, with any status.
        MalformedAnswer: the answer is not a JSON object.
    """
    response = (await client.post(path, json=body)).raise_for_status()
    try:
        document = json.loads(response.content, strict=False)
    except (ValueError, RecursionError):
        raise MalformedAnswer("no JSON") from None
    if isinstance(document, list) and len(document) == 1:  # Gemini's errors
        [document] = document
    if not isinstance(document, dict):
        raise MalformedAnswer("no JSON object")
    if (error := _error_in(document)) is not None:
        raise _status_error(error, response)
    return document


_LIMIT_REFUSED = re.compile(r"max_(completion_|output_)?tokens|in the (completion|output)", re.IGNORECASE)
_NAME_REFUSED = re.compile(
    r"(unsupported|unrecogni[sz]ed|unknown|unexpected|extra|invalid) \w*\s?(parameter|argument|field|input|key|name)"
    r"|not (supported|permitted|allowed|recogni[sz]ed)|instead\b",
    re.IGNORECASE,
)


class OutputLimit:
    """Sends the length limit under the name that the server accepts.

    OpenAI's newer models refuse `max_tokens`, many other servers know no other name, and some refuse a limit that
    exceeds their context together with the prompt. A name that was refused is not used again if the request
    was accepted without it; otherwise the refusal may have been about something else.
    Source: platform.openai.com/docs/api-reference/chat/create, docs.mistral.ai/api; vLLM's serving chat; OpenRouter.
    """

    def __init__(self, options: RequestOptions) -> None:
        self._tokens = options.max_output_tokens
        self._names = [] if options.body.keys() & set(options.limit_names) else list(options.limit_names)

    async def post(self, client: httpx.AsyncClient, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Send a request and return the answer.

        Raises:
            httpx.HTTPError, MalformedAnswer: see `post_json`.
        """
        refused: list[str] = []
        document: dict[str, Any] | None = None
        for name in tuple(self._names) if self._tokens else ():
            try:
                document = await post_json(client, path, {**body, name: self._tokens})
                break
            except httpx.HTTPStatusError as error:
                text = error_text(error)
                if error.response.status_code not in (400, 422) or not _LIMIT_REFUSED.search(text):
                    raise
                if not _NAME_REFUSED.search(text):  # the number is too large for this prompt
                    break
            refused.append(name)
        if document is None:
            document = await post_json(client, path, body)
        self._names = [name for name in self._names if name not in refused]
        return document


def _error_in(document: dict[str, Any]) -> Any:
    """The error in an answer with status 200: from OpenRouter, LM Studio, or a failed response."""
    if error := document.get("error"):
        return error
    choices = document.get("choices")
    if isinstance(choices, list) and choices and isinstance(choices[0], dict) and choices[0].get("error"):
        return choices[0]["error"]
    return {"message": "the response failed"} if document.get("status") in ("failed", "cancelled") else None


def _status_error(error: Any, response: httpx.Response) -> httpx.HTTPStatusError:
    code = error.get("code") if isinstance(error, dict) else None
    if isinstance(code, str) and code.isdecimal() and len(code) == 3:
        code = int(code)
    if not (isinstance(code, int) and 400 <= code < 600):
        code = _ERROR_STATUSES.get(code, 502) if isinstance(code, str) else 502
    failed = httpx.Response(code, request=response.request, extensions={ERROR: error})
    return httpx.HTTPStatusError("an error with status 200", request=response.request, response=failed)


_WORD = re.compile(r"\w+")
_WORD_OR_SIGNS = re.compile(r"\w+|[^\w\s]+")


def words(text: str) -> int:
    """Count words: templates render tools in various forms, but keep all their words."""
    return sum(1 for _ in _WORD.finditer(text))


def words_and_signs(text: str) -> int:
    """The minimum number of tokens: no common tokenizer joins two words, or a word and a sign."""
    return sum(1 for _ in _WORD_OR_SIGNS.finditer(text))
