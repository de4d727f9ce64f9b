"""Which titles fit what somebody said."""

import re
import unicodedata
from enum import IntEnum

from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

from taskchat.chat.offline.conversation import Task
from taskchat.chat.offline.vocabulary import ARTICLES, PAST_TENSE, words


class Fit(IntEnum):
    """How well a title fits; the higher the better."""

    NONE = 0
    CLOSE = 1
    """But for typing errors all words are in the title."""
    WORDS = 2
    """All words are in the title, in some form."""
    SAME = 3
    """The words of the title, but for articles and endings."""
    EXACT = 4


_FILLERS = ARTICLES | words(
    "task item entry todo one about called named for of to on in at and with up off out from it"
)
_ENDINGS = (("ies", "y"), ("ied", "y"), ("sses", "ss"), ("ing", ""), ("ed", ""), ("es", ""), ("s", ""), ("e", ""))
MIN_STEM = 3
MAX_SHORT = 7
MAX_COMPARED = 300
"""Characters of what was said; no title is longer."""
SUGGESTION_CUTOFF = 70
"""Of 100: what a title must have in common with what was said to be offered instead."""


def best_matches(said: str, tasks: list[Task]) -> tuple[Fit, list[Task]]:
    """The tasks whose titles fit best, in their order."""
    query = _words(said[:MAX_COMPARED])
    fits = [(_fit(query, _words(task.title)), task) for task in tasks]
    best = max((fit for fit, _ in fits), default=Fit.NONE)
    return best, [task for fit, task in fits if fit is best] if best else []


def closest(said: str, tasks: list[Task]) -> Task | None:
    """The task with the most similar title, if one is similar."""
    titles = [title_key(task.title) for task in tasks]
    found = process.extractOne(
        " ".join(_words(said[:MAX_COMPARED])), titles, scorer=fuzz.WRatio, score_cutoff=SUGGESTION_CUTOFF
    )
    return tasks[found[2]] if found else None


def title_key(title: str) -> str:
    """Equal for titles that read the same."""
    return " ".join(_words(title))


def same_title(one: str, other: str) -> bool:
    return title_key(one) == title_key(other)


def mentions(text: str, title: str) -> bool:
    """Whether the text has the words of the title in a row."""
    return f" {title_key(title)} " in f" {title_key(text)} "


def _fit(query: list[str], title: list[str]) -> Fit:
    if not query or not title:
        return Fit.NONE
    if query == title:
        return Fit.EXACT
    wanted, there = _stems(query), _stems(title)
    if wanted == there:
        return Fit.SAME
    if set(wanted) <= set(there):
        return Fit.WORDS
    together = OSA.distance("".join(query), "".join(title)) <= _tolerated("".join(query))
    return Fit.CLOSE if together or all(any(_is_typo(w, t) for t in there) for w in wanted) else Fit.NONE


def _words(text: str) -> list[str]:
    words = re.findall(r"[^\W_]+(?:'[^\W_]+)*", unicodedata.normalize("NFKC", text).casefold().replace("’", "'"))
    return words or text.split()  # a title may be one emoji


def _stems(words: list[str]) -> list[str]:
    telling = [word for word in words if word not in _FILLERS] or words
    return [_stem(word) for word in telling]


def _stem(word: str) -> str:
    """The word without its ending, so that "called" is "call" and "eggs" is "egg"."""
    word = PAST_TENSE.get(word, word.removesuffix("'s"))
    for ending, instead in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= MIN_STEM:
            word = word.removesuffix(ending) + instead
            return word[:-1] if ending in ("ing", "ed") and word[-1] == word[-2] and word[-1] not in "lsz" else word
    return word


def _is_typo(one: str, other: str) -> bool:
    return OSA.distance(one, other, score_cutoff=2) <= min(_tolerated(one), _tolerated(other))


def _tolerated(word: str) -> int:
    """Typing errors that do not make it another word: none in a short one."""
    return 0 if len(word) <= MIN_STEM else 1 if len(word) <= MAX_SHORT else 2
