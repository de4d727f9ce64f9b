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
from pydantic import TypeAdapter

from support.model_server import Call, Reply, chat_completions_body, responses_body

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
        return ModelResponse(output=_output(calls_to_make(items)), usage=Usage(), response_id=None)

    def stream_response(self, *_args: Any, **_kwargs: Any) -> AsyncIterator[TResponseStreamEvent]:
        raise TypeError("turns are not streamed")


@cache
def _output(calls: int) -> list[TResponseOutputItem]:
    return TypeAdapter(list[TResponseOutputItem]).validate_python(responses_body(_reply(calls))["output"])


def _reply(calls: int) -> Reply:
    called = tuple(Call(TOOL, ARGUMENTS, f"call_{n}") for n in range(calls))
    return Reply("" if called else ANSWER, called, tokens=(1000, 10))


@cache
def _answer(*, is_responses: bool, calls: int) -> bytes:
    body = json.dumps((responses_body if is_responses else chat_completions_body)(_reply(calls))).encode()
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
                is_responses = "input" in request
                items = request["input" if is_responses else "messages"]
                writer.write(_answer(is_responses=is_responses, calls=calls_to_make(items)))
        except (EOFError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(connection, sock=listening, limit=2**24, backlog=2048)
    await server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="An HTTP model for both of OpenAI's APIs.")
    place = parser.add_mutually_exclusive_group(required=True)
    place.add_argument("--fd", type=int, help="the socket that it listens on")
    place.add_argument("--port", type=int, help="the port that it listens on, on all addresses of its container")
    parser.add_argument("--seconds", type=float, default=0, help="how long each answer takes")
    arguments = parser.parse_args()
    listening = socket.socket(fileno=arguments.fd) if arguments.fd else socket.create_server(("", arguments.port))
    uvloop.run(_serve(listening, arguments.seconds))
