"""A TCP proxy in front of Postgres that counts round trips."""

import asyncio
import threading
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit, urlunsplit


class CountingProxy:
    """Passes everything on, and counts how often a client sent after it had heard from the server.

    Attributes:
        url: the database's URL through the proxy.
        round_trips: of all connections so far.
    """

    def __init__(self, database_url: str) -> None:
        self._parts = urlsplit(database_url)
        self.round_trips = 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)

    async def _serve(self) -> asyncio.Server:
        return await asyncio.start_server(self._connect, "127.0.0.1", 0)

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server_reader, server_writer = await asyncio.open_connection(self._parts.hostname, self._parts.port)
        heard = True

        async def to_server() -> None:
            nonlocal heard
            while data := await reader.read(65536):
                self.round_trips += heard
                heard = False
                server_writer.write(data)
            server_writer.close()

        async def to_client() -> None:
            nonlocal heard
            while data := await server_reader.read(65536):
                heard = True
                writer.write(data)
            writer.close()

        await asyncio.gather(to_server(), to_client(), return_exceptions=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._server = asyncio.run_coroutine_threadsafe(self._serve(), self._loop).result(10)
        port = self._server.sockets[0].getsockname()[1]
        credentials = self._parts.netloc.rpartition("@")[0]
        self.url = urlunsplit(self._parts._replace(netloc=f"{credentials}@127.0.0.1:{port}"))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _close(self) -> None:
        self._server.close()
        rest = asyncio.all_tasks() - {asyncio.current_task()}
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)
