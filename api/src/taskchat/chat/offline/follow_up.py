"""What is meant by what follows on something: an answer to our question, "and the eggs" after "add milk"."""

from taskchat.chat.offline import small_talk
from taskchat.chat.offline.clauses import read_clause
from taskchat.chat.offline.conversation import Task
from taskchat.chat.offline.courtesy import without_courtesies
from taskchat.chat.offline.intents import (
    ELICITING,
    Action,
    Add,
    Ask,
    Change,
    Choose,
    Confirm,
    Do,
    Elicit,
    Everything,
    Intent,
    Named,
    Places,
    Pronoun,
    Question,
    Reference,
    Talk,
    Verb,
)
from taskchat.chat.offline.matching import Fit, Titles, same_title
from taskchat.chat.offline.references import read_reference
from taskchat.chat.offline.titles import begins_with_verb, clean_title, split_titles
from taskchat.chat.offline.utterance import Utterance

LEFT_ALONE = Talk("left_alone")
MAX_WORDS_OF_AN_ANSWER = 60
MAX_CONTINUING_WORDS = 8
_GOING_ON = (("and",), ("also",), ("plus",), ("then",))
_TOO = (("too",), ("also",), ("as", "well"))


def may_answer(message: str, reply: str) -> bool:
    """Whether the message is worth reading as an answer to what the reply asks: the long ones name new tasks only."""
    return "?" in reply and (ELICITING in reply or len(message.split()) <= MAX_WORDS_OF_AN_ANSWER)


def read_answer(message: str, question: Question) -> Intent | None:
    """What the message asks for as an answer to the question; None if it is none."""
    spoken = Utterance.of(message)
    if not spoken.words:
        return None
    yes = small_talk.answer_of(spoken)
    if yes is False:
        return LEFT_ALONE
    request, _ = without_courtesies(spoken)
    match question:
        case Confirm(_, actions):
            return Do(actions) if yes or _names(request, actions) else None
        case Choose(_, choices):
            chosen = _chosen(request, choices)
            return Do(chosen) if chosen else Ask(question) if yes else None
        case Elicit(_, verb, task):
            return None if _is_command(request) else _completed(request, verb, task)


def read_continuation(message: str, verb: Verb) -> Intent | None:
    """What "and the eggs", "the second one too" asks for when `verb` was done last."""
    spoken = Utterance.of(message)
    start = 1 if spoken.words[:1] in _GOING_ON else 0
    end = next((-len(words) for words in _TOO if spoken.words[-len(words) :] == words), None)
    named = spoken.part(start, end)
    if not named.words or (start == 0 and end is None) or len(named) > MAX_CONTINUING_WORDS:
        return None
    if verb is Verb.ADD:
        return Add(tuple(split_titles(named)))
    what = read_reference(named)
    return Change(verb, what) if what and verb is not Verb.RENAME else None


def _names(request: Utterance, actions: tuple[Action, ...]) -> bool:
    """Whether the title is repeated instead of a yes."""
    titles = [action.task.title if action.task else action.title for action in actions]
    return len(titles) == 1 and same_title(clean_title(request.original()), titles[0])


def _is_command(request: Utterance) -> bool:
    """Whether this is a request of its own; "finish the report" is as well a title."""
    command = read_clause(request)
    return command is not None and not (isinstance(command, Change) and begins_with_verb(request.words))


def _completed(request: Utterance, verb: Verb, task: Task | None) -> Intent | None:
    if verb is Verb.ADD:
        titles = split_titles(request)
        return Add(tuple(titles)) if titles else None
    title = clean_title(request.original())
    return Do((Action(verb, task, title),)) if title else None


def _chosen(request: Utterance, choices: tuple[Action, ...]) -> tuple[Action, ...]:
    what = read_reference(request)
    command = read_clause(request)
    if isinstance(command, Change):  # "delete the first" instead of "the first"
        what = command.what if command.verb is choices[0].verb else None
    return tuple(_meant(what, choices)) if what else ()


def _meant(what: Reference, choices: tuple[Action, ...]) -> list[Action]:
    match what:
        case Places(numbers):
            count = len(choices)
            places = [number if number > 0 else count + 1 + number for number in numbers]
            return [choices[place - 1] for place in places] if all(0 < place <= count for place in places) else []
        case Pronoun(plural=True) | Everything(but=None):
            return list(choices)
        case Named(texts, parts):
            tasks = [choice.task for choice in choices if choice.task]
            fit, found = Titles(tasks).best(texts[-1])
            if fit is not Fit.NONE and len(found) == 1:
                return [choice for choice in choices if choice.task is found[0]]
            each = [_meant(part, choices) for part in parts]
            return [choice for chosen in each for choice in chosen] if all(each) else []
    return []
