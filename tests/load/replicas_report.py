"""The tables, JSON and plot of `make bench-replicas`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from load.clients import Round
from load.report import round_json, table, write_json

DEPLOYED = ("api", "db", "gateway")
PARTS = (*DEPLOYED, "model", "clients")
"""What works on a turn."""


@dataclass(frozen=True)
class Use:
    """What requests used.

    Attributes:
        done: what became of them.
        cpu_seconds: of each service's containers, of `clients`, and of the whole `machine`.
        api_megabytes: the memory of the largest api container afterwards.
        connections: to Postgres, the most at a time, by role; under `ROLE, busy` those with a statement.
    """

    done: Round
    cpu_seconds: Mapping[str, float]
    api_megabytes: float
    connections: Mapping[str, int]

    def busy(self, part: str) -> float:
        """How many processors the part kept busy."""
        return self.cpu_seconds[part] / self.done.seconds

    def cpu_milliseconds(self, part: str) -> float:
        """The part's processor time for each answer."""
        return self.cpu_seconds[part] / max(1, len(self.done.latencies)) * 1000


@dataclass(frozen=True)
class Step:
    """What so many clients got.

    Attributes:
        lost: turns that were answered and not stored.
        doubled: messages and answers that were stored more than once.
    """

    replicas: int
    clients: int
    use: Use
    lost: int
    doubled: int

    @property
    def name(self) -> str:
        return f"{self.replicas} api, {_clients(self.clients)}"


def _clients(number: int) -> str:
    return f"{number} client{'s' if number > 1 else ''}"


def write_report(
    conditions: Mapping[str, Any],
    steps: Sequence[Step],
    sign_ins: Mapping[int, Use],
    gave: Mapping[str, str],
    file: Path,
) -> None:
    """Print the figures, and write them and their plot as this file with the suffixes .json and .svg."""
    from load.plots import write_steps

    print(f"\n{steps_table(steps)}\n\n{cpu_table(steps)}\n\n{sign_ins_table(sign_ins)}\n")
    for name, what in gave.items():
        print(f"{name}: {what}")
    figures = {
        "steps": [_step_json(step) for step in steps],
        "sign_ins": [{"clients": clients, **_use_json(use)} for clients, use in sign_ins.items()],
        "what_gave": gave,
    }
    write_json(file.with_suffix(".json"), {"machine": conditions, **figures})
    lines: dict[str, list[float]] = {}
    for step in steps:
        lines.setdefault(f"{step.replicas} api", []).append(step.use.done.per_second)
    clients = sorted({step.clients for step in steps})
    write_steps(file.with_suffix(".svg"), "Turns per second in containers", "clients", clients, lines)


def steps_table(steps: Sequence[Step]) -> str:
    head = ["step", "turns/s", "p50", "p99", "failures", "lost", "doubled", "connections", "memory"]
    rows = [
        [
            step.name,
            f"{step.use.done.per_second:.0f}",
            f"{step.use.done.percentile(50) * 1000:.0f} ms",
            f"{step.use.done.percentile(99) * 1000:.0f} ms",
            " ".join(f"{what}: {number}" for what, number in step.use.done.failures.items()) or "0",
            str(step.lost),
            str(step.doubled),
            f"{step.use.connections['chat_api, busy']} of {step.use.connections['chat_api']}",
            f"{step.use.api_megabytes:.0f} MB",
            *(f"{step.use.busy(part):.2f}" for part in PARTS),
            f"{step.use.busy('machine'):.2f}",
        ]
        for step in steps
    ]
    return table([*head, *PARTS, "machine"], rows)


def cpu_table(steps: Sequence[Step]) -> str:
    """The processor time of a turn where most were answered per second, and so how many one processor can do."""
    best: dict[int, Step] = {}
    for step in steps:
        best[step.replicas] = max(best.get(step.replicas, step), step, key=lambda each: each.use.done.per_second)
    rows = []
    for step in best.values():
        milliseconds = [step.use.cpu_milliseconds(part) for part in PARTS]
        milliseconds.append(sum(milliseconds[: len(DEPLOYED)]))
        rows += [
            [f"{step.name}: CPU of a turn", *(f"{each:.1f} ms" for each in milliseconds)],
            ["…turns/s of one processor", *(f"{1000 / each:.0f}" if each else "" for each in milliseconds)],
        ]
    return table(["", *PARTS, " + ".join(DEPLOYED)], rows)


def sign_ins_table(sign_ins: Mapping[int, Use]) -> str:
    rows = [
        [
            _clients(clients),
            f"{use.done.per_second:.1f}",
            f"{use.done.percentile(50) * 1000:.0f} ms",
            f"{use.done.percentile(99) * 1000:.0f} ms",
            str(use.done.failures.total()),
            f"{use.busy('auth-service'):.2f}",
            f"{use.cpu_milliseconds('auth-service'):.0f} ms",
        ]
        for clients, use in sign_ins.items()
    ]
    return table(["sign-in", "per second", "p50", "p99", "failures", "auth-service busy", "CPU of each"], rows)


def _step_json(step: Step) -> dict[str, Any]:
    return {
        "replicas": step.replicas,
        "clients": step.clients,
        **_use_json(step.use),
        "lost": step.lost,
        "doubled": step.doubled,
    }


def _use_json(use: Use) -> dict[str, Any]:
    return {
        **round_json(use.done),
        "per_second": use.done.per_second,
        "cpu_seconds": use.cpu_seconds,
        "api_megabytes": use.api_megabytes,
        "connections": use.connections,
    }
