"""Measures the containers of a stack: their processor time, memory, and connections to Postgres."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from types import TracebackType
from typing import Any, Self

import httpx

from compose.stack import Stack

SERVICES = ("api", "db", "gateway", "model", "auth-service")
SAMPLE_SECONDS = 0.25
_CONNECTIONS = """select usename, count(*), count(*) filter (where state <> 'idle') from pg_stat_activity
                  where usename in ('chat_api', 'auth_service') group by usename"""


class Containers:
    """Asks the engine's API what containers use, because `docker stats` takes seconds and only knows percentages."""

    def __init__(self, stack: Stack) -> None:
        """Raises RuntimeError if the engine doesn't listen on a Unix socket."""
        host = stack.docker("context", "inspect", "--format", "{{.Endpoints.docker.Host}}").strip()
        if not host.startswith("unix://"):
            raise RuntimeError(f"The Docker engine must be on this machine, not at {host}.")
        transport = httpx.HTTPTransport(uds=host.removeprefix("unix://"))
        self._engine = httpx.Client(transport=transport, base_url="http://engine", timeout=30)
        self._stack = stack
        self._found: dict[str, list[str]] = {}
        self._nanoseconds: Counter[str] = Counter()

    def find(self) -> None:
        """Find the containers that run now."""
        self._found = {service: self._stack.containers(service) for service in SERVICES}

    def cpu_seconds(self) -> dict[str, float]:
        """Return the processor time of each service's containers. Those that ended keep what was last known."""
        for service, containers in self._found.items():
            for container, statistics in zip(containers, self._statistics(service), strict=True):
                used = int(statistics["cpu_stats"]["cpu_usage"]["total_usage"])
                self._nanoseconds[container] = max(self._nanoseconds[container], used)
        return {service: sum(map(self._nanoseconds.__getitem__, ids)) / 1e9 for service, ids in self._found.items()}

    def megabytes(self, service: str) -> float:
        """Return the memory of the service's largest container, without files that can be dropped; 0 if none runs."""
        return max(_used(each["memory_stats"]) for each in self._statistics(service)) / 1e6

    def _statistics(self, service: str) -> list[dict[str, Any]]:
        parameters = {"stream": "false", "one-shot": "true"}
        return [
            self._engine.get(f"/containers/{container}/stats", params=parameters).raise_for_status().json()
            for container in self._found[service]
        ]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._engine.close()


def _used(memory: dict[str, Any]) -> float:
    statistics = memory.get("stats", {})
    # The names in version 2 and 1 of control groups.
    dropped = statistics.get("inactive_file", statistics.get("total_inactive_file", 0))
    return float(memory.get("usage", 0) - dropped)


class Psql:
    """One session of the superuser, because each `docker exec` takes processor time."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def rows(self, statement: str) -> list[list[str]]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{statement};\n\\echo end of rows\n".encode())
        found: list[list[str]] = []
        async for line in self._process.stdout:
            if line == b"end of rows\n":
                return found
            found.append(line.decode().removesuffix("\n").split("|"))
        raise RuntimeError(f"psql ended during {statement}")


@asynccontextmanager
async def open_psql(stack: Stack) -> AsyncIterator[Psql]:
    [container] = stack.containers("db")
    psql = ("psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-h", "/var/run/postgresql", "-U", "taskchat")
    process = await asyncio.create_subprocess_exec(
        *("docker", "exec", "-i", container, *psql),
        env=stack.environment,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        yield Psql(process)
    finally:
        assert process.stdin is not None
        process.stdin.close()
        await process.wait()


@asynccontextmanager
async def watch_connections(psql: Psql) -> AsyncIterator[Counter[str]]:
    """Yield the most connections that were open at a time by role, and under `ROLE, busy` those with a statement."""
    most: Counter[str] = Counter()

    over = asyncio.Event()

    async def watch() -> None:
        while not over.is_set():
            for role, there, busy in await psql.rows(_CONNECTIONS):
                most[role] = max(most[role], int(there))
                most[f"{role}, busy"] = max(most[f"{role}, busy"], int(busy))
            with suppress(TimeoutError):
                await asyncio.wait_for(over.wait(), SAMPLE_SECONDS)

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(watch())
        try:
            yield most
        finally:
            over.set()
