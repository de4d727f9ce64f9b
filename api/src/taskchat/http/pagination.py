"""Pages of a long list: keyset pagination by a time and an id, which no insertion can shift."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Protocol, TypeVar
from uuid import UUID

from fastapi import Query

from taskchat.errors import InvalidRequest

Limit = Annotated[int, Query(ge=1, le=100, description="How many items a page has at most.")]
Cursor = Annotated[str | None, Query(min_length=1, max_length=200, description="`next_cursor` of the page before.")]


class _Identified(Protocol):
    id: UUID


Item = TypeVar("Item", bound=_Identified)


def encode_cursor(at: datetime, item_id: UUID) -> str:
    return urlsafe_b64encode(f"{at.isoformat()} {item_id}".encode()).decode()


def decode_cursor(cursor: str) -> tuple[datetime, UUID]:
    """The place that a cursor names.

    Raises:
        InvalidRequest: it is no cursor that we gave out.
    """
    try:
        at, item_id = urlsafe_b64decode(cursor.encode()).decode().split(" ")
        return datetime.fromisoformat(at).astimezone(UTC), UUID(item_id)
    except (ValueError, OverflowError):
        raise InvalidRequest("`cursor` is not one that this list gave out.") from None


def split_page(rows: Sequence[Item], limit: int, time_of: str) -> tuple[Sequence[Item], str | None]:
    """A page and the cursor of the next, from a query that asked for one row more than `limit`."""
    if len(rows) <= limit:
        return rows, None
    last = rows[limit - 1]
    return rows[:limit], encode_cursor(getattr(last, time_of), last.id)
