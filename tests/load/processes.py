"""The programs of a benchmark, each pinned to a processor where the system can do that."""

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import IO

import httpx
import psutil

from support.database import ROOT

API = "taskchat.main:app"
START_SECONDS = 180
STOP_SECONDS = 10

_PROCESSORS = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else [0]
MEASURED = _PROCESSORS[:1]
"""The processor of the server that is measured."""
OTHERS = _PROCESSORS[1:] or MEASURED
"""Those of the clients, the database and the model."""


def pin(process: psutil.Process, processors: list[int]) -> None:
    """Keep all threads of a process on these processors, if the system can do that."""
    if hasattr(os, "sched_setaffinity"):
        for thread in process.threads():
            os.sched_setaffinity(thread.id, processors)


def memory_megabytes(processes: Iterable[psutil.Process]) -> float:
    """The memory of the processes; what they share counts once where the system can tell (PSS)."""
    total = 0
    for process in processes:
        with suppress(psutil.NoSuchProcess):  # a worker of Postgres that has ended since it was listed
            info = process.memory_full_info()
            total += getattr(info, "pss", info.rss)
    return total / 1e6


@dataclass(frozen=True)
class Server:
    """A running server.

    Attributes:
        port: on 127.0.0.1.
        start_seconds: how long it took until it was ready.
    """

    process: psutil.Process
    port: int
    start_seconds: float

    def cpu_seconds(self) -> float:
        times = self.process.cpu_times()
        return float(times.user + times.system)

    def memory_megabytes(self) -> float:
        return float(self.process.memory_info().rss) / 1e6


@contextmanager
def serve(application: str, environment: Mapping[str, str]) -> Iterator[Server]:
    """Run the api as its image does, or another application with the same options, on the measured processor."""
    other = ["uvicorn", application, "--no-server-header", "--timeout-keep-alive", "125"]
    program = ["taskchat"] if application == API else other
    began = time.perf_counter()
    with _program(["-m", *program, "--no-access-log"], environment, MEASURED) as (process, port, output):
        while (status := _status(port)) == 503:
            time.sleep(0.02)
        if status is None:
            raise RuntimeError(f"{application} did not start: {_text(output)}")
        yield Server(process, port, time.perf_counter() - began)


def _status(port: int) -> int | None:
    """What the readiness probe answers; None if the server has exited."""
    try:
        with httpx.Client(trust_env=False, timeout=START_SECONDS) as client:
            return client.get(f"http://127.0.0.1:{port}/readyz").status_code
    except httpx.TransportError:
        return None


@contextmanager
def instant_model(seconds: float = 0) -> Iterator[str]:
    """Run the HTTP model, whose answers take that long. Yields its base URL."""
    with _program(["-m", "load.models", "--seconds", str(seconds)], {}, OTHERS) as (_, port, _):
        yield f"http://127.0.0.1:{port}/v1"


@contextmanager
def _program(
    arguments: list[str], environment: Mapping[str, str], processors: list[int]
) -> Iterator[tuple[psutil.Process, int, IO[str]]]:
    """Run a Python program that listens on the socket that `--fd` names. Yields its process, port and output."""
    with tempfile.TemporaryFile("w+", encoding="utf-8") as output:
        with socket.socket() as listening:
            # uvicorn takes every inherited socket for a Unix socket, and then does not set this.
            listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            listening.bind(("127.0.0.1", 0))
            listening.listen(2048)
            port = listening.getsockname()[1]
            process = psutil.Popen(
                [sys.executable, *arguments, "--fd", str(listening.fileno())],
                cwd=ROOT,
                env={"PATH": os.environ["PATH"], "PYTHONPATH": "tests", "PYTHONUTF8": "1", **environment},
                stdout=output,
                stderr=subprocess.STDOUT,
                pass_fds=[listening.fileno()],
            )
            pin(process, processors)
        try:
            yield process, port, output
        finally:
            process.terminate()
            try:
                process.wait(STOP_SECONDS)
            except psutil.TimeoutExpired:
                process.kill()
                process.wait()


def _text(output: IO[str]) -> str:
    output.seek(0)
    return output.read()
