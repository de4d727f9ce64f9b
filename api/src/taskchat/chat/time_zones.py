"""The day that it is for the person who writes."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

MAX_NAME = 64
UTC_ZONE = ZoneInfo("UTC")


def read_time_zone(name: str | None) -> ZoneInfo:
    """The zone of this IANA name (`Europe/Berlin`); UTC where there is none, or none of that name."""
    if not name or len(name) > MAX_NAME:
        return UTC_ZONE
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):  # no path inside the database; a folder of it; not in it
        return UTC_ZONE


def today_in(zone: ZoneInfo, moment: datetime | None = None) -> date:
    """The date in this zone, now or at the given moment."""
    return (moment or datetime.now(UTC)).astimezone(zone).date()
