"""Models that answer at once, in the process and behind HTTP, so that a benchmark measures everything else.

The last user message says what they do: `call N` asks for N tool calls in one step, any other gets an answer.
"""

import argparse
import asyncio
import json
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

import uvloop
from agents import Model, ModelResponse, Usage
from agents.items import TResponseOutputItem, TResponseStreamEvent
from openai.types.responses import ResponseFunctionToolCall, ResponseOutputMessage, ResponseOutputText

ANSWER = "Done. Your list is up to date."
TOOL = "add_task"
ARGUMENTS = '{"title": "Buy milk", "description": null}'

_CALLS = re.compile(r"call (\d+)")


def calls_to_make(items: Sequence[Mapping[str, Any]]) -> int:
    """How many calls the conversation's last message asks for; 0 once there are results."""
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
                ResponseOutputMessage(id="answer", type="message", role="assistant", status="completed", content=[text])
            ]
        return ModelResponse(output=output, usage=Usage(), response_id=None)

    def stream_response(self, *_args: Any, **_kwargs: Any) -> AsyncIterator[TResponseStreamEvent]:
        raise TypeError("turns are not streamed")


def _responses(calls: int) -> dict[str, Any]:
    output: list[dict[str, Any]] = [
        {"type": "function_call", "id": f"fc_{n}", "call_id": f"call_{n}", "name": TOOL, "arguments": ARGUMENTS}
        for n in range(calls)
    ] or [
        {
            "type": "message",
            "id": "msg_1",
            "role": "assistant",
            "status": "completed",
            "content": [{"type": "output_text", "text": ANSWER, "annotations": []}],
        }
    ]
    usage = {
        "input_tokens": 1000,
        "output_tokens": 10,
        "total_tokens": 1010,
        "input_tokens_details": {"cached_tokens": 0},
        "output_tokens_details": {"reasoning_tokens": 0},
    }
    return {
        "id": "resp_1",
        "object": "response",
        "created_at": 1,
        "status": "completed",
        "model": "instant",
        "output": output,
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
        "usage": usage,
    }


def _chat_completion(calls: int) -> dict[str, Any]:
    called = [
        {"id": f"call_{n}", "type": "function", "function": {"name": TOOL, "arguments": ARGUMENTS}}
        for n in range(calls)
    ]
    message = {"role": "assistant", "content": None if calls else ANSWER} | ({"tool_calls": called} if calls else {})
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "instant",
        "choices": [{"index": 0, "message": message, "finish_reason": "tool_calls" if calls else "stop"}],
        "usage": {"prompt_tokens": 1000, "completion_tokens": 10, "total_tokens": 1010},
    }


async def _serve_connection(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, seconds: float) -> None:
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            found = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
            request = json.loads(await reader.readexactly(int(found[1])) if found else b"{}")
            if seconds:
                await asyncio.sleep(seconds)
            is_responses = b"/responses " in head.split(b"\r\n", 1)[0]
            calls = calls_to_make(request["input"] if is_responses else request["messages"])
            document = json.dumps((_responses if is_responses else _chat_completion)(calls)).encode()
            writer.write(
                b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%s"
                % (len(document), document)
            )
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


async def _serve(seconds: float) -> None:
    server = await asyncio.start_server(
        lambda reader, writer: _serve_connection(reader, writer, seconds), "127.0.0.1", 0, limit=2**24
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="An HTTP model that prints its port and answers every request.")
    parser.add_argument("--seconds", type=float, default=0, help="how long each answer takes")
    uvloop.run(_serve(parser.parse_args().seconds))
