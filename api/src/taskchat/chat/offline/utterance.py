"""A sentence in two forms at once: words to compare with the grammar, and the text as it was written.

The grammar reads the words: lower case, one space between them, no punctuation, typing errors put right.
Titles are cut out of the text, so they keep the person's own spelling.
"""

import re
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from taskchat.chat.offline.vocabulary import words

QUOTED = "\N{OBJECT REPLACEMENT CHARACTER}"
"""The word that stands for everything between two quotation marks: no command is read inside them."""

# A quotation ends where another one opens. Otherwise many unclosed quotes would take quadratic time.
_QUOTES = (
    '"[^"]+"',
    "“[^“”]+”",
    "„[^„“”]+[“”]",
    "«[^«»]+»",
    "`[^`]+`",
    r"(?<!\w)'[^']+'(?!\w)",
    r"(?<!\w)‘[^‘’]+’(?!\w)",
)
# A comma or semicolon ends a token, but not in 1,000.
_TOKEN = re.compile(rf"({'|'.join(_QUOTES)})|(?:[^\s\"“„«`,;]|(?<=\d),(?=\d))+[,;]*|\S")
_CONJUNCTIONS = {"and", "plus", "then"}
_EDGES = " \t.,;:!?()[]{}…*_~-–—\"“”„«»`'‘’"
_APOSTROPHES = str.maketrans("’‘´`", "''''")
_CONTRACTED = {
    **{f"{word}'s": (word, "is") for word in ("it", "that", "what", "where", "who", "how", "there", "everything")},
    **{f"{word}'re": (word, "are") for word in ("you", "we", "they", "what", "those", "these")},
    **{f"{word}'ve": (word, "have") for word in ("i", "you", "we", "they")},
    **{f"{word}'d": (word, "would") for word in ("i", "you", "we")},
    **{f"{word}'ll": (word, "will") for word in ("i", "you", "we", "that", "it")},
    **{
        f"{word}n't": (word, "not")
        for word in words("do does did is are was were have has had could would should must need")
    },
    "i'm": ("i", "am"),
    "can't": ("can", "not"),
    "cannot": ("can", "not"),
    "won't": ("will", "not"),
    "let's": ("let", "us"),
    "gonna": ("going", "to"),
    "wanna": ("want", "to"),
    "gotta": ("got", "to"),
    "lemme": ("let", "me"),
    "gimme": ("give", "me"),
}
_WORDS_OF_THEIR_OWN = words("ill id were wed well wont cant")
_WITHOUT_APOSTROPHE = {
    spelled: expanded
    for word, expanded in _CONTRACTED.items()
    if (spelled := word.replace("'", "")) not in _WORDS_OF_THEIR_OWN
}
_SHORTHAND = {
    "pls": "please",
    "plz": "please",
    "thx": "thanks",
    "u": "you",
    "r": "are",
    "del": "delete",
    "rm": "remove",
    "ad": "add",
    "todo": "to-do",
    "todos": "to-dos",
    "&": "and",
    "+": "and",
    "->": "into",
    "=>": "into",
    "→": "into",
}


@dataclass(frozen=True)
class Utterance:
    """Part of a message.

    Attributes:
        text: the whole message.
        words: the words of this part.
        spans: where in `text` each of them stands.
    """

    text: str
    words: tuple[str, ...]
    spans: tuple[tuple[int, int], ...]

    @classmethod
    def of(cls, text: str) -> "Utterance":
        found: list[str] = []
        spans: list[tuple[int, int]] = []
        for match in _TOKEN.finditer(text):
            heard = (QUOTED,) if match[1] else _words(match[0])
            found += heard
            spans += [match.span()] * len(heard)
        return cls(text, tuple(found), tuple(spans))

    def __str__(self) -> str:
        """The words, as the grammar matches them."""
        return " ".join(self.words)

    @cached_property
    def spaced(self) -> str:
        """The words with a space behind each, as patterns match them."""
        return "".join([f"{word} " for word in self.words])

    def __len__(self) -> int:
        return len(self.words)

    def part(self, start: int, end: int | None = None) -> "Utterance":
        return Utterance(self.text, self.words[start:end], self.spans[start:end])

    def respelled(self, words: tuple[str, ...]) -> "Utterance":
        return Utterance(self.text, words, self.spans)

    def up_to(self, later: "Utterance") -> "Utterance":
        """From the beginning of this part to the end of a later one."""
        return Utterance.of(self.text[self.spans[0][0] : later.spans[-1][1]])

    def original(self) -> str:
        """This part as it was written."""
        return self.text[self.spans[0][0] : self.spans[-1][1]] if self.spans else ""

    def is_followed_by(self, marks: str, index: int) -> bool:
        """Whether one of the punctuation marks stands between this word and the next."""
        end = self.spans[index + 1][0] if index + 1 < len(self.spans) else self.spans[index][1]
        return any(mark in marks for mark in self.text[self.spans[index][1] - 1 : end])

    def pieces(self) -> list["Piece"]:
        """The parts between commas, semicolons and "and"."""
        found: list[Piece] = []
        start, after_comma = 0, False
        for index, word in enumerate(self.words):
            if word in _CONJUNCTIONS:
                found += [Piece(start, index, after_comma)] if start < index else []
                after_comma = after_comma and start == index  # "milk, and eggs"
                start = index + 1
            elif self.is_followed_by(",;", index):
                found.append(Piece(start, index + 1, after_comma))
                start, after_comma = index + 1, True
        return [*found, Piece(start, len(self), after_comma)] if start < len(self) else found


class Piece(NamedTuple):
    """Words of an utterance, from `start` to before `end`."""

    start: int
    end: int
    after_comma: bool


def _words(token: str) -> tuple[str, ...]:
    """The words of a token: none where it is punctuation, two of "don't"."""
    word = _SHORTHAND.get(token) or token.strip(_EDGES).translate(_APOSTROPHES).lower()
    word = _SHORTHAND.get(word, word)
    return _CONTRACTED.get(word) or _WITHOUT_APOSTROPHE.get(word) or ((word,) if word else ())
