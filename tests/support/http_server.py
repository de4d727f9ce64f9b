"""An ASGI application on a free port of 127.0.0.1, in a thread of the test process."""

import asyncio
import socket
import threading
from types import TracebackType
from typing import Any, Self

import uvicorn

KEEP_ALIVE_SECONDS = 125
"""Longer than clients keep an idle connection, so that they never send into a closing one."""


class _Server(uvicorn.Server):
    """Signals when it has started, and closes every connection before its event loop ends."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.has_started = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.has_started.set()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await super().shutdown(sockets)
        # An unread response keeps its socket open, and the garbage collector would report it during a later test.
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        await asyncio.sleep(0)


class HttpServer:
    """Serves `app` from `__enter__` to `__exit__`, its lifespan included.

    Attributes:
        url: its address, without a trailing slash.
    """

    def __init__(self, app: Any, *, grace_seconds: int = 1, date_header: bool = True) -> None:
        self._socket = socket.socket()
        self._socket.bind(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        config = uvicorn.Config(
            app,
            log_config=None,
            lifespan="auto",
            timeout_graceful_shutdown=grace_seconds,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            date_header=date_header,
        )
        self._server = _Server(config)
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        if not self._server.has_started.wait(30):
            raise RuntimeError("the server did not start")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.should_exit = True
        self._thread.join(30)
        self._socket.close()
