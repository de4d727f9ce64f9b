"""Typing errors in the words that make a sentence a request: "shwo my taks", "mark milk as doen"."""

from rapidfuzz import process
from rapidfuzz.distance import OSA

from taskchat.chat.offline.grammar import RULES
from taskchat.chat.offline.questions import QUESTION_WORDS
from taskchat.chat.offline.utterance import Utterance

MIN_LETTERS = 3
MIN_LETTERS_FOR_TWO = 8
_KNOWN = frozenset[str]().union(*(rule.pattern.words for rule in RULES), QUESTION_WORDS)
_LONG_ENOUGH = sorted(word for word in _KNOWN if len(word) > MIN_LETTERS)


def with_commands_respelled(spoken: Utterance) -> Utterance:
    """The same text with each word that is nearly a word of the grammar read as that one."""
    return spoken.respelled(tuple(_respelled(word) for word in spoken.words))


def _respelled(word: str) -> str:
    if len(word) < MIN_LETTERS or word in _KNOWN or not word.isalpha():
        return word
    errors = 2 if len(word) >= MIN_LETTERS_FOR_TWO else 1
    found = process.extractOne(word, _LONG_ENOUGH, scorer=OSA.distance, score_cutoff=errors)
    return found[0] if found else word
