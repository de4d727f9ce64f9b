"""Questions about the whole list: what is on it, what is done, how many are left.

These come in so many forms that no pattern is worth it: a sentence asks about the list if it begins like
a question or an order to show, names something of a list, and every word of it belongs to such questions.
"""

from taskchat.chat.offline.intents import Count, Show, Status
from taskchat.chat.offline.notation import Pattern
from taskchat.chat.offline.utterance import Utterance
from taskchat.chat.offline.vocabulary import words

_QUESTION = Pattern.of(
    "(show|list|display|see|view|print|read|give|get|check|open|tell|pull|bring|look|what|which|is|are|any|anything|where"
    "|(do|does|did|have|has|am) (i|we)|have [a look at] (my|the|all))"
)
_NOUN_PHRASE = words("""
    my the all everything remaining open pending done completed finished unfinished tasks task todo to-do todos to-dos
    to current shopping overview
""")
_NOUNS = words("list lists tasks todos to-dos agenda overview items do")
_STATEMENT = words("is are was were am have")
_ASKING_FOR_THE_REST = _STATEMENT | {"did"}
_ABOUT_THE_LIST = words("""
    list lists tasks task todo to-do todos to-dos do left open pending remaining outstanding done completed complete
    finished everything agenda unfinished undone incomplete due else accomplish accomplished achieved finish overview
    plate ticked closed
""")
_HARMLESS = words("""
    show list display see view print read give get check open tell pull bring look what which is are any me us my the
    our a all of on in at have has i we got there that still to for today now so far yet already been did do does up out
    over again just whole entire full current things thing stuff items item ones one anything more should must need was
    were am supposed this week from and both also including not actually where shopping right moment currently too
""")
_DONE = words("done completed complete finished finish accomplish accomplished achieved ticked closed did")
_NOT_DONE = words("not undone unfinished incomplete left open remaining pending outstanding")
_ALL = words("all everything whole entire full including both")
_ALSO = words("also including both too everything")
QUESTION_WORDS = _HARMLESS | _ABOUT_THE_LIST
_COUNTING = Pattern.of("(how (many|much|long)|count|[the] number of)")
_SHORT = words("list tasks to-do to-dos agenda overview show") | {"to do", "show me", "show it"}


def read_question(spoken: Utterance) -> Show | Count | None:
    """What is asked about the list, if anything."""
    said = frozenset(spoken.words)
    if counting := _COUNTING.match_beginning(spoken):
        rest = frozenset(spoken.words[counting:])
        return Count(_status(rest)) if rest and rest <= QUESTION_WORDS else None
    if str(spoken) in _SHORT:
        return Show(Status.OPEN)
    if not said <= QUESTION_WORDS:
        return None
    if spoken.words[0] in _ASKING_FOR_THE_REST and not said.isdisjoint(_DONE) and not said.isdisjoint(_ALL | {"am"}):
        return Show(Status.OPEN)  # "is everything done?"
    is_question = _QUESTION.match_beginning(spoken) and (
        not said.isdisjoint(_ABOUT_THE_LIST) or {"show", "all"} <= said
    )
    is_noun_phrase = spoken.words[0] in _NOUN_PHRASE and not said.isdisjoint(_NOUNS) and said.isdisjoint(_STATEMENT)
    return Show(_status(said)) if is_question or is_noun_phrase else None


def _status(said: frozenset[str]) -> Status:
    if not said.isdisjoint(_DONE) and said.isdisjoint(_NOT_DONE):
        return Status.COMPLETED if said.isdisjoint(_ALSO) else Status.ALL
    if not said.isdisjoint(_ALL) and said.isdisjoint(_NOT_DONE):
        return Status.ALL
    return Status.OPEN
