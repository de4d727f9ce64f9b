"""What a person waits for: a distant database, a busy api, and a thousand turns at once."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from statistics import median
from urllib.parse import urlsplit, urlunsplit


def percentile(latencies: list[float], share: float) -> float:
    """The latency that this share of the requests does not exceed."""
    ordered = sorted(latencies)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def p99_to_p50(latencies: list[float]) -> float:
    return percentile(latencies, 0.99) / median(latencies)


@asynccontextmanager
async def distant(database_url: str, round_trip_seconds: float) -> AsyncIterator[str]:
    """A proxy that delays each direction by half of a round trip. Yields the database's URL through it."""
    parts = urlsplit(database_url)
    delay = round_trip_seconds / 2
    connections: set[asyncio.Task[None]] = set()

    async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Keep the distance in time between the parts, however many are on the way."""
        loop = asyncio.get_running_loop()
        due: deque[tuple[float, bytes]] = deque()
        arrived = asyncio.Event()

        async def deliver() -> None:
            while True:
                await arrived.wait()
                while due:
                    at, part = due[0]
                    if (ahead := at - loop.time()) > 0:
                        await asyncio.sleep(ahead)
                    due.popleft()
                    writer.write(part)
                arrived.clear()

        delivering = asyncio.create_task(deliver())
        try:
            while part := await reader.read(65536):
                due.append((loop.time() + delay, part))
                arrived.set()
        finally:
            delivering.cancel()
            writer.close()

    async def connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        current = asyncio.current_task()
        assert current is not None
        connections.add(current)
        try:
            other_reader, other_writer = await asyncio.open_connection(parts.hostname, parts.port)
            await asyncio.gather(forward(reader, other_writer), forward(other_reader, writer))
        except OSError:
            writer.close()
        finally:
            connections.discard(current)

    server = await asyncio.start_server(connect, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    credentials = parts.netloc.rpartition("@")[0]
    try:
        yield urlunsplit(parts._replace(netloc=f"{credentials}@127.0.0.1:{port}"))
    finally:
        server.close()
        for connection in connections:
            connection.cancel()
