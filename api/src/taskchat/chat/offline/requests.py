"""From the parts of a sentence to a request: what the patterns of the grammar lead to."""

from collections.abc import Callable, Mapping

from taskchat.chat.offline.intents import (
    Add,
    Change,
    Correct,
    Everything,
    Find,
    Intent,
    Named,
    Reference,
    Rename,
    ShowNext,
    Talk,
    Undo,
    Verb,
)
from taskchat.chat.offline.notation import patterns
from taskchat.chat.offline.references import read_reference
from taskchat.chat.offline.titles import clean_title, split_titles
from taskchat.chat.offline.utterance import Utterance
from taskchat.chat.offline.vocabulary import NOT_DONE_BY_SAYING

Parts = Mapping[str, Utterance]
"""What the named groups of a pattern matched."""

Request = Callable[[Parts], Intent | None]
"""Makes the request, or None where the words cannot mean it."""

MAX_REFERRING_WORDS = 40
_MAX_READINGS = 6
_A_TASK = patterns("""
    [me] [a|an|another|one more|the|this|these|following|new|some|two|three|/\\d+/]* (task|tasks|to-do|to-dos
        |reminder|reminders)
        [called|named|titled|to|for|of|that says|saying|about|(on|to) (my|the) list]* [{titles}]
    [me] [a|an|another|one more|the|this|these|following|new|some|two|three|/\\d+/]* (item|items|entry|entries
        |thing|things)
        [called|named|titled|saying|(on|to) (my|the) list]* [{titles}]
    (to|on|onto) [my|the] [to-do|task|shopping] list [{titles}]
    (these|this|the following|something|it|them|that) [again|anyway|too|now|twice]*
""")
_TO = {"to", "into", "as", "with", "by", "for"}


def add(parts: Parts) -> Intent | None:
    return Add(_titles(parts.get("titles")))


def remind(parts: Parts) -> Intent | None:
    return Add(_titles(parts.get("titles")), is_reminder=True)


def _titles(named: Utterance | None) -> tuple[str, ...]:
    """The titles in "a task called milk", "these: milk, eggs", or just "milk"."""
    if named is None:
        return ()
    announced = next((found for pattern in _A_TASK if (found := pattern.match(named)) is not None), {"titles": named})
    titles = announced.get("titles")
    if titles and titles.words[0].isdecimal():  # "task 1" is a title
        titles = named
    return tuple(split_titles(titles)) if titles else ()


def change(verb: Verb) -> Request:
    def request(parts: Parts) -> Intent | None:
        what = _what(parts)
        return Change(verb, what) if _is_credible(what, parts) else None

    return request


def clear(_parts: Parts) -> Intent | None:
    return Change(Verb.DELETE, Everything())


def find(parts: Parts) -> Intent | None:
    what = _what(parts)
    return Find(what) if what and _is_credible(what, parts) else None


def rename(parts: Parts) -> Intent | None:
    what = _what(parts)
    if what is None or "title" not in parts:
        return Change(Verb.RENAME, what)
    readings = [(what, clean_title(parts["title"].original())), *_other_readings(parts)]
    named = tuple((what, title) for what, title in readings if title)
    return Rename(named) if named else Change(Verb.RENAME, what)


def correct(parts: Parts) -> Intent | None:
    title, what = clean_title(parts["title"].original()), read_reference(parts["title"])
    return Correct(title, what) if title and what else None


def _other_readings(parts: Parts) -> list[tuple[Reference, str]]:
    """In "talk to Bob to talk to Al" each "to" may be the one before the new title."""
    whole = parts["what"].up_to(parts["title"])
    places = range(len(parts["what"]) + 1, len(whole) - 1)
    cuts = [place for place in places if whole.words[place] in _TO][:_MAX_READINGS]
    readings = [(read_reference(whole.part(0, i)), clean_title(whole.part(i + 1).original())) for i in cuts]
    return [(what, title) for what, title in readings if what]


def refuse(_parts: Parts) -> Intent | None:
    return Talk("cannot")


def undo(_parts: Parts) -> Intent | None:
    return Undo()


def show_next(_parts: Parts) -> Intent | None:
    return ShowNext()


def _what(parts: Parts) -> Reference | None:
    if "what" not in parts:
        return None
    with_verb = parts["verb"].up_to(parts["what"]) if "verb" in parts else None
    return read_reference(parts["what"], with_verb)


def _is_credible(what: Reference | None, parts: Parts) -> bool:
    """Whether the words can refer to tasks: "I wanted milk" finishes nothing, and a story names no task."""
    if "verb" in parts and str(parts["verb"]) in NOT_DONE_BY_SAYING:
        return False
    return not isinstance(what, Named) or len(parts["what"]) <= MAX_REFERRING_WORDS
