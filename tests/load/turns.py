"""The main comparison: turns per second on one processor, the sides in turn in every round."""

import json
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from statistics import median

from load.bench import Bench, Case
from load.clients import Connection, Round, percentile, send_all
from load.data import remove_turns
from load.processes import Server
from load.report import Goal, table

CLIENTS = 8
HTTP_SIDES = ("ours, responses", "ours, chat completions")
CASES = [
    *(Case(side, 20, calls) for calls in (0, 1, 3) for side in ("limit", "usual", "ours", *HTTP_SIDES)),
    *(Case(side, messages) for messages in (0, 100, 220, 1000) for side in ("usual", "ours", *HTTP_SIDES)),
]


@dataclass
class Figures:
    """The measurements of a case's rounds.

    Attributes:
        cpu_seconds: the server's, per turn.
        megabytes: the server's memory at the end.
    """

    rounds: list[Round] = field(default_factory=list)
    cpu_seconds: list[float] = field(default_factory=list)
    megabytes: float = 0

    @property
    def per_second(self) -> float:
        return median(each.per_second for each in self.rounds)

    @property
    def cpu_milliseconds(self) -> float:
        return median(self.cpu_seconds) * 1000

    def latency_milliseconds(self, percent: float) -> float:
        return percentile((latency for each in self.rounds for latency in each.latencies), percent) * 1000


async def compare(bench: Bench, cases: Sequence[Case], *, rounds: int, turns: int) -> dict[Case, Figures]:
    """Measure all cases in each round, so that a noisy machine hurts all alike. A first round warms up."""
    figures = {case: Figures() for case in cases}
    requests = {case: await bench.requests(case, turns) for case in cases}
    with ExitStack() as stack:
        servers = {side: stack.enter_context(bench.serve(side)) for side in dict.fromkeys(case.side for case in cases)}
        for case in cases:
            await _require_calls(servers[case.side], case, requests[case][0])
        for number in range(rounds + 1):
            await remove_turns(bench.database)
            for case in cases:
                await _measure(servers[case.side], requests[case], figures[case], is_kept=number > 0)
    return figures


async def _require_calls(server: Server, case: Case, request: bytes) -> None:
    async with Connection(server.port) as connection:
        status, body = await connection.send(request)
    if status != 200 or len(json.loads(body)["tool_calls"]) != case.calls:
        raise RuntimeError(f"{case.name}: {status} {body.decode()}")


async def _measure(server: Server, requests: list[bytes], figures: Figures, *, is_kept: bool) -> None:
    before = server.cpu_seconds()
    done = (await send_all(server.port, requests, CLIENTS)).require_answers()
    if is_kept:
        figures.rounds.append(done)
        figures.cpu_seconds.append((server.cpu_seconds() - before) / len(requests))
        figures.megabytes = server.memory_megabytes()


def turns_table(figures: Mapping[Case, Figures]) -> str:
    """The figures, with ratios to the limit with as many calls."""
    limits = {case.calls: measured for case, measured in figures.items() if case.side == "limit"}
    rows = [
        [
            case.name,
            f"{measured.per_second:.0f}",
            f"{measured.per_second / limits[case.calls].per_second:.2f}" if case.calls in limits else "",
            f"{measured.cpu_milliseconds:.2f} ms",
            _cpu_ratio(limits[case.calls], measured) if case.calls in limits else "",
            f"{measured.latency_milliseconds(50):.1f} ms",
            f"{measured.latency_milliseconds(99):.1f} ms",
        ]
        for case, measured in figures.items()
    ]
    return table(["turn", "turns/s", "of the limit", "CPU", "of the limit", "p50", "p99"], rows)


def _cpu_ratio(limit: Figures, measured: Figures) -> str:
    """Return the ratio, or nothing if either took less CPU time than the system can measure (often 10 ms)."""
    if not (limit.cpu_milliseconds and measured.cpu_milliseconds):
        return ""
    return f"{limit.cpu_milliseconds / measured.cpu_milliseconds:.2f}"


def turn_goals(figures: Mapping[Case, Figures]) -> list[Goal]:
    """The goals whose cases were measured."""
    goals = []

    def compare_sides(name: str, ours: Case, other: Case, least: float) -> None:
        if {ours, other} <= figures.keys():
            value = figures[ours].per_second / figures[other].per_second
            goals.append(Goal(name, value, least, is_at_most=False))

    compare_sides("turn, 20 messages, of the limit", Case("ours"), Case("limit"), 0.65)
    compare_sides("turn, 20 messages, against the usual way", Case("ours"), Case("usual"), 5)
    for side in HTTP_SIDES:
        if {Case(side, 220), Case(side)} <= figures.keys():
            latencies = [figures[Case(side, messages)].latency_milliseconds(50) for messages in (220, 20)]
            goals.append(Goal(f"p50, 220 messages against 20, {side}", latencies[0] / latencies[1], 1.4))
    return goals


def turns_json(figures: Mapping[Case, Figures]) -> list[dict[str, object]]:
    return [
        {
            "side": case.side,
            "messages": case.messages,
            "calls": case.calls,
            "turns_per_second": measured.per_second,
            "cpu_milliseconds": measured.cpu_milliseconds,
            "p50_milliseconds": measured.latency_milliseconds(50),
            "p99_milliseconds": measured.latency_milliseconds(99),
        }
        for case, measured in figures.items()
    ]
