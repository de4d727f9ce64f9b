"""Keyset pagination by some columns and an id, which insertions cannot shift."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time
from typing import Annotated, Any, Protocol, TypeVar
from uuid import UUID

from fastapi import Query

from taskchat.errors import InvalidRequest

Limit = Annotated[int, Query(ge=1, le=100, description="The maximum number of items on a page.")]
Cursor = Annotated[str | None, Query(min_length=1, max_length=200, description="The previous page's `next_cursor`.")]


class _Identified(Protocol):
    id: UUID


Item = TypeVar("Item", bound=_Identified)
K = TypeVar("K")


def encode_cursor(*key: Any) -> str:
    """Encode a row's place in its list: times, dates, numbers, ids and nulls."""
    return urlsafe_b64encode(" ".join(map(_written, key)).encode()).decode()


def _written(part: Any) -> str:
    if part is None:
        return ""
    return part.isoformat() if isinstance(part, date | time) else str(part)


def decode_cursor(cursor: str) -> tuple[datetime, UUID]:
    """Decode the cursor of a list that is ordered by a time and an id.

    Raises:
        InvalidRequest: `encode_cursor` did not make it.
    """
    return decode_key(cursor, lambda at, item_id: (datetime.fromisoformat(at).astimezone(UTC), UUID(item_id)))


def decode_key(cursor: str, read: Callable[..., K]) -> K:
    """Decode a cursor by a function of its parts, which raises ValueError if it can't read them.

    Raises:
        InvalidRequest: `encode_cursor` did not make it.
    """
    try:
        return read(*urlsafe_b64decode(cursor.encode()).decode().split(" "))
    except (ValueError, OverflowError, TypeError):
        raise InvalidRequest("`cursor` is invalid. Use a `next_cursor` of this list.") from None


def split_page(rows: Sequence[Item], limit: int, *columns: str) -> tuple[Sequence[Item], str | None]:
    """Split off the page and the next cursor, from a query for one row more than `limit`.

    Args:
        columns: what the rows are ordered by before their id.
    """
    if len(rows) <= limit:
        return rows, None
    last = rows[limit - 1]
    return rows[:limit], encode_cursor(*(getattr(last, column) for column in columns), last.id)
