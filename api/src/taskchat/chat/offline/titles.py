"""How many tasks "milk, eggs and bread" is, and how many "call Bob and Alice".

Lines, bullets and quotation marks decide by themselves. Otherwise:

- commas and "and" separate: "milk, eggs and bread" is three tasks;
- but once a title begins with a verb, what follows belongs to it until the next verb: "call Bob and Alice"
  and "buy salt and pepper" are one task each, "call Bob and buy milk" two;
- words that cannot begin a title stay with what they follow: "dentist on Monday, at 3";
- a lone "and" separates nothing in what is said together ("mac and cheese"), or after a preposition
  ("dinner with Anna and Tom").
"""

import re
import unicodedata

from taskchat.chat.offline.utterance import QUOTED, Piece, Utterance
from taskchat.chat.offline.vocabulary import ACTION_VERBS, CANNOT_BEGIN_A_TITLE, PREPOSITIONS, SAID_TOGETHER, TIMES

_CLOCK = re.compile(r"\d{1,2}(?::\d\d)?(?:am|pm)|\d{1,2}:\d\d")
_EDGES = " \t\n\r.,;:!?…"
_WRAPPED = re.compile(r'"([^"]+)"|“([^”]+)”|„([^“”]+)[“”]|«([^»]+)»|`([^`]+)`|\'([^\']+)\'|‘([^’]+)’|\*\*([^*]+)\*\*')
MIN_IN_A_LONG_LIST = 3


def split_titles(spoken: Utterance) -> list[str]:
    """The titles of the tasks that somebody named in one breath."""
    if len(spoken) > 1 and spoken.words[0] == "to":  # "to buy milk"
        spoken = spoken.part(1)
    groups: list[Piece] = []
    pieces = spoken.pieces()
    for piece in pieces:
        if groups and _belongs_together(spoken, groups[-1], piece, is_pair=len(pieces) < MIN_IN_A_LONG_LIST):
            groups[-1] = groups[-1]._replace(end=piece.end)
        else:
            groups.append(piece)
    titles = [clean_title(spoken.part(group.start, group.end).original()) for group in groups]
    return [title for title in titles if title]


def _belongs_together(spoken: Utterance, before: Piece, piece: Piece, *, is_pair: bool) -> bool:
    left, right = spoken.words[before.start : before.end], spoken.words[piece.start : piece.end]
    if (QUOTED,) in (left, right):
        return False
    if right[0] in CANNOT_BEGIN_A_TITLE or is_time(right[0]):
        return True
    if begins_with_verb(left):
        return not begins_with_verb(right)
    if piece.after_comma or not is_pair:
        return False
    return f"{left[-1]}+{right[0]}" in SAID_TOGETHER or not PREPOSITIONS.isdisjoint(left[1:])


def is_time(word: str) -> bool:
    return word in TIMES or _CLOCK.fullmatch(word) is not None


def begins_with_verb(words: tuple[str, ...]) -> bool:
    return bool(words) and words[0].partition("-")[0] in ACTION_VERBS and len(words) > 1


def clean_title(text: str) -> str:
    """One line without the quotation marks around it and the full stop behind it; empty if nothing is to be seen."""
    title = " ".join(text.split()).strip(_EDGES)
    if match := _WRAPPED.fullmatch(title):
        title = " ".join(match[match.lastindex or 0].split())
    return title if any(unicodedata.category(character)[0] in "LNS" for character in title) else ""
