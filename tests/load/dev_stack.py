"""`make dev` as a process: its memory, and auth-service's requests."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import httpx
import psutil

from load.clients import Round, http_request, send_all
from load.processes import MEASURED, memory_megabytes, pin
from support.database import ROOT
from taskchat_dev_stack.postgres.data_folder import temporary_folder
from taskchat_dev_stack.processes.ports import reserve_port
from taskchat_dev_stack.running import find_running

CLIENTS = 4
SIGN_IN_SHARE = 10
"""One sign-in per so many other requests, because hashing a password is slow on purpose."""


@dataclass(frozen=True)
class DevStack:
    """A running `make dev`."""

    process: psutil.Process
    auth_port: int

    def memory_megabytes(self) -> dict[str, float]:
        """The memory by program."""
        kinds: dict[str, list[psutil.Process]] = {}
        for process in [self.process, *self.process.children(recursive=True)]:
            with suppress(psutil.NoSuchProcess):
                kinds.setdefault(_kind(process), []).append(process)
        return {kind: memory_megabytes(processes) for kind, processes in sorted(kinds.items())}

    @property
    def auth_service(self) -> psutil.Process:
        return next(each for each in self.process.children(recursive=True) if _kind(each) == "auth-service")


def _kind(process: psutil.Process) -> str:
    command = process.cmdline()
    line = " ".join(command)
    if "supervisor.py" in line:
        return "supervisors"
    for part, kind in (
        ("-m taskchat ", "api"),
        ("auth-service/src/main.ts", "auth-service"),
        ("caddy", "gateway"),
    ):
        if part in line:
            return kind
    return "make dev" if "taskchat_dev_stack" in line else str(process.name())


@contextmanager
def dev_stack() -> Iterator[DevStack]:
    """Start `make dev` with a new data folder, and stop it at the end."""
    with temporary_folder() as data:
        process = psutil.Popen(
            [sys.executable, "-m", "taskchat_dev_stack", "--env-file", os.devnull],
            cwd=ROOT,
            env={"PATH": os.environ["PATH"], "TASKCHAT_DATA": str(data), "PORT": str(reserve_port())},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
        )
        try:
            lines: list[str] = []
            while not any("Taskchat is ready" in line for line in lines[-1:]):
                lines.append(process.stdout.readline())
                if not lines[-1]:
                    raise RuntimeError("make dev did not start: " + "".join(lines))
            running = find_running(data)
            assert running is not None
            yield DevStack(process, int(running.auth["AUTH_LISTEN_ADDRESS"].rpartition(":")[2]))
        finally:
            process.terminate()
            process.communicate()


async def measure_accounts(stack: DevStack, rounds: int, number: int) -> dict[str, list[Round]]:
    """Measure auth-service's requests on one processor, in turn in every round. A first round warms up."""
    pin(stack.auth_service, MEASURED)
    account = {"name": "Bench", "email": "bench@example.com", "password": "seven quiet lanterns"}
    url = f"http://127.0.0.1:{stack.auth_port}"
    async with httpx.AsyncClient(base_url=url, timeout=30, trust_env=False) as client:
        (await client.post("/api/auth/sign-up/email", json=account)).raise_for_status()
        cookie = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
    requests = {
        "POST /api/auth/sign-in/email": [http_request("POST", "/api/auth/sign-in/email", account)]
        * max(1, number // SIGN_IN_SHARE),
        "GET /api/auth/token": [http_request("GET", "/api/auth/token", cookie=cookie)] * number,
        "GET /api/auth/get-session": [http_request("GET", "/api/auth/get-session", cookie=cookie)] * number,
    }
    measured: dict[str, list[Round]] = {name: [] for name in requests}
    for _ in range(rounds + 1):
        for name, of_kind in requests.items():
            measured[name].append((await send_all(stack.auth_port, of_kind, CLIENTS)).require_answers())
    return {name: done[1:] for name, done in measured.items()}
