"""Finding conversations by their titles and messages, newest first, in bounded time.

A title matches if it contains the text. A message matches if it has all words of the text, of which the last may be
unfinished. The index `message_by_word` finds the messages. If it finds more than `HITS_AT_ONCE`, the words are so
common that reading the newest conversations finds a page sooner than sorting all hits.
"""

import re
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CTE,
    ColumnElement,
    Integer,
    Row,
    Select,
    Text,
    Uuid,
    and_,
    case,
    func,
    literal,
    or_,
    select,
    tuple_,
)
from sqlalchemy.orm import aliased
from sqlmodel import col

from taskchat.conversations.models import Conversation, Message
from taskchat.conversations.schemas import SnippetPart

SQL_FILES = tuple(sorted(Path(__file__).with_name("sql").glob("*.sql")))

SEARCHED_AT_ONCE = 5000
"""The maximum number of conversations that one search request reads."""
HITS_AT_ONCE = 1000
"""The maximum number of messages that one search request takes from the index."""
TURNS_AT_ONCE = 1000
"""About how many turns one search request reads if their words are too common for the index."""

OF_THE_INDEX = 0
"""In place of a message's number: the index found some in this conversation."""
BEFORE_HIT, EXCERPT = 60, 240
"""In characters."""

# As in sql/words_of.sql. In these, a word may begin and end anywhere.
UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005\u3006\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af"
    "\uf900-\ufaff\U00020000-\U0003ffff"
)
UNSPACED_TERM = re.compile(rf"\w*[{UNSPACED}]\w*")
WORD = re.compile(r"[^\W_]+")


def newest_first(user_id: UUID, after: tuple[datetime, UUID] | None) -> Select[Any]:
    statement = select(Conversation).where(col(Conversation.user_id) == user_id)
    if after is not None:
        statement = statement.where(tuple_(col(Conversation.updated_at), col(Conversation.id)) < after)
    return statement.order_by(col(Conversation.updated_at).desc(), col(Conversation.id).desc())


def search(
    user_id: UUID,
    text: str,
    after: tuple[datetime, UUID] | None,
    limit: int,
    counted: ColumnElement[bool] | None = None,
) -> Select[Any]:
    """The newest conversations with the text in their title or messages, among the next `SEARCHED_AT_ONCE`.

    The last of those is always a row, whether it matches or not, so that the next search can start there. A row has
    `is_match` and `is_last`; the newest message that matches, as `sequence`; and an excerpt of it, with `is_cut` if it
    does not begin with the message.
    """
    hits = (
        select(col(Message.conversation_id), col(Message.sequence))
        .where(_message_matches(Message, user_id, text))
        .limit(HITS_AT_ONCE + 1)
        .cte("hits")
        .prefix_with("materialized", dialect="postgresql")
    )
    is_common = select(func.count() > HITS_AT_ONCE).select_from(hits).scalar_subquery()
    part = _part(user_id, after, counted, is_common)
    order_by = (part.c.updated_at.desc(), part.c.id.desc())
    # Reads the messages of a conversation, newest first, up to a hit. The offset keeps Postgres from taking all of them
    # apart, and from asking the index, which has too many hits, for each conversation.
    said = (
        select(col(Message.sequence), col(Message.user_id), col(Message.content))
        .where(col(Message.conversation_id) == part.c.id)
        .order_by(col(Message.sequence).desc())
        .offset(0)
        .correlate(part)
        .lateral("said")
    )
    is_found = and_(*_may_match(said.c.content, text), _message_matches(said.c, user_id, text))
    newest = select(said.c.sequence).where(is_found).limit(1).scalar_subquery()
    is_hit = part.c.id.in_(select(hits.c.conversation_id))
    # An offset, so that Postgres reads them once for several uses.
    sequence = case((is_common, newest), (is_hit, OF_THE_INDEX)).label("sequence")
    read = select(part, sequence).order_by(*order_by).offset(0).subquery("read")

    conversation = aliased(Conversation, read)
    # Unlike ILIKE, this makes the text lower case once.
    in_title = func.strpos(func.lower(read.c.title), func.lower(literal(text, Text))) > 0
    is_match = or_(in_title, read.c.sequence.is_not(None)).label("is_match")
    found = (
        select(conversation, is_match, read.c.is_last, read.c.sequence)
        .where(or_(is_match, read.c.is_last))
        .order_by(read.c.updated_at.desc(), read.c.id.desc())
        .limit(limit + 1)
        .subquery("found")
    )
    return _with_excerpts(found, hits, text)


