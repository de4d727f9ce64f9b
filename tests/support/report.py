"""Tables printed at the end of a test run.

To use them, a conftest.py imports `pytest_terminal_summary` and `report`.
"""

from collections.abc import Iterator
from typing import Any

import pytest


class Report:
    """Tables of rows in insertion order; the first row of each is its header."""

    def __init__(self) -> None:
        self._tables: dict[str, list[tuple[str, ...]]] = {}

    def add(self, table: str, head: tuple[str, ...], *cells: Any) -> None:
        self._tables.setdefault(table, [head]).append(tuple(map(str, cells)))

    def lines(self) -> Iterator[tuple[str, list[str]]]:
        """Yield each table's title and its lines, with aligned columns."""
        for title, rows in self._tables.items():
            widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
            yield title, ["  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip() for row in rows]


_REPORT = pytest.StashKey[Report]()


@pytest.fixture(scope="session")
def report(pytestconfig: pytest.Config) -> Report:
    return pytestconfig.stash.setdefault(_REPORT, Report())


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    for title, lines in config.stash.setdefault(_REPORT, Report()).lines():
        terminalreporter.section(title)
        for line in lines:
            terminalreporter.write_line(line)
    config.stash[_REPORT] = Report()  # in case another conftest.py imported this too
