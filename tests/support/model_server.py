"""A scripted server that speaks OpenAI's `responses` and `chat/completions`.

Tests script its replies in order, and read the requests that it received. Like OpenAI, it refuses a history with an
invalid tool name. Other processes can send replies to `POST /script`, and `POST /release` those that are held.
`POST /arrival` waits for the request that gets the last of those.
"""

import asyncio
import json
import re
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Literal, Self

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from support.http_server import HttpServer

ARRIVAL_SECONDS = 30
"""How long a test waits for a request."""

_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")

Api = Literal["responses", "chat_completions"]


@dataclass(frozen=True)
class Call:
    """A tool call. `id` is the server's id for it; real servers reuse theirs."""

    name: str
    arguments: dict[str, Any] | str
    id: str = "call_0"


@dataclass(frozen=True)
class Reply:
    """The model's reply: a text, calls, or both.

    Attributes:
        tokens: of the request and the reply, as the server reports them; None for a server that reports none.
    """

    text: str = ""
    calls: tuple[Call, ...] = ()
    tokens: tuple[int, int] | None = (1, 1)


@dataclass(frozen=True)
class Failure:
    """An error or malformed response: any status, any body."""

    status: int = 500
    body: str = '{"error": {"message": "scripted", "type": "server_error", "code": null}}'
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = "application/json"


class Hold:
    """Delays the reply until the test releases it."""

    def __init__(self, reply: Reply | Failure) -> None:
        self.reply = reply
        self._released = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._arrived = threading.Event()

    async def arrival(self) -> None:
        """Wait until a request has arrived."""
        if not await asyncio.to_thread(self._arrived.wait, ARRIVAL_SECONDS):
            raise TimeoutError("no request arrived")

    async def wait(self) -> Reply | Failure:
        self._loop = asyncio.get_running_loop()
        self._arrived.set()
        await self._released.wait()
        return self.reply

    def release(self) -> None:
        if self._loop is None:
            self._released.set()
        else:
            self._loop.call_soon_threadsafe(self._released.set)


Scripted = Reply | Failure | Hold


@dataclass(frozen=True)
class ModelRequest:
    """A request that the server received."""

    api: Api
    body: dict[str, Any]
    headers: dict[str, str]

    @property
    def transcript(self) -> list[tuple[str, ...]]:
        """The conversation in the same form for both APIs.

        Its lines are (role, text), ("call", id, name, arguments) and ("output", id, text).
        """
        if self.api == "responses":
            return [_of_responses(item) for item in self.body["input"]]
        return [line for message in self.body["messages"] for line in _of_chat(message) if message["role"] != "system"]


def _of_responses(item: dict[str, Any]) -> tuple[str, ...]:
    match item:
        case {"type": "function_call"}:
            return ("call", item["call_id"], item["name"], item["arguments"])
        case {"type": "function_call_output"}:
            return ("output", item["call_id"], item["output"])
        case _:
            return (item["role"], _text(item["content"]))


def _of_chat(message: dict[str, Any]) -> list[tuple[str, ...]]:
    if message["role"] == "tool":
        return [("output", message["tool_call_id"], _text(message["content"]))]
    said = [(message["role"], _text(message["content"]))] if message.get("content") else []
    calls = [
        ("call", call["id"], call["function"]["name"], call["function"]["arguments"])
        for call in message.get("tool_calls") or ()
    ]
    return [*said, *calls]


def _text(content: Any) -> str:
    return content if isinstance(content, str) else "".join(part["text"] for part in content)


