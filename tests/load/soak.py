"""Hours of turns in minutes: `make soak` watches memory, latency and connections at half of the api's capacity."""

import argparse
import asyncio
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Any

import psutil

from load.bench import Bench, Case, open_bench
from load.clients import Round, send_all, send_at_rate
from load.processes import OTHERS, Server, memory_megabytes, pin
from load.report import FOLDER, Goal, goals_json, goals_table, machine, table, write_json
from load.turns import CLIENTS

SIDE = "ours, responses"
WARM_UP_TURNS = 200
SAMPLES = 90
MIN_SAMPLE_SECONDS = 2
CONNECTIONS = 64
CALLS_SHARE = 5
"""One turn in so many calls a tool."""


@dataclass(frozen=True)
class Sample:
    """The state at the end of a window, and what the window measured.

    Attributes:
        turns: answered since the start.
        connections: of the api to Postgres.
    """

    minutes: float
    turns: int
    failures: dict[str, int]
    p50_milliseconds: float
    p99_milliseconds: float
    api_megabytes: float
    postgres_megabytes: float
    connections: int


async def soak(minutes: float, folder: Path) -> None:
    conditions = machine()
    async with open_bench() as bench:
        with bench.serve(SIDE) as server:
            rate = await _capacity(bench, server) / 2
            print(f"{rate:.0f} turns/s for {minutes:g} minutes", flush=True)
            samples = await _watch(bench, server, rate, minutes * 60)
    write_report(conditions, rate, samples, folder)


def write_report(conditions: Mapping[str, Any], rate: float, samples: list[Sample], folder: Path) -> None:
    """Print the figures, and write them and their plots into the folder."""
    from load.plots import write_lines

    goals = soak_goals(samples)
    print(table(["minutes", "turns", "p50", "p99", "api", "postgres", "connections"], list(_rows(samples))))
    print("\n" + goals_table(goals))
    figures = {"turns_per_second": rate, "samples": [asdict(sample) for sample in samples]}
    write_json(folder / "soak.json", {"machine": conditions, **figures, "goals": goals_json(goals)})
    for name, title, members in (
        ("memory", "Memory in MB", ("api_megabytes", "postgres_megabytes")),
        ("latency", "Latency in ms", ("p50_milliseconds", "p99_milliseconds")),
        ("connections", "Connections of the api to Postgres", ("connections",)),
    ):
        lines = {member.partition("_")[0]: [getattr(sample, member) for sample in samples] for member in members}
        write_lines(folder / f"soak-{name}.svg", title, [sample.minutes for sample in samples], lines)


async def _capacity(bench: Bench, server: Server) -> float:
    requests = await bench.requests(Case(SIDE, 4), WARM_UP_TURNS)
    await send_all(server.port, requests, CLIENTS)
    return (await send_all(server.port, requests, CLIENTS)).require_answers().per_second


async def _watch(bench: Bench, server: Server, rate: float, seconds: float) -> list[Sample]:
    window = max(MIN_SAMPLE_SECONDS, seconds / SAMPLES)
    requests = await _mixed_requests(bench, max(1, int(rate * seconds)))
    samples: list[Sample] = []
    passed, turns = 0.0, 0
    while batch := list(islice(requests, max(1, round(rate * window)))):
        done = await send_at_rate(server.port, batch, rate, CONNECTIONS)
        passed, turns = passed + done.seconds, turns + len(done.latencies)
        samples.append(await _sample(bench, server, done, passed, turns))
    return samples


async def _mixed_requests(bench: Bench, number: int) -> Iterator[bytes]:
    """Plain turns and turns with a call, of conversations that begin with four messages."""
    with_call = iter(await bench.requests(Case(SIDE, 4, 1), number // CALLS_SHARE + 1))
    plain = await bench.requests(Case(SIDE, 4), number)
    return (next(with_call) if n % CALLS_SHARE == 0 else request for n, request in enumerate(plain))


async def _sample(bench: Bench, server: Server, done: Round, seconds: float, turns: int) -> Sample:
    query = "select count(*) from pg_stat_activity where usename = 'chat_api'"
    [row] = await bench.database.fetch(query)
    postgres = []
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            if process.name() == "postgres":
                postgres.append(process)
    return Sample(
        seconds / 60,
        turns,
        dict(done.failures),
        done.percentile(50) * 1000,
        done.percentile(99) * 1000,
        server.memory_megabytes(),
        memory_megabytes(postgres),
        int(row["count"]),
    )


def soak_goals(samples: list[Sample]) -> list[Goal]:
    """Memory is flat if it doesn't grow in the second half."""
    middle, end = samples[len(samples) // 2 :][:5], samples[-5:]
    growth = median(s.api_megabytes for s in end) / median(s.api_megabytes for s in middle)
    return [
        Goal(f"memory of the api after {samples[-1].turns:,} turns", samples[-1].api_megabytes, 160, "MB"),
        Goal("its growth in the second half", growth, 1.03),
        Goal("failures", sum(sum(sample.failures.values()) for sample in samples), 0, ""),
    ]


def _rows(samples: list[Sample]) -> Iterator[list[str]]:
    for sample in samples[:: max(1, len(samples) // 15)]:
        yield [
            f"{sample.minutes:.1f}",
            f"{sample.turns:,}",
            f"{sample.p50_milliseconds:.1f} ms",
            f"{sample.p99_milliseconds:.1f} ms",
            f"{sample.api_megabytes:.0f} MB",
            f"{sample.postgres_megabytes:.0f} MB",
            str(sample.connections),
        ]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Watch the api for minutes at half of its capacity.")
    parser.add_argument("--minutes", type=float, default=15)
    parser.add_argument("--folder", type=Path, default=FOLDER, help="for the figures and the plots")
    arguments = parser.parse_args()
    pin(psutil.Process(), OTHERS)
    asyncio.run(soak(arguments.minutes, arguments.folder))
