"""A TCP proxy that counts and delays round trips, and can cut the connection at any of them."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Literal, Self
from urllib.parse import urlsplit, urlunsplit

Moment = Literal["before", "after"]


@dataclass(frozen=True)
class Break:
    """Where to cut a connection: before a round trip reaches the server, or after it.

    The proxy forwards nothing more on that connection.
    """

    moment: Moment
    round_trip: int
    """Counted from 1, since the break was set."""
    is_silent: bool = False
    """Whether the connection stays open, as when a host loses its network."""


class TcpProxy:
    """Forwards all traffic and counts round trips: a client sends after the server has answered.

    Attributes:
        url: the database's URL through the proxy.
        port: the proxy's port on 127.0.0.1.
        round_trips: on all connections, since the start or since a break was set.
        bytes_to_server: on all connections, since the start.
    """

    def __init__(self, database_url: str, *, delay_seconds: float = 0) -> None:
        """Start nothing yet; `delay_seconds` is how much later the client gets each answer."""
        self._parts = urlsplit(database_url)
        self._delay_seconds = delay_seconds
        self.round_trips = 0
        self.bytes_to_server = 0
        self._break: Break | None = None
        self._action: Callable[[], None] = lambda: None
        self._silence: asyncio.Event | None = None
        self._connections: set[asyncio.Task[None]] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run)

    def break_at(self, point: Break, action: Callable[[], None] = lambda: None) -> None:
        """Cut the connection once at this point, and call `action` at that moment."""
        self.round_trips = 0
        self._break, self._action = point, action

    @property
    def is_broken(self) -> bool:
        """Whether the break has happened."""
        return self._break is None

    @contextmanager
    def silence(self) -> Iterator[None]:
        """Forward nothing on any connection, new ones included; cut them all at the end."""
        self._silence = asyncio.Event()
        try:
            yield
        finally:
            self._loop.call_soon_threadsafe(self._silence.set)
            self._silence = None

    async def _breaks(self, moment: Moment, round_trip: int) -> bool:
        point = self._break
        if (silence := self._silence) is not None:
            return await silence.wait()
        if point is None or (point.moment, point.round_trip) != (moment, round_trip):
            return False
        self._break = None
        self._action()
        if point.is_silent:
            await asyncio.get_running_loop().create_future()  # until the proxy is closed
        return True

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # Without a reference, the garbage collector could collect the waiting task after its client has left.
        connection = asyncio.current_task()
        assert connection is not None
        self._connections.add(connection)
        connection.add_done_callback(self._connections.discard)
        try:
            server_reader, server_writer = await asyncio.open_connection(self._parts.hostname, self._parts.port)
        except OSError:
            writer.close()
            return
        except asyncio.CancelledError:  # the proxy is closed
            writer.close()
            raise
        heard, current = True, 0

        async def to_server() -> None:
            nonlocal heard, current
            while data := await reader.read(65536):
                self.bytes_to_server += len(data)
                if heard:
                    self.round_trips += 1
                    current = self.round_trips
                    if await self._breaks("before", current):
                        return
                heard = False
                server_writer.write(data)

        async def to_client() -> None:
            nonlocal heard
            while data := await server_reader.read(65536):
                heard = True
                if await self._breaks("after", current):
                    return
                if self._delay_seconds:  # without a wait here, which would delay what follows even more
                    self._loop.call_later(self._delay_seconds, writer.write, data)
                else:
                    writer.write(data)

        directions = {asyncio.create_task(to_server()), asyncio.create_task(to_client())}
        try:
            await asyncio.wait(directions, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for direction in directions:
                direction.cancel()
            for end in (writer, server_writer):
                end.close()  # before the await, which closing the proxy interrupts
            await asyncio.gather(*directions, return_exceptions=True)

    def __enter__(self) -> Self:
        self._thread.start()
        serving = asyncio.start_server(self._connect, "127.0.0.1", 0)
        self._server = asyncio.run_coroutine_threadsafe(serving, self._loop).result(10)
        self.port = self._server.sockets[0].getsockname()[1]
        credentials = self._parts.netloc.rpartition("@")[0]
        self.url = urlunsplit(self._parts._replace(netloc=f"{credentials}@127.0.0.1:{self.port}"))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._server.close)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def _run(self) -> None:
        self._loop.run_forever()
        while True:
            self._loop.run_until_complete(asyncio.sleep(0))  # lets a connection that was just accepted start its tasks
            rest = asyncio.all_tasks(self._loop)
            if not rest:
                break
            for task in rest:
                task.cancel()
            self._loop.run_until_complete(_ended(rest))
        self._loop.close()


async def _ended(tasks: set[asyncio.Task[object]]) -> None:
    await asyncio.gather(*tasks, return_exceptions=True)
