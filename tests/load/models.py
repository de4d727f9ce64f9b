"""Models that answer at once, in the process and behind HTTP, so that a benchmark measures everything else.

The last message says what they do: to `call N` they reply with N tool calls in one step, to any other with a text.
"""

import argparse
import asyncio
import json
import re
import socket
from collections.abc import AsyncIterator, Mapping, Sequence
from functools import cache
from typing import Any

import uvloop
from agents import Model, ModelResponse, Usage
from agents.items import TResponseOutputItem, TResponseStreamEvent
from openai.types.responses import ResponseFunctionToolCall, ResponseOutputMessage, ResponseOutputText

ANSWER = "Done. Your list is up to date."
TOOL = "add_task"
ARGUMENTS = '{"title": "Buy milk"}'

_CALLS = re.compile(r"call (\d+)")
_LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)


def calls_to_make(items: Sequence[Mapping[str, Any]]) -> int:
    """How many calls the conversation's last message asks for; 0 if it is a result."""
    last = items[-1]
    found = _CALLS.match(str(last.get("content", ""))) if last.get("role") == "user" else None
    return int(found[1]) if found else 0


class InstantModel(Model):
    """A model in this process."""

    async def get_response(
        self,
        system_instructions: str | None,
        input: str | list[Any],  # noqa: A002 (the SDK's name)
        *_args: Any,
        **_kwargs: Any,
    ) -> ModelResponse:
        items = [{"role": "user", "content": input}] if isinstance(input, str) else input
        output: list[TResponseOutputItem] = [
            ResponseFunctionToolCall(type="function_call", call_id=f"call_{n}", name=TOOL, arguments=ARGUMENTS)
            for n in range(calls_to_make(items))
        ]
        if not output:
            text = ResponseOutputText(type="output_text", text=ANSWER, annotations=[])
            output = [
                ResponseOutputMessage(id="msg_1", type="message", role="assistant", status="completed", content=[text])
            ]
        return ModelResponse(output=output, usage=Usage(), response_id=None)

    def stream_response(self, *_args: Any, **_kwargs: Any) -> AsyncIterator[TResponseStreamEvent]:
        raise TypeError("turns are not streamed")


@cache
def _responses(calls: int) -> bytes:
    text = {"type": "output_text", "text": ANSWER, "annotations": []}
    called = [
        {"type": "function_call", "id": f"fc_{n}", "call_id": f"call_{n}", "name": TOOL, "arguments": ARGUMENTS}
        for n in range(calls)
    ]
    said = [{"type": "message", "id": "msg_1", "role": "assistant", "status": "completed", "content": [text]}]
    return _http(
        {
            "id": "resp_1",
            "object": "response",
            "created_at": 1,
            "status": "completed",
            "model": "instant",
            "output": called or said,
            "parallel_tool_calls": True,
            "tool_choice": "auto",
            "tools": [],
            "usage": {
                "input_tokens": 1000,
                "output_tokens": 10,
                "total_tokens": 1010,
                "input_tokens_details": {"cached_tokens": 0},
                "output_tokens_details": {"reasoning_tokens": 0},
            },
        }
    )


@cache
def _chat_completions(calls: int) -> bytes:
    called = [
        {"id": f"call_{n}", "type": "function", "function": {"name": TOOL, "arguments": ARGUMENTS}}
        for n in range(calls)
    ]
    message = {"role": "assistant", "content": None if calls else ANSWER} | ({"tool_calls": called} if calls else {})
    return _http(
        {
            "id": "chatcmpl-1",
            "object": "chat.completion",
            "created": 1,
            "model": "instant",
            "choices": [{"index": 0, "message": message, "finish_reason": "tool_calls" if calls else "stop"}],
            "usage": {"prompt_tokens": 1000, "completion_tokens": 10, "total_tokens": 1010},
        }
    )


def _http(document: Any) -> bytes:
    body = json.dumps(document).encode()
    return b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%s" % (len(body), body)


async def _serve(listening: socket.socket, seconds: float) -> None:
    async def connection(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = _LENGTH.search(head)
                request = json.loads(await reader.readexactly(int(length[1])) if length else b"{}")
                if seconds:
                    await asyncio.sleep(seconds)
                if "input" in request:
                    writer.write(_responses(calls_to_make(request["input"])))
                else:
                    writer.write(_chat_completions(calls_to_make(request["messages"])))
        except (EOFError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(connection, sock=listening, limit=2**24, backlog=2048)
    await server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="An HTTP model for both of OpenAI's APIs.")
    parser.add_argument("--fd", type=int, required=True, help="the socket that it listens on")
    parser.add_argument("--seconds", type=float, default=0, help="how long each answer takes")
    arguments = parser.parse_args()
    uvloop.run(_serve(socket.socket(fileno=arguments.fd), arguments.seconds))
