"""From a line to what it asks for: one request, or several in a row."""

from collections.abc import Sequence

from taskchat.chat.offline import small_talk
from taskchat.chat.offline.courtesy import Mood, without_courtesies
from taskchat.chat.offline.effort import spend
from taskchat.chat.offline.grammar import RULES, Rule
from taskchat.chat.offline.intents import Add, Change, Count, Find, Intent, Show, ShowNext, Talk, Undo
from taskchat.chat.offline.notation import Pattern
from taskchat.chat.offline.questions import read_question
from taskchat.chat.offline.titles import begins_with_verb, split_titles
from taskchat.chat.offline.utterance import Utterance
from taskchat.chat.offline.vocabulary import words

MAX_CUTS = 8
_COMMANDS = words("add delete remove erase rename mark tick untick uncheck reopen show undo what how")
_COMMANDS_AFTER_OTHERS = _COMMANDS | words("finish complete clear list is change cross check put")
_CONNECTIVES = words("and then also but now please afterwards")
_HEADING = Pattern.of(
    "[please] ([my|new|the]* (to do|to-do|task|tasks|to-dos|shopping|groceries|grocery|reminder|reminders|note|notes)"
    " [list]|add|i need [to]|remember)"
)
MAX_HEADING_WORDS = 5


def read_clauses(spoken: Utterance, rules: Sequence[Rule] = RULES) -> list[Intent]:
    """The requests of a line, in their order; empty if any of it is not understood."""
    read: dict[int, list[Intent]] = {}
    cuts = _cuts(spoken)

    def read_from(start: int) -> list[Intent]:
        if start not in read:
            read[start] = []  # while it is being read
            read[start] = read_two(start) or [intent for intent in [read_clause(spoken.part(start), rules)] if intent]
        return read[start]

    def read_two(start: int) -> list[Intent]:
        """A request up to one of the cuts, and what follows it."""
        for end, next_start in cuts:
            if end > start and (rest := read_from(next_start)):
                first = read_clause(spoken.part(start, end), rules)
                if first and _may_follow(first, rest[0], spoken.part(next_start)):
                    return [first, *rest]
        return []

    return read_from(0)


def _cuts(spoken: Utterance) -> list[tuple[int, int]]:
    """Where one request may end and the next begin."""
    cuts = []
    for index in range(1, len(spoken)):
        if spoken.is_followed_by(".;!?\n", index - 1):
            cuts.append((index, index))
            continue
        start = index
        while start < len(spoken) and spoken.words[start] in _CONNECTIVES:
            start += 1
        is_joined = start > index or spoken.is_followed_by(",", index - 1)
        if is_joined and start < len(spoken) and spoken.words[start] in _COMMANDS_AFTER_OTHERS:
            cuts.append((index, start))
    return cuts[:MAX_CUTS]


def _may_follow(first: Intent, second: Intent, rest: Utterance) -> bool:
    """Whether the second request is one, and not the end of a title of the first."""
    if not isinstance(first, Add):
        return True
    if begins_with_verb(Utterance.of(first.titles[-1]).words if first.titles else ()):
        return isinstance(second, Add | Show | Count) or not {"done", "list"}.isdisjoint(rest.words)
    return rest.words[0] in _COMMANDS or not isinstance(second, Change)


def read_clause(spoken: Utterance, rules: Sequence[Rule] = RULES) -> Intent | None:
    """The one request of the words, if they are one."""
    if not spoken.words:
        return None
    spend()
    if topic := small_talk.topic_of(spoken):
        return Talk(topic)
    if titles := _under_a_heading(spoken):
        return Add(tuple(titles))
    request, mood = without_courtesies(spoken)
    if topic := small_talk.topic_of(request):
        return Talk(topic)
    understood = read_question(request) or _read_by_rules(request, rules)
    if mood is Mood.PLAIN or (understood and _is_meant_now(understood, request, mood)):
        return understood
    return Add(tuple(split_titles(request))) if mood is Mood.DUTY else None


def _under_a_heading(spoken: Utterance) -> list[str]:
    """The titles of "todo: milk, eggs"."""
    colon = next((i for i in range(min(MAX_HEADING_WORDS, len(spoken) - 1)) if spoken.is_followed_by(":–—-", i)), None)
    if colon is None or _HEADING.match(spoken.part(0, colon + 1)) is None:
        return []
    return split_titles(spoken.part(colon + 1))


def _is_meant_now(understood: Intent, request: Utterance, mood: Mood) -> bool:
    """Whether "I need to …" asks for it now: to see the list, yes; to finish the report, no."""
    if isinstance(understood, Show | Count | Find | Talk | ShowNext | Undo):
        return True
    says_so = request.words[0] in _COMMANDS or "list" in request.words
    return says_so and (mood is Mood.WISH or not isinstance(understood, Change) or "list" in request.words)


def _read_by_rules(request: Utterance, rules: Sequence[Rule]) -> Intent | None:
    for rule in rules:
        parts = rule.pattern.match(request)
        if parts is not None and (intent := rule.request(parts)):
            return intent
    return None
