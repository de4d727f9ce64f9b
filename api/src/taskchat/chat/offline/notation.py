"""Patterns that read like the sentences they match.

    (mark|set) {what} [as|to] {done} [now]

Words stand for themselves. `(a|b c)` is one of these, `[a|b]` may be there, `[a|b]*` up to MAX_REPEATS times.
`{name}` is a part defined elsewhere; `{what}`, `{titles}`, `{title}` take one word or more, `{verb}` one,
and are handed on by their names, as is what stands in `<name: a|b>`. `{subject}` is a `{what}` at the beginning
of a statement, so it does not begin like a question or an order. `/…/` is a regular expression for one word.
`[/\\S+/]*` takes all the words that are left. A pattern matches whole words, all of them.

Matching takes linear time: what repeats is bounded, and only what takes any word is not. Two such parts in a row would
make it quadratic; `tests/chat/offline/test_cost.py` holds all patterns to that.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from taskchat.chat.offline.utterance import Utterance

_ELEMENT = re.compile(r"\[/\\S\+/\]\*|/\S+?/|\{\w+\}|<\w+:|\]\*|[\[\]()|>]|[^\s\[\]()|<>{}]+")
MAX_REPEATS = 8
_ANY_WORDS = r"[/\S+/]*"
_SYNTAX = {"[": "(?:", "]": ")?", "]*": f"){{0,{MAX_REPEATS}}}", "(": "(?:", ")": ")", "|": "|", ">": ")"}
_SOME_WORDS = r"(?:\S+ )+?"
_NO_SUBJECT = (
    "what|which|who|how|why|when|where|is|are|was|were|do|does|did|have|has|had|can|could|should|will|would|am|if|not|nothing"
    "|add|delete|remove|erase|clear|show|list|find|mark|tell|remind|rename|reopen"
)
_CAPTURES = {
    "{what}": f"(?P<what>{_SOME_WORDS})",
    "{subject}": rf"(?P<what>(?!(?:{_NO_SUBJECT}) ){_SOME_WORDS})",
    "{titles}": f"(?P<titles>{_SOME_WORDS})",
    "{title}": f"(?P<title>{_SOME_WORDS})",
    "{verb}": r"(?P<verb>\S+ )",
    _ANY_WORDS: r"(?:\S+ )*",
}


@dataclass(frozen=True, slots=True)
class Pattern:
    expression: re.Pattern[str]
    words: frozenset[str]
    """The words that it names."""

    @classmethod
    def of(cls, notation: str, parts: Mapping[str, str] | None = None) -> "Pattern":
        named: set[str] = set()
        return cls(re.compile("".join(_translated(notation, parts or {}, named))), frozenset(named))

    def match(self, spoken: Utterance) -> dict[str, Utterance] | None:
        """What was said for each name, if the pattern matches all of the words."""
        match = self.expression.fullmatch(spoken.spaced)
        return _captured(spoken, match) if match else None

    def match_beginning(self, spoken: Utterance) -> int:
        """How many words from the first on the pattern matches."""
        match = self.expression.match(spoken.spaced)
        return match[0].count(" ") if match else 0


def patterns(notation: str, parts: Mapping[str, str] | None = None) -> list[Pattern]:
    """One pattern for each line; a line that begins with more space goes on."""
    lines = re.sub(r"\n {5,}", " ", notation).splitlines()
    return [Pattern.of(line, parts) for line in lines if line.strip()]


def _captured(spoken: Utterance, match: re.Match[str]) -> dict[str, Utterance]:
    found: dict[str, Utterance] = {}
    for name, text in match.groupdict().items():
        if text:
            start = match.string.count(" ", 0, match.start(name))
            found[name] = spoken.part(start, start + text.count(" "))
    return found


def _translated(notation: str, parts: Mapping[str, str], named: set[str]) -> Iterator[str]:
    for element in _ELEMENT.findall(notation):
        if element in _SYNTAX or element in _CAPTURES:
            yield _SYNTAX.get(element) or _CAPTURES[element]
        elif element.startswith("<"):
            yield f"(?P<{element[1:-1]}>"
        elif element.startswith("{"):
            yield from ("(?:", *_translated(parts[element[1:-1]], parts, named), ")")
        elif element.startswith("/"):
            yield f"(?:{element[1:-1]}) "
        else:
            named.add(element)
            yield f"{re.escape(element)} "
