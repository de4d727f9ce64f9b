"""Tables printed at the end of a test run, with the rows of all its workers; a plugin of the root conftest.py."""

from collections.abc import Iterator
from typing import Any

import pytest

_KEY = "tables"


class Report:
    """Tables of rows in insertion order; the first row of each is its header."""

    def __init__(self) -> None:
        self.tables: dict[str, list[tuple[str, ...]]] = {}

    def add(self, table: str, head: tuple[str, ...], *cells: Any) -> None:
        self.tables.setdefault(table, [head]).append(tuple(map(str, cells)))

    def merge(self, tables: dict[str, list[tuple[str, ...]]]) -> None:
        """Add a worker's rows, but no row that another worker has sent."""
        for table, (head, *rows) in tables.items():
            ours = self.tables.setdefault(table, [head])
            known = set(ours)
            ours.extend(row for row in rows if row not in known)

    def lines(self) -> Iterator[tuple[str, list[str]]]:
        """Yield each table's title and its lines, with aligned columns."""
        for title, rows in self.tables.items():
            widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
            yield title, ["  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip() for row in rows]


_REPORT = pytest.StashKey[Report]()


@pytest.fixture(scope="session")
def report(pytestconfig: pytest.Config) -> Report:
    return pytestconfig.stash[_REPORT]


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_REPORT] = Report()


def pytest_sessionfinish(session: pytest.Session) -> None:
    """In a worker of pytest-xdist, send the tables to the process that prints them."""
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output[_KEY] = session.config.stash[_REPORT].tables


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    # A worker that crashed has no output.
    node.config.stash[_REPORT].merge(getattr(node, "workeroutput", {}).get(_KEY, {}))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    for title, lines in config.stash[_REPORT].lines():
        terminalreporter.section(title)
        for line in lines:
            terminalreporter.write_line(line)
