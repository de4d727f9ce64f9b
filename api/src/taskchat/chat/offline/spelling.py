"""Typing errors in the words that make a sentence a request: "shwo my taks", "mark milk as doen"."""

from rapidfuzz import process
from rapidfuzz.distance import OSA

from taskchat.chat.offline.grammar import RULES
from taskchat.chat.offline.questions import QUESTION_WORDS
from taskchat.chat.offline.utterance import Utterance

MIN_LETTERS = 3
MAX_SHORT = 4
"""Letters of a word that must at least begin like the right one."""
MIN_LETTERS_FOR_TWO = 8
MAX_LETTERS = 20
"""No word of the grammar is nearly that long."""
_KNOWN = frozenset[str]().union(*(rule.pattern.words for rule in RULES), QUESTION_WORDS)
_COMMON = [
    "list",
    "tasks",
    "task",
    "done",
    "show",
    "delete",
    "remove",
    "mark",
    "what",
    "complete",
    "finish",
    "rename",
    "change",
    "reopen",
    "clear",
    "remind",
]
_LONG_ENOUGH = _COMMON + sorted(word for word in _KNOWN.difference(_COMMON) if len(word) > MIN_LETTERS)
"""The common ones first: of equally near words the first is taken."""


def with_commands_respelled(spoken: Utterance) -> Utterance:
    """The same text with each word that is nearly a word of the grammar read as that one."""
    return spoken.respelled(tuple(_respelled(word) for word in spoken.words))


def _respelled(word: str) -> str:
    if not MIN_LETTERS <= len(word) <= MAX_LETTERS or word in _KNOWN or not word.isalpha():
        return word
    errors = 2 if len(word) >= MIN_LETTERS_FOR_TWO else 1
    candidates = _LONG_ENOUGH if len(word) > MAX_SHORT else [known for known in _LONG_ENOUGH if known[0] == word[0]]
    found = process.extractOne(word, candidates, scorer=OSA.distance, score_cutoff=errors)
    return found[0] if found else word
