"""The connections to a model's server."""

import asyncio
import ssl
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from functools import partial

import httpx

KEEP_SECONDS = 5
"""How long to keep a connection for the next request; many servers close idle ones after that."""
MAX_IDLE = 100


class Connections(httpx.AsyncBaseTransport):
    """A connection for each request under way, kept for the next one.

    httpx's own pool looks at all of its connections for every request, and lets a request wait once it has a thousand.
    So we give each connection a pool of its own, which still does everything else: it connects, also through a proxy,
    and replaces a connection that the server has closed. We don't reuse a pool whose request failed or was cancelled:
    httpcore may still count its connection as busy, and the next request would wait for it.
    """

    def __init__(self, *, tls: ssl.SSLContext, proxy: str | None) -> None:
        limits = httpx.Limits(max_connections=1, keepalive_expiry=KEEP_SECONDS)
        self._create = partial(httpx.AsyncHTTPTransport, verify=tls, proxy=proxy, trust_env=False, limits=limits)
        self._idle: deque[tuple[httpx.AsyncHTTPTransport, float]] = deque()
        """With the time since when, longest idle first."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        connection = self._idle.pop()[0] if self._idle else self._create()
        try:
            with _as_network_error():
                response = await connection.handle_async_request(request)
        except BaseException:
            await connection.aclose()
            raise
        assert isinstance(response.stream, httpx.AsyncByteStream)
        response.stream = _Stream(response.stream, keep=partial(self._keep, connection), discard=connection.aclose)
        return response

    async def _keep(self, connection: httpx.AsyncHTTPTransport) -> None:
        now = asyncio.get_running_loop().time()
        self._idle.append((connection, now))
        while self._idle and (len(self._idle) > MAX_IDLE or self._idle[0][1] < now - KEEP_SECONDS):
            await self._idle.popleft()[0].aclose()

    async def aclose(self) -> None:
        while self._idle:
            await self._idle.pop()[0].aclose()


class _Stream(httpx.AsyncByteStream):
    """A body that returns its connection when it was read completely and is closed."""

    def __init__(
        self,
        stream: httpx.AsyncByteStream,
        *,
        keep: Callable[[], Awaitable[None]],
        discard: Callable[[], Awaitable[None]],
    ) -> None:
        self._stream = stream
        self._keep = keep
        self._discard = discard
        self._is_complete = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with _as_network_error():
            async for chunk in self._stream:
                yield chunk
        self._is_complete = True

    async def aclose(self) -> None:
        try:
            await self._stream.aclose()
        except BaseException:
            await self._discard()
            raise
        await (self._keep() if self._is_complete else self._discard())


@contextmanager
def _as_network_error() -> Iterator[None]:
    """Translate errors of TLS after the handshake, such as a missing client certificate: httpcore lets them through."""
    try:
        yield
    except OSError as error:
        raise httpx.ReadError(str(error)) from error
