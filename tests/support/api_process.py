"""The api as a process of its own, as a deployment runs it."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from types import TracebackType
from typing import Any, Self

import httpx

from support.http_server import KEEP_ALIVE_SECONDS

START_SECONDS = 60


class ApiProcess:
    """`uvicorn taskchat.main:app` with the given environment and nothing else of ours.

    Attributes:
        url: where it listens.
        output: the lines it has written so far.
    """

    def __init__(self, environment: dict[str, str], *, grace_seconds: int = 3, probe: str = "/readyz") -> None:
        """Starts nothing yet; `probe` is the address that answers 200 when it has started."""
        self._environment = environment
        self._grace_seconds = grace_seconds
        self._probe = probe
        self.output: list[str] = []

    def __enter__(self) -> Self:
        with socket.socket() as listening:
            listening.bind(("127.0.0.1", 0))
            self.url = f"http://127.0.0.1:{listening.getsockname()[1]}"
            options = [
                *("--fd", str(listening.fileno())),
                *("--timeout-graceful-shutdown", str(self._grace_seconds)),
                *("--timeout-keep-alive", str(KEEP_ALIVE_SECONDS)),
            ]
            self.process = subprocess.Popen(
                [sys.executable, "-m", "uvicorn", "taskchat.main:app", *options],
                env={"PATH": os.environ["PATH"], **self._environment},
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                pass_fds=[listening.fileno()],
            )
        self._reader = threading.Thread(target=self._read)
        self._reader.start()
        try:
            self._wait_until_ready()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def _read(self) -> None:
        assert self.process.stdout is not None
        self.output.extend(iter(self.process.stdout.readline, ""))

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                if httpx.get(f"{self.url}{self._probe}", timeout=5).status_code == 200:
                    return
            except httpx.TransportError:
                continue
        raise RuntimeError("the api did not start: " + "".join(self.output))

    def logged(self) -> list[dict[str, Any]]:
        """The log so far, a dictionary a line."""
        return [json.loads(line) for line in self.output]

    def stop(self, seconds: float = 30) -> None:
        """Ask it to stop, and wait until it has ended in good order, for so many seconds at most."""
        self.process.terminate()
        status = self.process.wait(seconds)
        self._reader.join(30)
        # uvicorn shuts down, then ends by the signal that it got.
        assert status == -signal.SIGTERM, f"exit status {status}: " + "".join(self.output)
        assert "Application shutdown complete." in "".join(self.output)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.process.kill()
        self.process.wait(30)
        self._reader.join(30)
        if self.process.stdout is not None:
            self.process.stdout.close()
