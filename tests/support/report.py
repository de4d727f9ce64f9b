"""Tables that a test run prints at its end."""

from collections.abc import Iterator
from typing import Any


class Report:
    """Rows by table, in the order in which they came; the first row of a table is its head."""

    def __init__(self) -> None:
        self._tables: dict[str, list[tuple[str, ...]]] = {}

    def add(self, table: str, head: tuple[str, ...], *cells: Any) -> None:
        self._tables.setdefault(table, [head]).append(tuple(map(str, cells)))

    def lines(self) -> Iterator[tuple[str, list[str]]]:
        """Each table's title with its lines, the columns aligned."""
        for title, rows in self._tables.items():
            widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
            yield title, ["  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip() for row in rows]
