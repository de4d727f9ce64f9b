"""Tables and JSON of a benchmark's figures."""

import json
import os
import platform
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from load.clients import Round
from support.database import ROOT

FOLDER = ROOT / "docs" / "benchmarks"


@dataclass(frozen=True)
class Goal:
    """A figure to reach; `is_at_most` says on which side of the limit."""

    name: str
    value: float
    limit: float
    unit: str = "×"
    is_at_most: bool = True

    @property
    def is_met(self) -> bool:
        return self.value <= self.limit if self.is_at_most else self.value >= self.limit


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Format a Markdown table; the first column is text, the others are numbers."""
    widths = [max(len(row[n]) for row in (head, *rows)) for n in range(len(head))]

    def line(first: str, *others: str) -> str:
        cells = [first.ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True))]
        return f"| {' | '.join(cells)} |"

    rule = line("-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:]))
    return "\n".join([line(*head), rule, *(line(*row) for row in rows)])


def goals_table(goals: Sequence[Goal]) -> str:
    rows = [
        [
            goal.name,
            f"{goal.value:.2f} {goal.unit}",
            f"{'≤' if goal.is_at_most else '≥'} {goal.limit:g} {goal.unit}",
            "met" if goal.is_met else "not met",
        ]
        for goal in goals
    ]
    return table(["goal", "measured", "limit", ""], rows)


def goals_json(goals: Sequence[Goal]) -> list[dict[str, Any]]:
    return [{**asdict(goal), "is_met": goal.is_met} for goal in goals]


def round_json(done: Round) -> dict[str, Any]:
    return {
        "answered": len(done.latencies),
        "failures": done.failures,
        "seconds": done.seconds,
        "p50_milliseconds": done.percentile(50) * 1000,
        "p99_milliseconds": done.percentile(99) * 1000,
    }


def machine() -> dict[str, Any]:
    """What the figures depend on."""
    revision = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, encoding="utf-8", check=False
    )
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": revision.stdout.strip(),
        "python": platform.python_version(),
        "system": platform.system(),
        "processors": os.cpu_count(),
        "load_before": round(os.getloadavg()[0], 2),
    }


def write_json(path: Path, figures: Mapping[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(figures, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"wrote {path}")
