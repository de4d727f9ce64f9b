"""The api in a separate process, as a deployment runs it."""

import json
import multiprocessing
import os
import signal
import socket
import sys
import threading
import time
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Any, Self

import httpx

from taskchat.__main__ import main

START_SECONDS = 60

# Importing the api and its offline assistant takes seconds, so a fork server imports them once and forks each process.
_forkserver = multiprocessing.get_context("forkserver")
_forkserver.set_forkserver_preload(
    ["pytest", "taskchat.__main__", "taskchat.main", "taskchat.chat.providers.offline", "offline_assistant.model"]
)


def _serve(environment: dict[str, str], options: list[str], listening: socket.socket, output: Connection) -> None:
    """Run `python -m taskchat` in this process."""
    os.environ.clear()
    os.environ.update(environment)
    for standard in (1, 2):
        os.dup2(output.fileno(), standard)
    output.close()
    # The inherited ones may remember a file, which can seek.
    sys.stdout, sys.stderr = (open(standard, "w", encoding="utf-8", closefd=False) for standard in (1, 2))  # noqa: SIM115
    main(["--fd", str(listening.fileno()), *options])


class ApiProcess:
    """`python -m taskchat` with only the given environment.

    Attributes:
        url: the address that it listens on.
        output: the lines that it has written so far.
    """

    def __init__(self, environment: dict[str, str], *, grace_seconds: int = 3, probe: str = "/readyz") -> None:
        """Configure the process, which starts on entry and is ready once `probe` answers 200."""
        self._environment = {"PATH": os.environ["PATH"], **environment}
        self._options = ["--timeout-graceful-shutdown", str(grace_seconds)]
        self._probe = probe
        self.output: list[str] = []

    def __enter__(self) -> Self:
        reading, writing = _forkserver.Pipe(duplex=False)
        with socket.socket() as listening, writing:
            # uvicorn takes an inherited socket for a Unix socket, and then does not set this.
            listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
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
        with reading, open(reading.fileno(), closefd=False, encoding="utf-8") as lines:
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
        """Return the log so far, one dictionary per line."""
        return [json.loads(line) for line in self.output]

    @property
    def pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid

    def kill(self) -> None:
        self._process.kill()

    def wait(self, seconds: float = 30) -> int | None:
        """Return the exit status, negative for a signal; None if still running."""
        self._process.join(seconds)
        return self._process.exitcode

    def stop(self, seconds: float = 30) -> None:
        """Send SIGTERM and assert that the process shuts down cleanly within `seconds`."""
        self._process.terminate()
        status = self.wait(seconds)
        assert status is not None, f"still running after {seconds} s: " + "".join(self.output)
        self._reader.join(30)
        # uvicorn shuts down, then re-raises the signal that it received.
        assert status == -signal.SIGTERM, f"exit status {status}: " + "".join(self.output)
        assert "Application shutdown complete." in "".join(self.output)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()
        self.wait()
        self._reader.join(30)
