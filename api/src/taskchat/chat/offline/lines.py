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
    bullets = [(line, _BULLET.match(line)) for line in lines]
    return [Line(line[bullet.end() if bullet else 0 :].strip(), bullet is not None) for line, bullet in bullets]
