"""The revision of schema `chat` that this version needs.

Revision ids are dates, so they sort in the order of the migrations, and a later one was made by a newer version.
"""

import re

NEWEST_REVISION = "2026_11_30_2305"
"""Written by `make migration`. The migrations themselves are not part of the installed package."""

REVISION_ID = "^[0-9]{4}(_[0-9]{2}){2}_[0-9]{4}$"
"""For Python and for Postgres."""


def is_newer(revision: str) -> bool:
    """Whether a newer version made this revision. By our rules, this version works on it too."""
    return re.fullmatch(REVISION_ID, revision) is not None and revision > NEWEST_REVISION
