"""Due dates, times of day and priorities: their formats in requests, tool calls and responses."""

import re
from collections.abc import Callable
from datetime import date, time
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

DATE = r"^[1-8][0-9]{3}-[0-9]{2}-[0-9]{2}$"
"""Python and Postgres agree on the calendar of these years; asyncpg writes 9999-12-31 as infinity."""
TIME = r"^([01][0-9]|2[0-3]):[0-5][0-9](:00)?$"
"""Without a zone: the time of day wherever the user is."""


def _written_as(pattern: str, kind: type, message: str) -> Callable[[Any], Any]:
    matches = re.compile(pattern).search

    def check(value: Any) -> Any:
        # Pydantic would also accept timestamps, times with zones, and dates with times.
        if type(value) is not kind and not (isinstance(value, str) and not value.endswith("\n") and matches(value)):
            raise ValueError(message)
        return value

    return check


DueDate = Annotated[
    date,
    BeforeValidator(_written_as(DATE, date, "must be a date such as 2026-12-04, from the year 1000 to 8999")),
    WithJsonSchema({"type": "string", "format": "date", "pattern": DATE}),
]
DueTime = Annotated[
    time,
    BeforeValidator(_written_as(TIME, time, "must be a time of day such as 17:00, without seconds or a zone")),
    PlainSerializer(lambda value: f"{value:%H:%M}", return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "pattern": TIME}),
]
Priority = Literal["none", "low", "medium", "high"]


def require_date(due_on: date | None, due_at: time | None) -> None:
    """Check that a time belongs to a date.

    Raises:
        ValueError: it does not.
    """
    if due_at is not None and due_on is None:
        raise ValueError("due_at needs due_on, the day")
