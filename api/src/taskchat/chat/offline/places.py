"""Places in a list: "2", "the second one", "1, 2 and 4", "the first two", "2-4", "second to last"."""

import re

from taskchat.chat.offline.notation import Pattern
from taskchat.chat.offline.utterance import Utterance
from taskchat.chat.offline.vocabulary import NUMBERS

_FROM_START = {"top": 1, "uppermost": 1, "oldest": 1}
_FROM_END = {"last": -1, "final": -1, "bottom": -1, "latest": -1, "newest": -1, "penultimate": -2}
_NAMED = NUMBERS | _FROM_START | _FROM_END
_DIGITS = r"#?\d{1,4}"
"""More of them are part of a title."""
_PARTS = {
    "number": f"/{_DIGITS}|{'|'.join(NUMBERS)}/",
    "nth": rf"/{_DIGITS}(st|nd|rd|th)?|{'|'.join(_NAMED)}/",
    "task": "(task|tasks|item|items|one|ones|entry|entries|thing|things|to-do|to-dos|point|points)",
    "on_list": "(on|in|of|from|off) (the|my|that) [to-do|task|to do] list",
}
_ONE = Pattern.of("[the|my] [very] [{task}] [number|no|nr] <n: {nth}> [{task}] [{on_list}]", _PARTS)
_SOME_AT_AN_END = Pattern.of(
    "[the|my] <end: first|top|last|bottom|latest|newest|oldest> <n: {number}> [{task}]", _PARTS
)
_NTH_TO_LAST = Pattern.of("[the|my] <n: second|third|2nd|3rd> [to] last [{task}] [{on_list}]", _PARTS)
_RANGE = Pattern.of(
    "[{task}] [number|numbers|from]* <n: {number}> (to|through|until|till) <last: {number}> [{task}]", _PARTS
)
_HYPHENATED = re.compile(rf"({_DIGITS})[-–]({_DIGITS})")
_MAX_RANGE = 500


def read_places(spoken: Utterance) -> tuple[int, ...]:
    """The places, from 1 or from the end, that the words mean; none if they mean anything else."""
    if found := _SOME_AT_AN_END.match(spoken):
        count = min(_number(found["n"]), _MAX_RANGE)
        return tuple(range(-count, 0)) if _NAMED[str(found["end"])] < 0 else tuple(range(1, count + 1))
    if found := _NTH_TO_LAST.match(spoken):
        return (-_number(found["n"]),)
    if found := _RANGE.match(spoken):
        return _range(_number(found["n"]), _number(found["last"]))
    if hyphenated := _HYPHENATED.fullmatch(str(spoken)):
        return _range(_as_number(hyphenated[1]), _as_number(hyphenated[2]))
    numbers = [number for piece in spoken.pieces() for number in _numbers(spoken.part(piece.start, piece.end))]
    return tuple(dict.fromkeys(numbers)) if 0 not in numbers else ()


def _numbers(spoken: Utterance) -> list[int]:
    """The places of "the third one", or of "1 3 4"; 0 for anything else."""
    if found := _ONE.match(spoken):
        return [_number(found["n"])]
    return [_as_number(word) if re.fullmatch(_DIGITS, word) else 0 for word in spoken.words]


def _range(first: int, last: int) -> tuple[int, ...]:
    return tuple(range(first, last + 1)) if 0 < first <= last <= first + _MAX_RANGE else ()


def _number(spoken: Utterance) -> int:
    return _as_number(str(spoken))


def _as_number(word: str) -> int:
    digits = re.match(r"#?(\d+)", word)
    return int(digits[1]) if digits else _NAMED[word]
