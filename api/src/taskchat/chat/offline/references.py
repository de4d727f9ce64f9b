"""Which tasks are meant by "the second one", "it", "everything that's done", "milk and eggs"."""

from taskchat.chat.offline.intents import Everything, Named, Places, Pronoun, Reference, Status
from taskchat.chat.offline.notation import Pattern, patterns
from taskchat.chat.offline.places import read_places
from taskchat.chat.offline.titles import clean_title
from taskchat.chat.offline.utterance import QUOTED, Utterance

_PARTS = {
    "open": "[still] (open|left|remaining|pending|outstanding|undone|unfinished|incomplete|active|not done|to do)",
    "done": "[already] (done|completed|complete|finished|ticked [off]|checked [off]|closed)",
    "tasks": "(task|tasks|item|items|one|ones|thing|things|to-do|to-dos|stuff|entries)",
    "each": "(every|each|all|all (of|the|my)|all of (the|my))",
    "the": "(every|each|all|all (of|the|my)|all of (the|my)|any|the|my|these|those)",
    "which_are": "[that|which] [is|are|was|were|i have|has been|have been]",
    "on_list": "[(on|from|off|in) (the|my) [to-do|task|to do] list]",
}
_SINGULAR = patterns("""
    (it|this|that|(this|that) (one|task|item)|the (same|task|item) [one])
""")
_PLURAL = patterns("""
    (them|those|these|they|both|each of them|the following) [all|both|tasks|ones|two|three|items|things]
    (all|both|all (two|three|four|five)) [of] (them|those|these) [tasks|ones|two|three|items]
    (both|all (two|three|four|five)|the (two|three|four|five)) [tasks|items|of them]
""")
_EVERYTHING = [
    *((Status.COMPLETED, pattern) for pattern in patterns("""
    [{the}] {done} {tasks} {on_list}
    (everything|all|{the} {tasks}) {which_are} {done} {on_list}
    (everything|all|{the} {tasks}) i (have|did|finished|completed) [{done}] {on_list}
    [all] (done|completed|finished)
    """, _PARTS)),
    *((Status.OPEN, pattern) for pattern in patterns("""
    [{the}] {open} {tasks} {on_list}
    (everything|all|{the} {tasks}) {which_are} {open} {on_list}
    (the (rest|other|others|remaining) [ones|tasks]|everything else|all [of] the (rest|others|other ones)|everyone else)
    """, _PARTS)),
    *((Status.ALL, pattern) for pattern in patterns("""
    (everything|all|all of it|it all|the lot) {on_list}
    ({each} {tasks}|my tasks|every single {tasks}) {on_list}
    (the|my|all my) [whole|entire|complete|full]* [to-do|task|to do] list
    """, _PARTS)),
]  # fmt: skip
_ALL_BUT = Pattern.of("<all: /\\S+/ [/\\S+/]*> (except|but|apart from|other than|besides|save) [for] {what}")


def read_reference(spoken: Utterance, with_verb: Utterance | None = None) -> Reference | None:
    """What the words refer to; None if they name nothing.

    Args:
        spoken: "the eggs" of "I bought the eggs".
        with_verb: "bought the eggs", where the verb may be part of the title.
    """
    if found := _pointing(spoken) or _all_but(spoken):
        return found
    texts = [text for part in (with_verb, spoken) if part and (text := clean_title(part.original()))]
    parts = [part for piece in spoken.pieces() if (part := _part(spoken.part(piece.start, piece.end)))]
    return Named(tuple(texts), tuple(parts) if len(parts) > 1 else ()) if texts else None


def _part(spoken: Utterance) -> Reference | None:
    title = clean_title(spoken.original())
    return _pointing(spoken) or (Named((title,)) if title else None)


def _pointing(spoken: Utterance) -> Places | Pronoun | Everything | None:
    """Places, pronouns and everything: what means tasks without naming them."""
    if not spoken.words or QUOTED in spoken.words:
        return None
    if numbers := read_places(spoken):
        return Places(numbers)
    for plural, pronouns in ((False, _SINGULAR), (True, _PLURAL)):
        if any(pattern.match(spoken) is not None for pattern in pronouns):
            return Pronoun(plural)
    return next((Everything(status) for status, pattern in _EVERYTHING if pattern.match(spoken) is not None), None)


def _all_but(spoken: Utterance) -> Everything | None:
    found = _ALL_BUT.match(spoken)
    everything = _pointing(found["all"]) if found else None
    if not found or not isinstance(everything, Everything):
        return None
    return Everything(everything.status, read_reference(found["what"]))
