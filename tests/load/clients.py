"""Cheap HTTP clients, because they share the machine with the server that they measure."""

import asyncio
import json
import re
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Self

_LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)


def http_request(method: str, path: str, body: Any = None, **headers: str) -> bytes:
    """Encode a request."""
    document = b"" if body is None else json.dumps(body).encode()
    lines = [f"{method} {path} HTTP/1.1", "host: 127.0.0.1", f"content-length: {len(document)}"]
    if document:
        lines.append("content-type: application/json")
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + document


class Connection:
    """A connection to a server on this machine, kept for many requests."""

    def __init__(self, port: int) -> None:
        self._port = port

    async def __aenter__(self) -> Self:
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port, limit=2**24)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._writer.close()
        with suppress(OSError):
            await self._writer.wait_closed()

    async def send(self, request: bytes) -> tuple[int, bytes]:
        """Return the status and the body of the answer."""
        self._writer.write(request)
        head = await self._reader.readuntil(b"\r\n\r\n")
        length = _LENGTH.search(head)
        return int(head[9:12]), await self._reader.readexactly(int(length[1])) if length else b""


@dataclass
class Round:
    """What became of some requests.

    Attributes:
        seconds: how long all of them took together.
        latencies: of each that was answered with 200, in seconds.
        answered: these requests, in the same order.
        failures: how many weren't, by status or error.
    """

    seconds: float = 0
    latencies: list[float] = field(default_factory=list)
    answered: list[bytes] = field(default_factory=list)
    failures: Counter[str] = field(default_factory=Counter)

    @property
    def per_second(self) -> float:
        return len(self.latencies) / self.seconds

    def percentile(self, percent: float) -> float:
        """The latency that this share of the requests doesn't exceed, in seconds."""
        return percentile(self.latencies, percent)

    def require_answers(self) -> Self:
        """Return this round.

        Raises:
            RuntimeError: a request failed, so the figures mean nothing.
        """
        if self.failures:
            raise RuntimeError(f"not all requests were answered with 200: {dict(self.failures)}")
        return self

    async def add(self, connection: Connection, request: bytes, since: float) -> None:
        """Send a request whose latency counts from `since`."""
        try:
            status, _ = await connection.send(request)
        except (OSError, EOFError) as error:
            self.failures[type(error).__name__] += 1
            await connection.__aexit__()
            await connection.__aenter__()
        else:
            if status == 200:
                self.latencies.append(time.perf_counter() - since)
                self.answered.append(request)
            else:
                self.failures[str(status)] += 1


def percentile(latencies: Iterable[float], percent: float) -> float:
    """The smallest of the latencies that is not exceeded by this share of them; infinite if there are none."""
    ordered = sorted(latencies)
    return ordered[max(0, -int(-len(ordered) * percent // 100) - 1)] if ordered else float("inf")


def during(seconds: float, requests: Iterable[bytes]) -> Iterator[bytes]:
    """Yield requests until this time has passed since the first."""
    end = time.perf_counter() + seconds
    for request in requests:
        if time.perf_counter() >= end:
            return
        yield request


@asynccontextmanager
async def _connections(port: int, number: int) -> AsyncIterator[list[Connection]]:
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(Connection(port)) for _ in range(number)]


async def send_all(port: int, requests: Iterable[bytes], clients: int) -> Round:
    """Send the requests over so many connections, each as soon as the previous one is answered."""
    waiting = iter(requests)
    done = Round()

    async def client(connection: Connection) -> None:
        for request in waiting:
            await done.add(connection, request, time.perf_counter())

    async with _connections(port, clients) as connections:
        began = time.perf_counter()
        await asyncio.gather(*(client(connection) for connection in connections))
        done.seconds = time.perf_counter() - began
    return done


async def send_at_rate(port: int, requests: Iterable[bytes], per_second: float, clients: int) -> Round:
    """Send the requests at fixed times, whether earlier ones are answered or not.

    A latency counts from the time at which the request was due, so it includes the wait for a free connection.
    """
    done = Round()

    async def send(request: bytes, due: float) -> None:
        connection = await free.get()
        await done.add(connection, request, due)
        free.put_nowait(connection)

    async with _connections(port, clients) as connections, asyncio.TaskGroup() as tasks:
        free: asyncio.Queue[Connection] = asyncio.Queue()
        for connection in connections:
            free.put_nowait(connection)
        began = time.perf_counter()
        for number, request in enumerate(requests):
            due = began + number / per_second
            await asyncio.sleep(max(0, due - time.perf_counter()))
            tasks.create_task(send(request, due))
    done.seconds = time.perf_counter() - began
    return done
