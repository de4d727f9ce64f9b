"""Time zones and dates of users."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

MAX_NAME = 64
UTC_ZONE = ZoneInfo("UTC")


def read_time_zone(name: str | None) -> ZoneInfo:
    """Look up an IANA name such as `Europe/Berlin`. Missing and unknown names mean UTC."""
    if not name or len(name) > MAX_NAME:
        return UTC_ZONE
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):  # an unsafe path; a directory; not in the database
        return UTC_ZONE


def today_in(zone: ZoneInfo, moment: datetime | None = None) -> date:
    """The date in a zone, now or at the given moment."""
    return (moment or datetime.now(UTC)).astimezone(zone).date()
