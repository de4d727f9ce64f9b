"""Keyset pagination by a time and an id, which insertions cannot shift."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Protocol, TypeVar
from uuid import UUID

from fastapi import Query

from taskchat.errors import InvalidRequest

Limit = Annotated[int, Query(ge=1, le=100, description="The maximum number of items on a page.")]
Cursor = Annotated[str | None, Query(min_length=1, max_length=200, description="The previous page's `next_cursor`.")]


class _Identified(Protocol):
    id: UUID


Item = TypeVar("Item", bound=_Identified)


def encode_cursor(at: datetime, item_id: UUID) -> str:
    return urlsafe_b64encode(f"{at.isoformat()} {item_id}".encode()).decode()


def decode_cursor(cursor: str) -> tuple[datetime, UUID]:
    """Decode a cursor.

    Raises:
        InvalidRequest: `encode_cursor` did not make it.
    """
    try:
        at, item_id = urlsafe_b64decode(cursor.encode()).decode().split(" ")
        return datetime.fromisoformat(at).astimezone(UTC), UUID(item_id)
    except (ValueError, OverflowError):
        raise InvalidRequest("`cursor` is invalid. Use a `next_cursor` of this list.") from None


def split_page(rows: Sequence[Item], limit: int, time_of: str) -> tuple[Sequence[Item], str | None]:
    """Split off the page and the next cursor, from a query for one row more than `limit`."""
    if len(rows) <= limit:
        return rows, None
    last = rows[limit - 1]
    return rows[:limit], encode_cursor(getattr(last, time_of), last.id)