def _message_matches(message: Any, user_id: UUID, text: str) -> ColumnElement[bool]:
    query = func.message_query(literal(user_id, Uuid), literal(text, Text))
    # For when the index is missing. IS TRUE, because Postgres would otherwise find all messages of people who have many
    # by another index, and take each of them apart.
    own = (message.user_id == user_id).is_(True)
    words = func.message_words(message.user_id, message.content).op("@@", is_comparison=True)(query)
    # The index has their letters in no order.
    unspaced = (message.content.icontains(term, autoescape=True) for term in UNSPACED_TERM.findall(text))
    return and_(own, words, *unspaced)


def _may_match(content: ColumnElement[str], text: str) -> list[ColumnElement[bool]]:
    """Look for a word before the message is taken apart, which takes a hundred times as long. Passes all matches."""
    words = [word for word in WORD.findall(text) if word.isalpha()] if text.isascii() else []
    if not words:
        return []
    word = literal(max(words, key=len)[:100], Text)
    # Other texts than ASCII are normalized first.
    is_ascii = func.octet_length(content) == func.char_length(content)
    return [or_(~is_ascii, func.strpos(func.lower(content), func.lower(word)) > 0)]


def _part(
    user_id: UUID,
    after: tuple[datetime, UUID] | None,
    counted: ColumnElement[bool] | None,
    is_common: ColumnElement[bool],
) -> Any:
    """The conversations that one request reads, with `is_last` for the one where it stops."""
    candidates = newest_first(user_id, after).limit(SEARCHED_AT_ONCE)
    if counted is not None:
        candidates = candidates.where(counted)
    order_by = (col(Conversation.updated_at).desc(), col(Conversation.id).desc())
    numbered = candidates.add_columns(
        func.row_number().over(order_by=order_by, rows=(None, 0)).label("number"),
        func.sum(col(Conversation.last_turn)).over(order_by=order_by, rows=(None, 0)).label("turns"),
    ).subquery("numbered")
    has_room = numbered.c.turns - numbered.c.last_turn < TURNS_AT_ONCE
    ends = or_(numbered.c.number == SEARCHED_AT_ONCE, and_(is_common, numbered.c.turns >= TURNS_AT_ONCE))
    return (
        select(numbered, ends.label("is_last"))
        .where(or_(~is_common, has_room))
        .order_by(numbered.c.updated_at.desc(), numbered.c.id.desc())
        .subquery("part")
    )


def _with_excerpts(found: Any, hits: CTE, text: str) -> Select[Any]:
    conversation = aliased(Conversation, found)
    newest_hit = select(func.max(hits.c.sequence)).where(hits.c.conversation_id == found.c.id).scalar_subquery()
    sequence = case((found.c.sequence == OF_THE_INDEX, newest_hit), else_=found.c.sequence)
    word = max(UNSPACED_TERM.findall(text) or WORD.findall(text) or [""], key=len)
    content = col(Message.content)
    position = func.coalesce(
        func.nullif(func.regexp_instr(content, rf"\m{word}", 1, 1, 0, "i"), 0),
        func.strpos(func.lower(content), word.lower()),
    )
    begins = func.greatest(literal(1, Integer), position - BEFORE_HIT)
    return (
        select(
            conversation,
            found.c.is_match,
            found.c.is_last,
            sequence.label("sequence"),
            func.substr(content, begins, EXCERPT).label("excerpt"),
            (begins > 1).label("is_cut"),
        )
        .outerjoin(Message, and_(col(Message.conversation_id) == found.c.id, col(Message.sequence) == sequence))
        .order_by(found.c.updated_at.desc(), found.c.id.desc())
    )


def snippet_of(row: Row[Any], text: str) -> list[SnippetPart] | None:
    """The excerpt of the message that a row of `search` found, with its hits marked."""
    if row.sequence is None:
        return None
    excerpt = " ".join(row.excerpt.split())
    if row.is_cut:
        excerpt = f"…{excerpt.partition(' ')[2] or excerpt}"
    if len(row.excerpt) == EXCERPT:
        excerpt = f"{excerpt.rpartition(' ')[0] or excerpt}…"
    parts, end = [], 0
    for hit in _hits_pattern(text).finditer(excerpt):
        parts += [(excerpt[end : hit.start()], False), (hit[0], True)]
        end = hit.end()
    parts.append((excerpt[end:], False))
    return [SnippetPart(text=part, is_match=is_match) for part, is_match in parts if part]


def _hits_pattern(text: str) -> re.Pattern[str]:
    unspaced = UNSPACED_TERM.findall(text)
    *words, last = [word for word in WORD.findall(text) if word not in unspaced] or [""]
    whole = [rf"(?<![^\W_]){re.escape(word)}(?![^\W_])" for word in words]
    begun = [rf"(?<![^\W_]){re.escape(last)}"] if last else []
    return re.compile("|".join((*map(re.escape, unspaced), *whole, *begun)) or r"(?!)", re.IGNORECASE)
