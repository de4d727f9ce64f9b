"""The connections to a model's server."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import httpx
import pytest

import taskchat.chat.providers.connections
from support.broken_tls import broken_tls
from support.certificates import CertificateAuthority
from taskchat.chat.providers.connections import MAX_IDLE, Connections

MANY = 1001


class EchoServer:
    """Answers each request with its body, but holds the first ones until all of those have arrived.

    Attributes:
        opened: how many connections were opened so far.
        open: those that are open.
        all_arrived: lets the held requests go.
    """

    def __init__(self, *, held: int = 0) -> None:
        self.opened = 0
        self.open: set[asyncio.StreamWriter] = set()
        self.arrived = 0
        self._held = held
        self.all_arrived = asyncio.Event()
        self._changed = asyncio.Condition()

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.opened += 1
        self.open.add(writer)
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
                body = await reader.readexactly(length)
                await self._hold()
                writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%s" % (length, body))
        writer.close()
        async with self._changed:
            self.open.discard(writer)
            self._changed.notify_all()

    async def _hold(self) -> None:
        self.arrived += 1
        async with self._changed:
            self._changed.notify_all()
        if self.arrived <= self._held:
            if self.arrived == self._held:
                self.all_arrived.set()
            await self.all_arrived.wait()

    async def wait_until_open(self, number: int) -> None:
        async with self._changed:
            await self._changed.wait_for(lambda: len(self.open) == number)

    async def wait_for_arrival(self, number: int) -> None:
        async with self._changed:
            await self._changed.wait_for(lambda: self.arrived == number)


@asynccontextmanager
async def serving(*, held: int = 0) -> AsyncIterator[tuple[EchoServer, httpx.AsyncClient]]:
    server = EchoServer(held=held)
    listening = await asyncio.start_server(server.handle, "127.0.0.1", 0, backlog=2 * MANY)
    port = listening.sockets[0].getsockname()[1]
    transport = Connections(tls=httpx.create_ssl_context(), proxy=None)
    client = httpx.AsyncClient(transport=transport, base_url=f"http://127.0.0.1:{port}", timeout=30)
    try:
        yield server, client
    finally:
        server.all_arrived.set()
        await client.aclose()
        await server.wait_until_open(0)
        listening.close()


async def echo(client: httpx.AsyncClient, text: str) -> str:
    response = await client.post("/", content=text)
    return response.text


async def test_any_number_of_requests_can_wait_at_once() -> None:
    async with serving(held=MANY) as (server, client):
        texts = [str(number) for number in range(MANY)]
        assert await asyncio.gather(*(echo(client, text) for text in texts)) == texts
        await server.wait_until_open(MAX_IDLE)


async def test_a_connection_serves_one_request_after_another() -> None:
    async with serving() as (server, client):
        for text in ("one", "two", "three"):
            assert await echo(client, text) == text
        assert server.opened == 1


async def test_idle_connections_are_closed_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(taskchat.chat.providers.connections, "KEEP_SECONDS", -1)
    async with serving(held=3) as (server, client):
        texts = ["one", "two", "three"]
        assert await asyncio.gather(*(echo(client, text) for text in texts)) == texts
        await server.wait_until_open(0)


async def test_a_connection_that_the_server_closed_is_replaced() -> None:
    async with serving() as (server, client):
        assert await echo(client, "one") == "one"
        [connection] = server.open
        connection.close()
        await server.wait_until_open(0)
        assert await echo(client, "two") == "two"


async def test_an_abandoned_request_leaves_no_answer_for_the_next_one() -> None:
    async with serving(held=2) as (server, client):
        abandoned = asyncio.create_task(echo(client, "abandoned"))
        await server.wait_for_arrival(1)
        abandoned.cancel()
        with pytest.raises(asyncio.CancelledError):
            await abandoned
        assert await echo(client, "next") == "next"


@pytest.mark.parametrize("is_kept", [False, True], ids=["a new connection", "a kept connection"])
async def test_a_request_cancelled_at_any_moment_blocks_no_later_one(is_kept: bool) -> None:
    moments = 0
    is_answered = False
    while not is_answered:
        async with serving() as (_, client):
            if is_kept:
                await echo(client, "first")
            cancelled = asyncio.create_task(echo(client, "cancelled"))
            for _ in range(moments):
                await asyncio.sleep(0)
            is_answered = cancelled.done()
            cancelled.cancel()
            await asyncio.wait([cancelled])
            assert await echo(client, "next") == "next"
        moments += 1


@pytest.mark.parametrize("beginning", [b"", b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n"], ids=["headers", "body"])
async def test_broken_tls_is_a_network_error(tmp_path: Path, beginning: bytes) -> None:
    authority = CertificateAuthority(tmp_path)
    transport = Connections(tls=ssl.create_default_context(cafile=authority.file), proxy=None)
    async with broken_tls(authority, beginning) as port, httpx.AsyncClient(transport=transport) as client:
        with pytest.raises(httpx.NetworkError) as error:
            await client.get(f"https://127.0.0.1:{port}/")
    assert error.value.request.url.port == port
