"""A message as patterns match it, and the titles that are cut from it as they were written."""

import re
import unicodedata

from offline_assistant.rules import MEANINGS, SEAM, WORDS, intent_of

ACTION_VERBS = frozenset(WORDS["verbs"])  # that titles of tasks often begin with
ARTICLES, PREPOSITIONS = frozenset(WORDS["articles"]), frozenset(WORDS["prepositions"])
_FILLERS = ARTICLES.union(WORDS["fillers"])
_CONTRACTION = re.compile(
    r"(\w)(n['’]t|['’](?:s|m|re|ve|ll|d))\b|\b(?:(do|does|did|is|are|have|has|was|were)(nt)|(i)(m|ve)|(what|that|let)(s))\b",
    re.IGNORECASE,
)
# A quotation ends where another one opens: otherwise many unclosed quotation marks would take quadratic time.
QUOTED = re.compile(r'"([^"]+)"|“([^“”]+)”|`([^`]+)`|(?<!\w)\'([^\']+)\'(?!\w)|\*\*([^*]+)\*\*')
# Separators are hidden inside quotation marks: they become characters that no text contains.
_HIDDEN = {ord(character): 0xFDD0 + place for place, character in enumerate(" ,;:.!?&+\n")}
_SHOWN = {code: chr(character) for character, code in _HIDDEN.items()} | {ord(SEAM[0]): ""}
_AND = r"(?:(?:and|plus|then|&|\+) )"
_SEPARATOR = re.compile(rf"((?:(?<!\d),|,(?!\d)|;)[,; ]*{_AND}*|(?<!\S){_AND}+)", re.IGNORECASE)


def prepared(text: str) -> str:
    """The text as patterns match it: a space after each word, contractions apart, each quotation a single word."""
    quoted = QUOTED.sub(lambda quotation: quotation[0].translate(_HIDDEN), text.translate(_SHOWN))
    tokens = _CONTRACTION.sub(lambda found: SEAM.join(filter(None, found.groups())), quoted).split()
    return "".join([f"{token} " for token in tokens])


def first_word(text: str) -> str:
    return text.partition(" ")[0].strip(".,;:!?…").lower()


def begins_with_verb(text: str) -> bool:
    return " " in text.strip() and first_word(text).partition("-")[0] in ACTION_VERBS


def as_written(text: str) -> str:
    return " ".join(text.replace(SEAM, "").translate(_SHOWN).split()).strip(" .,;:!?…")


def clean_title(text: str) -> str:
    """The text as written, but for surrounding quotation marks and a full stop; empty if nothing is visible."""
    title = as_written(text)
    if match := QUOTED.fullmatch(title):
        title = " ".join(match[match.lastindex or 0].split())
    return title if any(unicodedata.category(character)[0] in "LNS" for character in title) else ""


def pieces(text: str) -> list[tuple[str, str]]:
    """The parts between commas, semicolons and "and", each after its separator."""
    parts = ["", *_SEPARATOR.split(text)]
    return [(before, piece) for before, piece in zip(parts[::2], parts[1::2], strict=True) if piece.strip()]


def split_titles(text: str) -> tuple[str, ...]:
    """The titles of the tasks that somebody named in one breath.

    Commas and "and" separate titles: "milk, eggs and bread" is three. Once a title begins with a verb, what follows
    belongs to it until the next verb: "call Bob and Alice" is one task, "call Bob and buy milk" two. Words that cannot
    begin a title stay with what they follow: "dentist on Monday, at 3".
    """
    groups: list[str] = []
    found = pieces(re.sub(r"^to (?=\S)", "", text, flags=re.IGNORECASE))  # "to buy milk"
    for separator, piece in found:
        is_pair = len(found) == 2 and separator[:1] not in ",;"
        if groups and _is_one_title(groups[-1], piece, is_pair=is_pair):
            groups[-1] += separator + piece
        else:
            groups.append(piece)
    return tuple(as_written(group) for group in groups if clean_title(group))  # a quotation is no date


def _is_one_title(left: str, right: str, *, is_pair: bool) -> bool:
    if QUOTED.fullmatch(left.strip()) or QUOTED.fullmatch(right.strip()):
        return False
    if intent_of(f"{right.strip()} ", "words that begin no title"):
        return True
    if begins_with_verb(left):
        return not begins_with_verb(right)
    words = left.lower().split()
    is_phrase = f"{words[-1]}+{first_word(right)}" in WORDS["pairs"] or not PREPOSITIONS.isdisjoint(words[1:])
    return is_pair and is_phrase


def title_key(title: str) -> str:
    """The words of a title; equal for titles that read the same."""
    normal = unicodedata.normalize("NFKC", title).casefold().replace("’", "'")
    return " ".join(re.findall(r"[^\W_]+(?:'[^\W_]+)*", normal) or title.split())  # a title may be one emoji


def stems_of(title: str) -> frozenset[str]:
    """The words that tell something, without their endings: "called" is "call", "eggs" is "egg"."""
    words = title_key(title).split()
    return frozenset(map(_stem, [word for word in words if word not in _FILLERS] or words))


def _stem(word: str) -> str:
    stem = re.sub(r"(?<=\w\w)(?:ies|ied)$", "y", MEANINGS["irregular"].get(word, word.removesuffix("'s")))
    return re.sub(r"([bdgmnprt])\1$", r"\1", re.sub(r"(?<=\w{3})(?:ing|ed|(?<=[hsx])es|(?<!s)s|e)$", "", stem))
