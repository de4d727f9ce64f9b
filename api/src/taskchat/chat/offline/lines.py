"""The lines of a message, and their bullets."""

import re
from typing import NamedTuple

_BULLET = re.compile(r"\s*(?:[-*•‣◦▪+–—☐☑✓✔>]|\(?\d{1,3}[.)]|#{1,6})\s+(?:\[[ xX]?\]\s+)?(?=\S)")


class Line(NamedTuple):
    text: str
    is_bullet: bool


def read_lines(message: str) -> list[Line]:
    """The lines with something in them, without their bullets."""
    lines = [line for line in message.splitlines() if line.strip()]
    return [Line(_BULLET.sub("", line, count=1).strip(), bool(_BULLET.match(line))) for line in lines]
