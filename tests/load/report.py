"""Tables, JSON and a plot of a benchmark's figures."""

import json
import os
import platform
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pygal
from pygal.style import CleanStyle

from support.database import ROOT

FOLDER = ROOT / "docs" / "benchmarks"


@dataclass(frozen=True)
class Goal:
    """A figure to reach; `is_at_most` says on which side of the limit it must be."""

    name: str
    value: float
    limit: float
    unit: str = "×"
    is_at_most: bool = True

    @property
    def is_met(self) -> bool:
        return self.value <= self.limit if self.is_at_most else self.value >= self.limit


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Format a Markdown table with aligned columns; all but the first are numbers."""
    widths = [max(len(row[n]) for row in (head, *rows)) for n in range(len(head))]

    def line(cells: Sequence[str]) -> str:
        first, *others = (
            cell.ljust(w) if n == 0 else cell.rjust(w) for n, (cell, w) in enumerate(zip(cells, widths, strict=True))
        )
        return f"| {' | '.join((first, *others))} |"

    rule = [("-" * widths[0]), *("-" * (w - 1) + ":" for w in widths[1:])]
    return "\n".join([line(head), line(rule), *(line(row) for row in rows)])


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
        "load_before": os.getloadavg()[0],
    }


def write(name: str, figures: dict[str, Any], bars: dict[str, float]) -> list[Path]:
    """Write the figures as JSON, and the turns per second as a plot."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    document = FOLDER / f"{name}.json"
    document.write_text(json.dumps(figures, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    chart = pygal.HorizontalBar(
        title="Turns per second on one processor",
        show_legend=False,
        style=CleanStyle,
        js=[],
        height=40 + 26 * len(bars),
    )
    chart.x_labels = list(reversed(bars))
    chart.add("turns/s", [round(bars[label]) for label in chart.x_labels])
    plot = FOLDER / f"{name}.svg"
    plot.write_text(chart.render(is_unicode=True), encoding="utf-8")
    return [document, plot]
