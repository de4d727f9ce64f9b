"""Huge and endless responses of a model server, which the api reads up to a limit."""

import asyncio
import json
import zlib
from collections.abc import AsyncIterator, Callable, Iterator
from itertools import repeat

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from support.client import Client, Person, StartApi
from support.database import Database
from support.http_server import HttpServer
from support.model_server import Call, ModelServer, Reply
from support.tcp_proxy import TcpProxy
from taskchat.chat.context import MAX_CALLS, MAX_RECORDED_BYTES
from taskchat.chat.providers.http import MAX_RESPONSE_BYTES
from taskchat.chat.steps import MAX_ANSWER_CHARACTERS, MAX_CALLS_PER_STEP

IN_BUFFERS = 16 * 1024 * 1024
"""The most that the operating system may buffer."""
CHUNK = b" " * 65536
ANSWER = json.dumps({"output": [{"type": "message", "content": "Hi."}]}).encode()


def endless(beginning: bytes) -> Iterator[bytes]:
    yield beginning
    yield from repeat(CHUNK)


def bomb(wbits: int) -> Iterator[bytes]:
    """Yield endless compressed white space."""
    compressor = zlib.compressobj(9, wbits=wbits)
    while True:
        yield compressor.compress(CHUNK * 64) + compressor.flush(zlib.Z_SYNC_FLUSH)


Flood = Callable[[], tuple[int, dict[str, str], Iterator[bytes]]]
FLOODS: dict[str, Flood] = {
    "endless body": lambda: (200, {}, endless(b'{"output": [{"type": "message", "content": "')),
    "endless error": lambda: (400, {}, endless(b'{"error": {"message": "')),
    "endless gzip": lambda: (200, {"content-encoding": "gzip"}, bomb(31)),
    "endless deflate": lambda: (200, {"content-encoding": "deflate"}, bomb(15)),
    "unknown encoding": lambda: (200, {"content-encoding": "br"}, endless(b"")),
    "wrong encoding": lambda: (200, {"content-encoding": "gzip"}, endless(b"not gzip")),
}


