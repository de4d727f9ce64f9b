"""From a message to what the person wants."""

from collections.abc import Sequence

from taskchat.chat.offline import small_talk
from taskchat.chat.offline.adding import MAX_TITLE
from taskchat.chat.offline.clauses import read_clauses
from taskchat.chat.offline.courtesy import Mood, without_courtesies
from taskchat.chat.offline.grammar import LOOSE_RULES
from taskchat.chat.offline.intents import (
    Add,
    Change,
    Everything,
    Find,
    Intent,
    Mention,
    Named,
    Places,
    Pronoun,
    Talk,
)
from taskchat.chat.offline.languages import is_foreign
from taskchat.chat.offline.lines import Line, read_lines
from taskchat.chat.offline.references import read_reference
from taskchat.chat.offline.spelling import with_commands_respelled
from taskchat.chat.offline.titles import begins_with_verb, clean_title, split_titles
from taskchat.chat.offline.utterance import Utterance
from taskchat.chat.offline.vocabulary import words

MAX_WORDS = 250
"""In one line. Longer ones are stories, not requests."""
MAX_LINES = 100
MAX_WORDS_OF_A_MENTION = 6
MAX_WORDS_OF_A_LINE = 15
MAX_WORDS_OF_A_SHORT_QUESTION = 3
_NO_TITLE_BEGINS_WITH = words("""
    not i you we he she they it there this that what which who whose how why when where is are was were do does did can
    could will would should if because tell say
""")
_NO_TITLE = words("again more next back other others another else anything something nothing everything maybe later")
_VERBS_OF_STATEMENTS = words("is are was were am")


def understand(message: str) -> list[Intent]:
    """What the message asks for, in its order; empty if that is not clear."""
    lines = read_lines(message)
    if 1 < len(lines) <= MAX_LINES and (intents := _read_several(lines)):
        return _with_one_add(intents)
    spoken = Utterance.of(message)
    if small_talk.topic_of(spoken) is None and (yes := small_talk.answer_of(spoken)) is not None:
        return [Talk("yes_to_nothing" if yes else "no_to_nothing")]
    return _read(spoken)


def _with_one_add(intents: list[Intent]) -> list[Intent]:
    """The same with adjacent additions as one."""
    merged: list[Intent] = []
    for intent in intents:
        match merged, intent:
            case [*_, Add(before)], Add(titles) if before and titles:
                merged[-1] = Add(before + titles)
            case _:
                merged.append(intent)
    return merged


def _read(spoken: Utterance) -> list[Intent]:
    if not 0 < len(spoken) <= MAX_WORDS:
        return []
    read = read_clauses(spoken)
    if not read and not is_foreign(spoken):
        read = read_clauses(with_commands_respelled(spoken)) or read_clauses(spoken, LOOSE_RULES)
    return _with_one_add(read)


def guess(message: str) -> Intent:
    """What the message may be about that asks for nothing clearly."""
    spoken = Utterance.of(message)
    if not any(character.isalnum() for character in message):
        return Talk("nothing_said")
    if is_foreign(spoken):
        return Talk("foreign")
    if len(spoken) > MAX_WORDS or max(map(len, message.split())) > MAX_TITLE:
        return Talk("too_long")
    lines = read_lines(message)
    if len(lines) > 1:
        short = all(len(line.text.split()) <= MAX_WORDS_OF_A_LINE for line in lines)
        titles = _titles_of(lines) if short else ()
        return Mention(titles) if titles else Talk("unknown")
    request, mood = without_courtesies(spoken)
    what = read_reference(request)
    if what and not isinstance(what, Named):
        return Find(what)
    titles = tuple(split_titles(request)) if _may_be_title(request, mood) else ()
    return Mention(titles) if titles else Talk("unknown")


def _may_be_title(request: Utterance, mood: Mood) -> bool:
    """Whether this could be written on a list as it is."""
    if request.words[0] in _NO_TITLE_BEGINS_WITH or not _VERBS_OF_STATEMENTS.isdisjoint(request.words):
        return False
    if _NO_TITLE.issuperset(request.words):
        return False
    is_short = len(request) <= MAX_WORDS_OF_A_MENTION
    if request.text.rstrip().endswith("?"):
        return len(request) <= MAX_WORDS_OF_A_SHORT_QUESTION
    return is_short or mood is Mood.WISH or begins_with_verb(request.words)


def _read_several(lines: Sequence[Line]) -> list[Intent]:
    """What several lines ask for together."""
    headings = [line for line in lines[:1] if not line.is_bullet]
    items = lines[len(headings) :]
    heading = headings[0].text if headings else ""
    asked = _read(Utterance.of(heading))
    if all(line.is_bullet for line in items) or heading.endswith(":"):
        return _apply_to_items(asked, _titles_of(items))
    each = [_read(Utterance.of(line.text)) for line in lines]
    if all(each):
        return [intent for intents in each for intent in intents]
    if len(asked) == 1 and isinstance(asked[0], Add) and not any(each[1:]):
        return [Add((*asked[0].titles, *_titles_of(items)))]
    return []


def _apply_to_items(asked: list[Intent], items: tuple[str, ...]) -> list[Intent]:
    """What a heading asks for, done to the items under it. Any other heading only names them."""
    match asked:
        case [Change(verb, None | Pronoun() | Places() | Everything())] if items:
            named = tuple(Named((title,)) for title in items)
            return [Change(verb, Named((", ".join(items),), named) if len(named) > 1 else named[0])]
    return [Add(items)] if items else []


def _titles_of(lines: Sequence[Line]) -> tuple[str, ...]:
    return tuple(title for line in lines if (title := clean_title(line.text)))
