"""The wrapping of a request: "hey, could you please … for me?", "I would like to …", "I need to …"."""

from enum import Enum

from taskchat.chat.offline.notation import Pattern, patterns
from taskchat.chat.offline.utterance import Utterance
from taskchat.chat.offline.vocabulary import ACTION_VERBS


class Mood(Enum):
    """How a request is wrapped."""

    PLAIN = "add milk"
    WISH = "I want to add milk"
    DUTY = "I need to add milk"


_OPENERS = patterns("""
    (hey|hi|hello|hiya|yo) [there|again]
    good (morning|afternoon|evening|day)
    ([many] thanks [a lot|so much]|thank you [very much|so much])
    (ok|okay|alright|all right|right|great|cool|nice|perfect|awesome|good|fine|sorry|oops|wait|actually|anyway)
    (so|well|oh|ah|um|uh|hmm|and|then|but|also|now|just|maybe|please|kindly|next|by the way|btw|one more thing)
    (yes|yeah|yep|sure|no|nope|nah)
    (taskchat|assistant)
    (can|could|would|will) you [not] [please|kindly|just|maybe|possibly|also|quickly|now]*
    (would|do) you mind
    [would you] be so kind (as to|and)
    i would (like|love) you to
    i would appreciate it if you could
    i (want|need|wish) you to
    i was wondering if you could
    it would be (nice|great|good) if you could
    you (can|may|should|could)
    (go ahead and|feel free to|do me a (favor|favour) and|try to|help me [to]|be sure to|make sure [to|you])
    (let us|tell me (if|whether)|i (want|would like|need) to know|i think [that]|i guess)
    (do you know|any idea|quick question|quickly)
""")
_CLOSERS = patterns("""
    (please|thanks [a lot|so much|in advance]|thank you [very much|so much]|cheers|(will|would|could|can) you)
    (ok|okay|if you (can|could|would)|if possible|mate|buddy|dear|taskchat|assistant|lol|haha)
""")
MAX_CLOSING_WORDS = 4
MAX_COURTESIES = 12
"""In a row, before a request or after it."""
_WISH = Pattern.of(
    "(i (want|wish) [to]|i would (like|love) [to]|(can|could|may|might) (i|we)|let me|i (will|am going to))"
)
_DUTY = Pattern.of(
    "((i|we) {really} ((need|have|ought|have got|got|plan) to|must|should|shall) {really}|i am supposed to)"
    " [remember to]",
    {"really": "[also|still|really|just|definitely]*"},
)
_GERUNDS = {
    "adding": "add", "putting": "put", "deleting": "delete", "removing": "remove", "marking": "mark", "showing": "show",
    "listing": "list", "renaming": "rename", "changing": "change", "ticking": "tick", "crossing": "cross",
    "checking": "check", "completing": "complete", "reopening": "reopen", "clearing": "clear", "reminding": "remind",
}  # fmt: skip


def without_courtesies(spoken: Utterance) -> tuple[Utterance, Mood]:
    """The request itself, and how it was wrapped. One word is left at least."""
    spoken, mood = _without_closers(spoken), Mood.PLAIN
    for _ in range(MAX_COURTESIES):
        if not spoken.words:
            break
        wish, duty = _WISH.match_beginning(spoken), _DUTY.match_beginning(spoken)
        opener = max(pattern.match_beginning(spoken) for pattern in _OPENERS)
        length = max(wish, duty, opener)
        if length == 0 or length == len(spoken):
            break
        if length > opener:
            mood = Mood.DUTY if duty >= wish else Mood.WISH
        spoken = spoken.part(length)
    if spoken.words and (command := _GERUNDS.get(spoken.words[0])):
        spoken = spoken.respelled((command, *spoken.words[1:]))
    return spoken, mood


def _without_closers(spoken: Utterance) -> Utterance:
    for _ in range(MAX_COURTESIES):
        length = _closing_words(spoken)
        if length == 0:
            break
        spoken = spoken.part(0, len(spoken) - length)
    return spoken


def _closing_words(spoken: Utterance) -> int:
    for length in range(min(MAX_CLOSING_WORDS, len(spoken) - 1), 0, -1):
        rest, end = spoken.part(0, len(spoken) - length), spoken.part(len(spoken) - length)
        # "write thank you" is not polite, it is a task.
        if any(closer.match(end) is not None for closer in _CLOSERS) and rest.words[-1] not in ACTION_VERBS:
            return length
    return 0
