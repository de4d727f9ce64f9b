"""Which titles fit what somebody said."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from enum import IntEnum
from functools import cached_property

from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

from taskchat.chat.offline.conversation import Task
from taskchat.chat.offline.effort import spend
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


class Titles:
    """The titles of some tasks, read once for however many names are looked for among them."""

    def __init__(self, tasks: Sequence[Task]) -> None:
        self._tasks = tasks
        self._by_id = {task.id: place for place, task in enumerate(tasks)}
        self._near: dict[str, set[int]] = {}

    def best(self, said: str) -> tuple[Fit, list[Task]]:
        """How well the best title fits, and the tasks whose titles fit as well, in their order."""
        spend()
        query = _words(said[:MAX_COMPARED])
        wanted = _stems(query)
        if not query:
            return Fit.NONE, []
        for fit, places in (
            (Fit.EXACT, lambda: self._with_words.get(tuple(query), ())),
            (Fit.SAME, lambda: self._with_stems.get(tuple(wanted), ())),
            (Fit.WORDS, lambda: set.intersection(*(self._with_stem.get(stem, set()) for stem in wanted))),
            (Fit.CLOSE, lambda: self._close(query, wanted)),
        ):
            if found := places():
                return fit, [self._tasks[place] for place in sorted(found)]
        return Fit.NONE, []

    def find(self, task_id: str) -> Task | None:
        place = self._by_id.get(task_id)
        return None if place is None else self._tasks[place]

    def are_same(self, tasks: Iterable[Task]) -> bool:
        """Whether the titles of these tasks, all of them ours, read the same."""
        return len({self._keys[self._by_id[task.id]] for task in tasks}) == 1

    def closest(self, said: str) -> Task | None:
        """The task with the most similar title, if one is similar."""
        spend()
        query = " ".join(_words(said[:MAX_COMPARED]))
        found = process.extractOne(query, self._keys, scorer=fuzz.WRatio, score_cutoff=SUGGESTION_CUTOFF)
        return self._tasks[found[2]] if found else None

    @cached_property
    def _words(self) -> list[list[str]]:
        return [_words(task.title) for task in self._tasks]

    @cached_property
    def _with_words(self) -> dict[tuple[str, ...], list[int]]:
        return _places(map(tuple, self._words))

    @cached_property
    def _with_stems(self) -> dict[tuple[str, ...], list[int]]:
        return _places(tuple(_stems(words)) for words in self._words)

    @cached_property
    def _with_stem(self) -> dict[str, set[int]]:
        found: dict[str, set[int]] = defaultdict(set)
        for stems, places in self._with_stems.items():
            for stem in stems:
                found[stem].update(places)
        return found

    @cached_property
    def _keys(self) -> list[str]:
        return [" ".join(words) for words in self._words]

    @cached_property
    def _joined(self) -> list[str]:
        return ["".join(words) for words in self._words]

    def _close(self, query: list[str], wanted: list[str]) -> set[int]:
        """Where the title differs by a typing error or two, in the whole or in each of its words."""
        joined = "".join(query)
        near = process.extract(
            joined, self._joined, scorer=OSA.distance, score_cutoff=_tolerated(joined), limit=len(self._joined)
        )
        by_words = set(range(len(self._tasks)))
        for word in wanted:
            by_words &= self._near_to(word)
            if not by_words:
                break
        return by_words.union(place for _, _, place in near)

    def _near_to(self, word: str) -> set[int]:
        """Where the title has the word, or one that is it but for typing errors."""
        if word not in self._near:
            spend()
            most = _tolerated(word)
            known = list(self._with_stem) if most else [word] if word in self._with_stem else []
            found = process.extract(word, known, scorer=OSA.distance, score_cutoff=most, limit=len(known))
            near = [other for other, distance, _ in found if distance <= _tolerated(other)]
            self._near[word] = set().union(*(self._with_stem[other] for other in near))
        return self._near[word]


def _places(keys: Iterable[tuple[str, ...]]) -> dict[tuple[str, ...], list[int]]:
    """Where each key stands."""
    places: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for place, key in enumerate(keys):
        places[key].append(place)
    return places


def title_key(title: str) -> str:
    """Equal for titles that read the same."""
    return " ".join(_words(title))


def same_title(one: str, other: str) -> bool:
    return title_key(one) == title_key(other)


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


def _tolerated(word: str) -> int:
    """Typing errors that do not make it another word: none in a short one."""
    return 0 if len(word) <= MIN_STEM else 1 if len(word) <= MAX_SHORT else 2
