"""Runs the benchmark, prints its tables and writes `docs/benchmarks`: `make bench`."""

import argparse
import asyncio
import re
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

import psutil

from load.bench import Bench, open_bench
from load.dev_stack import dev_stack, measure_accounts
from load.pauses import measure_pauses
from load.processes import MEASURED, OTHERS, pin
from load.report import FOLDER, Goal, goals_json, goals_table, machine, round_json, table, write_json
from load.tokens import compare_token_checks
from load.turns import CASES, compare, turn_goals, turns_json, turns_table
from load.waits import measure_crowd, measure_distance, measure_half_of_capacity, measure_start

PARTS = ("turns", "waits", "tokens", "stack")
CROWD = 1000
MODEL_SECONDS = 2
STARTS = 3
MAX_DISTANT_TURNS = 40
PAUSE_SECONDS = 5


@dataclass
class Run:
    """A run of the benchmark, and what it has measured so far."""

    rounds: int
    turns: int
    figures: dict[str, Any] = field(default_factory=dict)
    goals: list[Goal] = field(default_factory=list)
    bars: Mapping[str, float] = field(default_factory=dict)

    async def measure(self, parts: Sequence[str], only: str) -> None:
        async with AsyncExitStack() as stack:
            bench = await stack.enter_async_context(open_bench())
            if "turns" in parts:
                await self._turns(bench, only)
            if "waits" in parts:
                await self._waits(bench)
            if "tokens" in parts:
                await self._tokens(bench)
        if "stack" in parts:
            await self._stack()

    async def _turns(self, bench: Bench, only: str) -> None:
        cases = [case for case in CASES if re.fullmatch(only or ".*", case.name)]
        figures = await compare(bench, cases, rounds=self.rounds, turns=self.turns)
        show(turns_table(figures))
        self.goals += turn_goals(figures)
        self.figures["turns"] = turns_json(figures)
        self.bars = {case.name: measured.per_second for case, measured in figures.items()}

    async def _waits(self, bench: Bench) -> None:
        distant = await measure_distance(bench, min(self.turns, MAX_DISTANT_TURNS))
        rows = [[each.case.name, f"{each.round_trips:.2f}", f"{each.milliseconds:.1f} ms"] for each in distant]
        show(table(["20 ms from the database", "round trips", "p50"], rows))
        half = await measure_half_of_capacity(bench, self.turns * 10)
        crowd = await measure_crowd(bench, CROWD, MODEL_SECONDS)
        start_seconds, megabytes = measure_start(bench, STARTS)
        self.goals += [
            Goal("plain turn, 20 ms per round trip, p50", distant[0].milliseconds, 48, "ms"),
            Goal("p99 / p50 at half of capacity", half.percentile(99) / half.percentile(50), 3),
            Goal("failures at half of capacity", half.failures.total(), 0, ""),
            Goal(f"{CROWD:,} turns at once, of the model's {MODEL_SECONDS} s", crowd.seconds / MODEL_SECONDS, 2),
            Goal(f"failures of {CROWD:,} turns at once", crowd.failures.total(), 0, ""),
            Goal("start to ready", start_seconds, 1.5, "s"),
        ]
        self.figures |= {
            "distance": [
                {"turn": each.case.name, "round_trips": each.round_trips, "p50_milliseconds": each.milliseconds}
                for each in distant
            ],
            "half_of_capacity": round_json(half),
            "crowd": round_json(crowd),
            "start": {"seconds": start_seconds, "megabytes": megabytes},
        }

    async def _tokens(self, bench: Bench) -> None:
        checks = await compare_token_checks(bench.issuer, self.rounds)
        raw = checks["signature only"]
        rows = [[name, f"{seconds * 1e6:.0f} µs", f"{seconds / raw:.2f}"] for name, seconds in checks.items()]
        show(table(["token check", "CPU", "of the signature"], rows))
        self.figures["token_check_cpu_microseconds"] = {name: seconds * 1e6 for name, seconds in checks.items()}

    async def _stack(self) -> None:
        with dev_stack() as stack:
            memory = stack.memory_megabytes()
            accounts = await measure_accounts(stack, self.rounds, self.turns)
        rates = {request: median(each.per_second for each in rounds) for request, rounds in accounts.items()}
        show(table(["auth-service", "requests/s"], [[request, f"{rate:.0f}"] for request, rate in rates.items()]))
        show(table(["make dev", "memory (PSS)"], [[name, f"{size:.0f} MB"] for name, size in memory.items()]))
        self.goals.append(Goal("make dev, all processes", sum(memory.values()), 420, "MB"))
        self.figures |= {"make_dev_megabytes": memory, "auth_service_per_second": rates}


def show(text: str) -> None:
    print(text, end="\n\n", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the api against its limits.")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--only", default="", help="only the turns whose whole names this regular expression matches")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--turns", type=int, default=100, help="of each kind in each round")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="for the figures and the plot of a whole run")
    arguments = parser.parse_args()
    parts = ["turns"] if arguments.only else arguments.parts
    conditions = machine()
    pauses = measure_pauses([*MEASURED, *OTHERS[:1]], PAUSE_SECONDS)
    show(f"The machine interrupts a busy program: {pauses}.")
    pin(psutil.Process(), OTHERS)
    run = Run(arguments.rounds, arguments.turns)
    asyncio.run(run.measure(parts, arguments.only))
    if run.goals:
        show(goals_table(run.goals))
    if parts == PARTS:
        from load.plots import write_bars

        figures = {"machine": {**conditions, "pauses": asdict(pauses)}, **run.figures, "goals": goals_json(run.goals)}
        write_json(arguments.folder / "bench.json", figures)
        write_bars(arguments.folder / "bench.svg", "Turns per second on one processor", run.bars)


if __name__ == "__main__":
    main()