class FloodingServer:
    """Sends a flood to the first request, and a short answer to each later one.

    Attributes:
        sent: the number of bytes written to the socket.
        accepted: the Accept-Encoding header of each request.
    """

    def __init__(self, flood: Callable[[], tuple[int, dict[str, str], AsyncIterator[bytes]]]) -> None:
        self._flood = flood
        self.sent = 0
        self.accepted: list[str | None] = []
        self.server = HttpServer(Starlette(routes=[Route("/v1/responses", self._answer, methods=["POST"])]))

    async def _answer(self, request: Request) -> Response:
        self.accepted.append(request.headers.get("accept-encoding"))
        if len(self.accepted) > 1:
            return Response(ANSWER, media_type="application/json")
        status, headers, chunks = self._flood()
        return StreamingResponse(self._counted(chunks), status, headers, "application/json")

    async def _counted(self, chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        async for chunk in chunks:
            yield chunk
            self.sent += len(chunk)


async def interruptible(chunks: Iterator[bytes]) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk
        await asyncio.sleep(0)  # lets the server notice the disconnect


async def check(start_api: StartApi, alice: Person, flooding: FloodingServer, code: str, **settings: float) -> None:
    """Check that the turn fails with this code, and that the next one succeeds."""
    with flooding.server, start_api(openai_base_url=f"{flooding.server.url}/v1", **settings) as url:
        async with Client(base_url=url, timeout=60) as client:
            response = await client.chat(alice, "hello")
            assert response.json()["code"] == code, response.text
            sent = flooding.sent
            response = await client.chat(alice, "hello?", conversation_id=response.json()["conversation_id"])
            assert response.json()["response"] == "Hi."
    assert set(flooding.accepted) == {"identity"}
    assert sent < MAX_RESPONSE_BYTES + IN_BUFFERS


@pytest.mark.parametrize("name", FLOODS)
async def test_reading_stops_at_the_limit(start_api: StartApi, alice: Person, name: str) -> None:
    def flood() -> tuple[int, dict[str, str], AsyncIterator[bytes]]:
        status, headers, chunks = FLOODS[name]()
        return status, headers, interruptible(chunks)

    flooding = FloodingServer(flood)
    await check(start_api, alice, flooding, "model_error")
    assert len(flooding.accepted) == 2  # the failed request was not retried


async def test_an_endlessly_slow_response_times_out(start_api: StartApi, alice: Person) -> None:
    async def drip() -> AsyncIterator[bytes]:
        for drop in endless(b" "):
            yield drop[:1]
            await asyncio.sleep(0.02)

    await check(start_api, alice, FloodingServer(lambda: (200, {}, drip())), "model_timeout", model_timeout_seconds=0.5)


async def test_a_compressed_response_is_read(start_api: StartApi, alice: Person) -> None:
    """Some servers compress even if the request forbids it."""
    compressed = zlib.compress(ANSWER, wbits=31)
    flooding = FloodingServer(lambda: (200, {"content-encoding": "gzip"}, interruptible(iter([compressed]))))
    with flooding.server, start_api(openai_base_url=f"{flooding.server.url}/v1") as url:
        async with Client(base_url=url, timeout=60) as client:
            assert (await client.chat(alice, "hello")).json()["response"] == "Hi."


LIST = Call("list_tasks", {"status": "all"})


class TestLimits:
    """Over a limit the turn fails with an explanation, and later turns work."""

    async def fail(self, client: Client, person: Person, model: ModelServer, *replies: Reply) -> None:
        model.script(*replies)
        response = await client.chat(person, "hello")
        assert (response.status_code, response.json()["code"]) == (502, "model_error"), response.text
        assert "ask for less at once" in response.json()["detail"]
        model.assert_complete()
        model.script(Reply("Hi."))
        conversation_id = response.json()["conversation_id"]
        again = await client.chat(person, "hello?", conversation_id=conversation_id)
        assert again.json()["response"] == "Hi."
        page = await client.as_person(person, "GET", f"/conversations/{conversation_id}/messages")
        assert len(page.content) < 3 * MAX_RECORDED_BYTES

    async def test_calls_per_step_are_limited(self, client: Client, alice: Person, model: ModelServer) -> None:
        await self.fail(client, alice, model, Reply(calls=(LIST,) * (MAX_CALLS_PER_STEP + 1)))

    async def test_calls_per_turn_are_limited(
        self, client: Client, alice: Person, model: ModelServer, database: Database
    ) -> None:
        many = Reply(calls=(Call("add_task", {"title": "x"}),) * (MAX_CALLS // 4))
        await self.fail(client, alice, model, *([many] * 5))
        assert await database.count("task", user_id=alice.id) == MAX_CALLS

    async def test_recorded_bytes_per_turn_are_limited(self, client: Client, alice: Person, model: ModelServer) -> None:
        large = Reply("x" * (MAX_RECORDED_BYTES // 3), (LIST,))
        await self.fail(client, alice, model, large, large, large)

    async def test_result_bytes_per_turn_are_limited(self, client: Client, alice: Person, model: ModelServer) -> None:
        """The model reads a long list repeatedly."""
        description = "d" * 2000
        add = Call("add_task", {"title": "x" * 200, "description": description})
        model.script(Reply(calls=(add,) * 100), Reply(calls=(add,) * 100), Reply("Added."))
        assert (await client.chat(alice, "add many")).status_code == 200
        await self.fail(client, alice, model, Reply(calls=(LIST,) * 40))

    async def test_characters_per_answer_are_limited(self, client: Client, alice: Person, model: ModelServer) -> None:
        await self.fail(client, alice, model, Reply("x" * (MAX_ANSWER_CHARACTERS + 1)))


async def test_traffic_grows_linearly_with_the_calls_of_a_step(
    start_api: StartApi, alice: Person, model: ModelServer, database: Database
) -> None:
    """The step is sent to the database only with its first call."""

    async def cost(client: Client, proxy: TcpProxy, calls: int) -> int:
        model.script(Reply(calls=(Call("unknown", {"x": "y" * 2000}),) * calls), Reply("Done."))
        before = proxy.bytes_to_server
        assert (await client.chat(alice, "hello")).status_code == 200
        return proxy.bytes_to_server - before

    with TcpProxy(database.roles.api) as proxy, start_api(api_database_url=proxy.url, database_pool_size=1) as url:
        async with Client(base_url=url, timeout=60) as client:
            await cost(client, proxy, 2)
            assert await cost(client, proxy, 80) < 8 * await cost(client, proxy, 20)