class ModelServer:
    """Answers with the scripted replies; without a script it answers 500.

    Attributes:
        base_url: for `OPENAI_BASE_URL`.
        requests: the requests received, oldest first.
    """

    def __init__(self) -> None:
        self.requests: list[ModelRequest] = []
        self._script: deque[Scripted] = deque()
        self._held: list[Hold] = []
        self._always: Callable[[ModelRequest], Scripted] | None = None
        routes = [
            Route("/v1/responses", self._responses, methods=["POST"]),
            Route("/v1/chat/completions", self._chat_completions, methods=["POST"]),
            Route("/script", self._take_script, methods=["POST"]),
            Route("/release", self._release_all, methods=["POST"]),
            Route("/arrival", self._arrival, methods=["POST"]),
        ]
        self._server = HttpServer(Starlette(routes=routes))
        self.url = self._server.url
        self.base_url = f"{self.url}/v1"

    def script(self, *replies: Scripted) -> None:
        self._script.extend(replies)

    def always(self, reply: Callable[[ModelRequest], Scripted]) -> None:
        """Compute replies with this function whenever the script is used up."""
        self._always = reply

    def reset(self) -> None:
        self.requests.clear()
        self._script.clear()
        self._always = None

    def assert_complete(self) -> None:
        """Assert that the model was called as often as the test expected."""
        assert not self._script, f"{len(self._script)} scripted replies were not used"

    async def _next(self, api: Api, request: Request) -> Reply | Failure:
        asked = ModelRequest(api, json.loads(await request.body()), dict(request.headers))
        self.requests.append(asked)
        if not all(_NAME.fullmatch(line[2]) for line in asked.transcript if line[0] == "call"):
            return Failure(400, json.dumps({"error": {"message": "a name", "type": "invalid_request_error"}}))
        if self._script:
            reply = self._script.popleft()
        elif self._always is not None:
            reply = self._always(asked)
        else:
            reply = Failure(body='{"error": {"message": "the script is used up", "type": "test"}}')
        return await reply.wait() if isinstance(reply, Hold) else reply

    async def _responses(self, request: Request) -> Response:
        reply = await self._next("responses", request)
        if isinstance(reply, Failure):
            return _failure(reply)
        return _json(responses_body(reply))

    async def _chat_completions(self, request: Request) -> Response:
        reply = await self._next("chat_completions", request)
        if isinstance(reply, Failure):
            return _failure(reply)
        return _json(chat_completions_body(reply))

    async def _release_all(self, _request: Request) -> Response:
        while self._held:
            self._held.pop().release()
        return Response(status_code=204)

    async def _arrival(self, _request: Request) -> Response:
        await self._held[-1].arrival()
        return Response(status_code=204)

    async def _take_script(self, request: Request) -> Response:
        """Add replies from another process: a list of JSON objects."""
        for item in json.loads(await request.body()):
            if "status" in item:
                self.script(Failure(**item))
            else:
                reply = Reply(item.get("text", ""), tuple(Call(**call) for call in item.get("calls", ())))
                if item.get("held"):
                    self._held.append(Hold(reply))
                self.script(self._held[-1] if item.get("held") else reply)
        return Response(status_code=204)

    def __enter__(self) -> Self:
        self._server.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.__exit__(kind, error, trace)


def responses_body(reply: Reply) -> dict[str, Any]:
    """The reply as `responses` sends it."""
    said = [_message(reply.text)] if reply.text else []
    calls = [
        {
            "type": "function_call",
            "id": f"fc_{n}",
            "call_id": call.id,
            "name": call.name,
            "arguments": _arguments(call),
            "status": "completed",
        }
        for n, call in enumerate(reply.calls)
    ]
    return {
        "id": "resp_1",
        "object": "response",
        "created_at": 0,
        "model": "scripted",
        "status": "completed",
        "output": [*said, *calls],
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
        "usage": reply.tokens
        and {
            "input_tokens": reply.tokens[0],
            "input_tokens_details": {"cached_tokens": 0},
            "output_tokens": reply.tokens[1],
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": sum(reply.tokens),
        },
    }


def chat_completions_body(reply: Reply) -> dict[str, Any]:
    """The reply as `chat/completions` sends it."""
    message: dict[str, Any] = {"role": "assistant", "content": reply.text or None}
    if reply.calls:
        message["tool_calls"] = [
            {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": _arguments(call)}}
            for call in reply.calls
        ]
    return {
        "id": "chatcmpl_1",
        "object": "chat.completion",
        "created": 0,
        "model": "scripted",
        "choices": [{"index": 0, "message": message, "finish_reason": "tool_calls" if reply.calls else "stop"}],
        "usage": reply.tokens
        and {
            "prompt_tokens": reply.tokens[0],
            "completion_tokens": reply.tokens[1],
            "total_tokens": sum(reply.tokens),
        },
    }


def _json(body: Any) -> Response:
    # ASCII escapes, so that a reply can contain lone surrogates, which UTF-8 cannot encode.
    return Response(json.dumps(body), media_type="application/json")


def _message(text: str) -> dict[str, Any]:
    content = [{"type": "output_text", "text": text, "annotations": []}]
    return {"type": "message", "id": "msg_1", "role": "assistant", "status": "completed", "content": content}


def _arguments(call: Call) -> str:
    return call.arguments if isinstance(call.arguments, str) else json.dumps(call.arguments)


def _failure(failure: Failure) -> Response:
    return Response(failure.body, failure.status, failure.headers, failure.content_type)
