"""Plots of a benchmark's figures.

Import this only when it is needed: pygal adds an import hook of an old kind, about which Python warns.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pygal
from pygal.style import CleanStyle

_OPTIONS = {
    "style": CleanStyle(value_font_size=10),
    "js": [],  # pygal's comes from elsewhere
    "disable_xml_declaration": True,
    "show_x_guides": False,
}
_COLORS = {"limit": "#999999", "usual": "#cc7722"}
_OURS = "#3060b0"


def write_bars(path: Path, title: str, bars: Mapping[str, float]) -> None:
    """Draw a bar for each label, whose first word decides on its color."""
    chart = pygal.HorizontalBar(
        title=title, print_values=True, show_legend=False, height=80 + 24 * len(bars), **_OPTIONS
    )
    chart.x_labels = list(bars)[::-1]
    colors = {label: _COLORS.get(label.partition(",")[0], _OURS) for label in bars}
    chart.add(title, [{"value": round(bars[label]), "color": colors[label]} for label in chart.x_labels])
    _write_chart(path, chart)


def write_lines(path: Path, title: str, minutes: Sequence[float], lines: Mapping[str, Sequence[float]]) -> None:
    """Draw lines over time."""
    chart = pygal.XY(title=title, x_title="minutes", show_dots=False, height=400, include_x_axis=True, **_OPTIONS)
    for name, values in lines.items():
        chart.add(name, [*zip(minutes, values, strict=True)])
    _write_chart(path, chart)


def write_steps(
    path: Path, title: str, x_title: str, steps: Sequence[int], lines: Mapping[str, Sequence[float]]
) -> None:
    """Draw lines over steps that are as far apart as each other. A line may end before the last one."""
    chart = pygal.Line(title=title, x_title=x_title, height=400, include_x_axis=True, **_OPTIONS)
    chart.x_labels = [str(step) for step in steps]
    for name, values in lines.items():
        chart.add(name, [round(value, 1) for value in values])
    _write_chart(path, chart)


def _write_chart(path: Path, chart: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(chart.render(is_unicode=True), encoding="utf-8")
    print(f"wrote {path}")
