"""The programs of a benchmark, each pinned to a processor if the system can do that."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil

from support.database import ROOT

START_SECONDS = 60
SERVER_CORE = 0


def pin(core: int | None) -> None:
    """Keep this process on one processor, or off the servers' one if None."""
    if not hasattr(os, "sched_setaffinity"):
        return
    every = set(range(os.cpu_count() or 1))
    others = every - {SERVER_CORE} or every
    os.sched_setaffinity(0, {core} if core is not None else others)


@dataclass(frozen=True)
class Server:
    """A running side."""

    url: str
    process: psutil.Process

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def cpu_seconds(self) -> float:
        times = self.process.cpu_times()
        return float(times.user + times.system)

    def memory_bytes(self) -> int:
        return int(self.process.memory_info().rss)


@contextmanager
def serve(side: str, environment: Mapping[str, str]) -> Iterator[Server]:
    """Run one of `load.sides` under uvicorn, with the options of the api's image, on the servers' processor."""
    command = [sys.executable, "-m", "load.serve", side]
    with _program(command, environment, core=SERVER_CORE) as (process, port):
        server = Server(f"http://127.0.0.1:{port}", psutil.Process(process.pid))
        with httpx.Client(transport=httpx.HTTPTransport(retries=20), trust_env=False) as client:
            client.get(f"{server.url}/readyz", timeout=START_SECONDS)
        yield server


@contextmanager
def instant_model(seconds: float = 0) -> Iterator[str]:
    """Run the HTTP model beside the clients. Yields its base URL."""
    command = [sys.executable, "-m", "load.models", "--seconds", str(seconds)]
    with _program(command, {}, core=None) as (_process, port):
        yield f"http://127.0.0.1:{port}/v1"


@contextmanager
def _program(
    command: list[str], environment: Mapping[str, str], *, core: int | None
) -> Iterator[tuple["subprocess.Popen[str]", int]]:
    process = subprocess.Popen(
        command,
        cwd=Path(ROOT),
        env={"PATH": os.environ["PATH"], "PYTHONPATH": "tests", **environment},
        stdout=subprocess.PIPE,
        encoding="utf-8",
        preexec_fn=lambda: pin(core),
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line.strip().isdigit():
            raise RuntimeError(f"{' '.join(command)} did not start")
        yield process, int(line)
    finally:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()
