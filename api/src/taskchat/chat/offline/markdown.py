"""Titles inside Markdown: shown as the text they are, and found again in a reply that was given."""

import re

# Whatever could begin something inside a line. A reply puts titles inside `**…**`, so what is special
# at the start of a line only (#, -, 1.) needs nothing.
# An address would take the backslashes behind it for its own, unless it is kept from being one.
_SPECIAL = re.compile(r"[\\`*_~\[\]<|@]|&(?=#?\w+;)|:(?=//)|(?<=www)\.", re.IGNORECASE)
_ESCAPED = re.compile(r"\\([\\`*_~\[\]<|@&:.])")
_BOLD = re.compile(r"\*\*((?:\\.|[^*\\])+)\*\*")


def escaped(text: str) -> str:
    """The text in one line, rendered as it was written."""
    return _SPECIAL.sub(r"\\\g<0>", " ".join(text.split()))


def bold(text: str) -> str:
    return f"**{escaped(text)}**"


def plain(markdown: str) -> str:
    return _ESCAPED.sub(r"\1", markdown)


def bold_texts(markdown: str) -> list[str]:
    """What stands in bold in a reply, as plain text."""
    return [plain(text) for text in _BOLD.findall(markdown)]


def joined(parts: list[str], last: str = "and") -> str:
    """`a, b and c`."""
    return f" {last} ".join([", ".join(parts[:-1]), parts[-1]]) if len(parts) > 1 else "".join(parts)
