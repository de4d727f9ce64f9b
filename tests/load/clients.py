"""Clients with as little work of their own as possible: they share the machine with what they measure."""

import asyncio
import json
import re
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

_LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)


class Refused(Exception):
    """A request was not answered with 200."""


class Connection:
    """One kept connection to a server on this machine."""

    def __init__(self, port: int) -> None:
        self._port = port

    async def __aenter__(self) -> "Connection":
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port, limit=2**24)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._writer.close()

    async def send(self, request: bytes) -> bytes:
        """Send a request and return the body of its answer.

        Raises:
            Refused: the status is not 200.
        """
        self._writer.write(request)
        head = await self._reader.readuntil(b"\r\n\r\n")
        found = _LENGTH.search(head)
        body = await self._reader.readexactly(int(found[1])) if found else b""
        if not head.startswith(b"HTTP/1.1 200"):
            raise Refused(head.split(b"\r\n", 1)[0].decode(), body.decode(errors="replace")[:500])
        return body


def http_request(method: str, path: str, body: Any = None, **headers: str) -> bytes:
    """Encode a request."""
    document = b"" if body is None else json.dumps(body).encode()
    lines = [f"{method} {path} HTTP/1.1", "host: 127.0.0.1", f"content-length: {len(document)}"]
    if document:
        lines.append("content-type: application/json")
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + document


@dataclass(frozen=True)
class Round:
    """What one round measured.

    Attributes:
        seconds: how long it took in all.
        latencies: of each request, in seconds.
    """

    seconds: float
    latencies: list[float]

    @property
    def per_second(self) -> float:
        return len(self.latencies) / self.seconds


async def send_all(port: int, requests: Sequence[bytes], clients: int) -> Round:
    """Send the requests over so many connections, each as soon as the last one of its connection is answered."""
    waiting = iter(requests)
    latencies: list[float] = []

    async def client(connection: Connection) -> None:
        for request in waiting:
            began = time.perf_counter()
            await connection.send(request)
            latencies.append(time.perf_counter() - began)

    connections = [Connection(port) for _ in range(clients)]
    for connection in connections:
        await connection.__aenter__()
    began = time.perf_counter()
    try:
        async with asyncio.TaskGroup() as tasks:
            for connection in connections:
                tasks.create_task(client(connection))
        return Round(time.perf_counter() - began, latencies)
    finally:
        for connection in connections:
            await connection.__aexit__()


async def send_at_rate(port: int, requests: Iterable[bytes], per_second: float, clients: int) -> Round:
    """Send the requests at fixed times, whether earlier ones are answered or not. A late start counts as waiting."""
    latencies: list[float] = []
    free: asyncio.Queue[Connection] = asyncio.Queue()
    connections = [Connection(port) for _ in range(clients)]
    for connection in connections:
        free.put_nowait(await connection.__aenter__())

    async def one(request: bytes, due: float) -> None:
        connection = await free.get()
        await connection.send(request)
        latencies.append(time.perf_counter() - due)
        free.put_nowait(connection)

    began = time.perf_counter()
    try:
        async with asyncio.TaskGroup() as tasks:
            for number, request in enumerate(requests):
                due = began + number / per_second
                if (ahead := due - time.perf_counter()) > 0:
                    await asyncio.sleep(ahead)
                tasks.create_task(one(request, due))
        return Round(time.perf_counter() - began, latencies)
    finally:
        for connection in connections:
            await connection.__aexit__()
