"""A TCP proxy in front of Postgres that acts like a provider that suspends idle databases."""

import asyncio
import threading
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit


class Suspendable:
    """Forwards traffic until it is suspended; the next connection wakes the database.

    Attributes:
        url: the database's URL through the proxy.
    """

    def __init__(self, database_url: str, wake_seconds: float) -> None:
        """Wake for `wake_seconds` after a suspension: accept connections, but forward nothing."""
        self._target = urlsplit(database_url)
        self._wake_seconds = wake_seconds
        self._is_suspended = False
        self._waking: asyncio.Task[None] | None = None
        self._connections: set[asyncio.Task[None]] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)

    def suspend(self) -> None:
        """Close every connection and sleep until the next one."""
        asyncio.run_coroutine_threadsafe(self._suspend(), self._loop).result(10)

    async def _suspend(self) -> None:
        for connection in self._connections:
            connection.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)
        self._is_suspended = True

    async def _wake(self) -> None:
        if self._waking is None and self._is_suspended:
            self._waking = asyncio.create_task(asyncio.sleep(self._wake_seconds))
        if self._waking is not None:
            await asyncio.shield(self._waking)
            self._waking, self._is_suspended = None, False

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = asyncio.current_task()
        assert connection is not None
        self._connections.add(connection)
        ends = [writer]
        try:
            await self._wake()
            server_reader, server_writer = await asyncio.open_connection(self._target.hostname, self._target.port)
            ends.append(server_writer)
            async with asyncio.TaskGroup() as both:
                both.create_task(_forward(reader, server_writer))
                both.create_task(_forward(server_reader, writer))
        except (asyncio.CancelledError, OSError):
            pass
        finally:
            self._connections.discard(connection)
            for end in ends:
                end.close()

    def __enter__(self) -> Self:
        self._thread.start()
        serving = asyncio.start_server(self._connect, "127.0.0.1", 0)
        self._server = asyncio.run_coroutine_threadsafe(serving, self._loop).result(10)
        port = self._server.sockets[0].getsockname()[1]
        credentials = self._target.netloc.rpartition("@")[0]
        self.url = self._target._replace(netloc=f"{credentials}@127.0.0.1:{port}").geturl()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.suspend()
        self._loop.call_soon_threadsafe(self._server.close)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()


async def _forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
    writer.close()
