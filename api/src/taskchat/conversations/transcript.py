"""One conversation as Markdown.

Messages are quoted, so that their Markdown can't change the document's structure: each line has the quote's marker, and
even an unclosed code block ends with the quote. Their text stays as it was written; HTML in it is not escaped.
"""

import re
import unicodedata
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from taskchat.accounts.export import Document, stream_rows
from taskchat.conversations.export import messages_of
from taskchat.errors import ConversationNotFound

DescribeCall = Callable[[str, Any], str | None]
"""Describes a tool call's change in Markdown, from the tool's name and the result. None if nothing was changed."""

SPEAKERS = {"user": "You", "assistant": "Assistant"}
UNANSWERED = "*(Not answered.)*"
RUNNING = "*(Not answered yet.)*"
MAX_SLUG = 50
"""Characters of the title in a file's name, which file systems limit to 255 bytes."""

_LINE_END = re.compile(r"\r\n|\r|\n")
_MARKUP = re.compile(r"[\\`*_~\[\]<|]|&(?=#?\w+;)|#$")


def transcript(conversation_id: UUID, zone: ZoneInfo, describe: DescribeCall) -> Document:
    """Write a conversation with its times in this zone.

    Raises:
        ConversationNotFound: the user has no such conversation.
    """

    async def write(connection: AsyncConnection, user_id: UUID) -> AsyncIterator[str]:
        is_empty = True
        async for row in await stream_rows(connection, messages_of(user_id, conversation_id)):
            if is_empty:
                yield f"# {_one_line(row.title)}\n\nTimes are in {zone.key}.\n"
                is_empty = False
            if row.id:
                yield "".join(f"\n{block}\n" for block in _blocks(row, zone, describe))
        if is_empty:
            raise ConversationNotFound

    return write


def _blocks(message: Row[Any], zone: ZoneInfo, describe: DescribeCall) -> Iterator[str]:
    yield f"## {SPEAKERS[message.role]} · {message.created_at.astimezone(zone):%Y-%m-%d %H:%M}"
    yield "\n".join(f"> {line}" if line else ">" for line in _LINE_END.split(message.content))
    if message.is_unanswered:
        yield RUNNING if message.is_running else UNANSWERED
    changes = [describe(call["name"], call["result"]) for call in message.tool_calls]
    if any(changes):
        yield "\n".join(f"- {' '.join(change.split())}" for change in changes if change)


def _one_line(text: str) -> str:
    """The text in one line, rendered as it was written."""
    return _MARKUP.sub(r"\\\g<0>", " ".join(text.split()))


def slug(title: str) -> str:
    """The letters and digits of a title, in any language, for a file's name. Empty if it has none."""
    text = unicodedata.normalize("NFKC", title).lower()
    kept = "".join(char if unicodedata.category(char)[0] in "LMN" else " " for char in text)
    return "-".join(kept.split())[:MAX_SLUG].rstrip("-")
