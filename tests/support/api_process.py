"""The api as a process of its own, as a deployment runs it."""

import json
import multiprocessing
import os
import signal
import socket
import threading
import time
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Any, Self

import httpx
import uvicorn

from support.http_server import KEEP_ALIVE_SECONDS

START_SECONDS = 60

# Importing the api costs two seconds, so a server that has imported it forks each process.
_forkserver = multiprocessing.get_context("forkserver")
_forkserver.set_forkserver_preload(["httpx", "pytest", "uvicorn", "taskchat.main"])


def _serve(environment: dict[str, str], options: list[str], listening: socket.socket, output: Connection) -> None:
    """Become `uvicorn taskchat.main:app`."""
    os.environ.clear()
    os.environ.update(environment)
    for standard in (1, 2):
        os.dup2(output.fileno(), standard)
    output.close()
    uvicorn.main(["taskchat.main:app", "--fd", str(listening.fileno()), *options])


class ApiProcess:
    """`uvicorn taskchat.main:app` with the given environment and nothing else of ours.

    Attributes:
        url: where it listens.
        output: the lines it has written so far.
    """

    def __init__(self, environment: dict[str, str], *, grace_seconds: int = 3, probe: str = "/readyz") -> None:
        """Starts nothing yet; `probe` is the address that answers 200 when it has started."""
        self._environment = {"PATH": os.environ["PATH"], **environment}
        self._options = [
            *("--timeout-graceful-shutdown", str(grace_seconds)),
            *("--timeout-keep-alive", str(KEEP_ALIVE_SECONDS)),
        ]
        self._probe = probe
        self.output: list[str] = []

    def __enter__(self) -> Self:
        reading, writing = _forkserver.Pipe(duplex=False)
        with socket.socket() as listening, writing:
            listening.bind(("127.0.0.1", 0))
            self.url = f"http://127.0.0.1:{listening.getsockname()[1]}"
            arguments = (self._environment, self._options, listening, writing)
            self._process = _forkserver.Process(target=_serve, args=arguments)
            self._process.start()
        self._reader = threading.Thread(target=self._read, args=[reading])
        self._reader.start()
        try:
            self._wait_until_ready()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def _read(self, reading: Connection) -> None:
        with reading, open(reading.fileno(), closefd=False) as lines:
            self.output.extend(lines)

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self._process.is_alive():
            try:
                if httpx.get(f"{self.url}{self._probe}", timeout=5).status_code == 200:
                    return
            except httpx.TransportError:
                continue
        raise RuntimeError("the api did not start: " + "".join(self.output))

    def logged(self) -> list[dict[str, Any]]:
        """The log so far, a dictionary a line."""
        return [json.loads(line) for line in self.output]

    def kill(self) -> None:
        self._process.kill()

    def wait(self, seconds: float = 30) -> int | None:
        """Its exit status, negative for a signal; None if it is still running after so many seconds."""
        self._process.join(seconds)
        return self._process.exitcode

    def stop(self, seconds: float = 30) -> None:
        """Ask it to stop, and wait until it has ended in good order, for so many seconds at most."""
        self._process.terminate()
        status = self.wait(seconds)
        assert status is not None, f"still running after {seconds} s: " + "".join(self.output)
        self._reader.join(30)
        # uvicorn shuts down, then ends by the signal that it got.
        assert status == -signal.SIGTERM, f"exit status {status}: " + "".join(self.output)
        assert "Application shutdown complete." in "".join(self.output)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()
        self.wait()
        self._reader.join(30)
