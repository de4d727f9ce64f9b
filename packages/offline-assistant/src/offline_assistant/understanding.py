"""Turns a message into requests."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace

from rapidfuzz import process
from rapidfuzz.distance import OSA

from offline_assistant import rules, text
from offline_assistant.effort import spend
from offline_assistant.rules import TABLES, intent_of
from offline_assistant.text import begins_with_verb, clean_title, first_word, prepared, spaced, split_titles, words

MAX_WORDS, MAX_LINES, MAX_CLAUSES, MAX_COURTESIES, MAX_REFERRING_WORDS, MAX_PLACES = 250, 100, 8, 12, 40, 500
CHANGES = words("complete reopen delete")
STATUSES = words("open completed all")
_COMMANDS = words("add delete remove erase rename mark tick untick uncheck reopen show undo what how")
_AFTER_OTHERS = _COMMANDS | words("finish complete clear list is change cross check put")
_ALSO = r"(?:(?:and|then|also|but|now|please|afterwards),? )"
_CUT = re.compile(rf"(?<=[.;!?]) |(?:(?<=,) {_ALSO}*| {_ALSO}+)(?=(?:{'|'.join(_AFTER_OTHERS)})[,:]? )", re.IGNORECASE)
_NOT_DONE_BY_SAYING = words("""
    need needed wanted added asked tried loved liked hated missed wished used hoped planned started mentioned changed
    decided noticed wondered meant
""")
_NO_TITLE = re.compile(
    r"(not|i|i'm|you|we|he|she|they|it|it's|there|this|that|what|which|who|whose|how|why|when|where|is|are|was|were|do|does"
    r"|did|can|could|will|would|should|if|because|tell|say) .*|.* (is|are|was|were|am|have) .*"
    r"|((again|more|next|back|others?|another|else|anything|something|nothing|everything|maybe|later) )+",
    re.IGNORECASE,
)
_COMMON = """
    list tasks task done show delete remove mark what complete finish rename change reopen clear remind
""".split()  # noqa: SIM905
_CANDIDATES = _COMMON + sorted(word for word in rules.COMMAND_WORDS.difference(_COMMON) if len(word) > 3)
"""The words that a typing error may mean. The common ones come first, because the first of equally near ones wins."""


@dataclass(frozen=True)
class Reference:
    """A reference to tasks.

    Attributes:
        kind: "named", "place", "it", "them", or a status: "open", "completed", "all".
        texts: how the title may read, the likeliest first: of "I called mum" both "called mum" and "mum".
        places: numbers on the list, from 1; negative ones count from its end.
        parts: of "milk and eggs" each of the two, if no title reads like the whole; of "all but milk" the milk.
    """

    kind: str
    texts: tuple[str, ...] = ()
    places: tuple[int, ...] = ()
    parts: tuple["Reference", ...] = ()


@dataclass(frozen=True)
class Request:
    """One thing that is wanted, by its intent in `rules`. A renaming is a possible "what" and its new title."""

    intent: str
    what: Reference | None = None
    titles: tuple[str, ...] = ()
    renamings: tuple[tuple[Reference, str], ...] = ()
    status: str = "open"


def understand(message: str) -> list[Request]:
    """The requests of a message, in its order; empty if they are not clear."""
    lines, whole = text.read_lines(message), prepared(message)
    if 1 < len(lines) <= MAX_LINES and (requests := _read_lines(lines)):
        return requests
    if not intent_of(whole, "small talk") and (answer := intent_of(whole, "yes or no")):
        return [Request(answer)]
    return _read_line(whole)


def guess(message: str) -> Request:
    """A guess at the meaning of a message without a clear request."""
    whole, lines = prepared(message), text.read_lines(message)
    if not any(character.isalnum() for character in message):
        return Request("no words")
    if _is_foreign(whole):
        return Request("foreign")
    if whole.count(" ") > MAX_WORDS or max(map(len, message.split())) > 200:
        return Request("too long")
    request, mood = without_courtesies(whole)
    what = read_reference(request)
    if what and what.kind != "named":
        return Request("find", what)
    if len(lines) > 1:
        titles = _titles_of(lines) if all(len(line.split()) <= 15 for line, _ in lines) else ()
    else:
        length, is_question = request.count(" "), request.endswith("? ")
        is_title = length <= (3 if is_question else 6) or (
            not is_question and (mood == "wish" or begins_with_verb(request))
        )
        titles = split_titles(request) if is_title and not _NO_TITLE.fullmatch(request) else ()
    return Request("mention", titles=titles) if titles else Request("unknown")


def _is_foreign(line: str) -> bool:
    """Whether most letters are of another script, or enough words of another language."""
    letters, said = [character for character in line if character.isalpha()], re.findall(r"\w+", line.lower())
    latin = sum(unicodedata.name(character, "").startswith("LATIN") for character in letters)
    hits = sum(word in rules.FOREIGN_WORDS for word in said)
    return 2 * latin < len(letters) or (hits >= 0.4 * len(said) and hits >= min(2, len(said)) > 0)


def _read_lines(lines: Sequence[tuple[str, bool]]) -> list[Request]:
    """The requests of several lines: commands, or a heading with titles under it."""
    heading, items = ("", lines) if lines[0][1] else (lines[0][0], lines[1:])
    asked, titles = _read_line(prepared(heading)), _titles_of(items)
    if all(is_bullet for _, is_bullet in items) or heading.endswith(":"):
        verb, what = (asked[0].intent, asked[0].what) if len(asked) == 1 else ("", None)
        if titles and verb in CHANGES and (what is None or what.kind != "named"):
            parts = tuple(Reference("named", (title,)) for title in titles)
            return [Request(verb, Reference("named", (", ".join(titles),), parts=parts))]
        return [Request("add", titles=titles)] if titles else []  # any other heading only names new tasks
    each = [_read_line(prepared(line)) for line, _ in lines]
    if all(each):
        return _merged([request for requests in each for request in requests])
    is_adding = [request.intent for request in asked] == ["add"] and not any(each[1:])
    return [Request("add", titles=asked[0].titles + titles)] if is_adding else []


def _titles_of(lines: Sequence[tuple[str, bool]]) -> tuple[str, ...]:
    return tuple(title for line, _ in lines if (title := clean_title(line)))


def _merged(requests: Sequence[Request]) -> list[Request]:
    """The same with adjacent additions as one."""
    merged = list(requests[:1])
    for request in requests[1:]:
        if merged[-1].intent == request.intent == "add" and merged[-1].titles and request.titles:
            merged[-1] = replace(request, titles=merged[-1].titles + request.titles)
        else:
            merged.append(request)
    return merged


def _read_line(line: str) -> list[Request]:
    """The requests of a line; what is not understood is read again with typing errors put right."""
    if not 0 < line.count(" ") <= MAX_WORDS:
        return []
    if (read := _read_clauses(line, "requests")) or _is_foreign(line):
        return read
    respelled = [_respelled(word) for word in line.split()]
    named_new = _read_clauses(spaced([*respelled[:1], *line.split()[1:]]), "requests")
    named_old = _read_clauses(spaced(respelled), "requests")
    return (
        [request for request in named_new if request.titles or request.renamings]
        or [request for request in named_old if not request.titles]
        or _read_clauses(line, "requests, if nothing else fits")
    )


def _respelled(word: str) -> str:
    """The word of the rules that this one is but for a typing error."""
    lower = word.lower()
    if not 3 <= len(word) <= 20 or lower in rules.COMMAND_WORDS or not word.isalpha():
        return word
    candidates = [known for known in _CANDIDATES if len(word) > 4 or known[0] == lower[0]]
    found = process.extractOne(lower, candidates, scorer=OSA.distance, score_cutoff=2 if len(word) > 7 else 1)
    return found[0] if found else word


def _read_clauses(line: str, table: str) -> list[Request]:
    """The requests of a line, in their order; empty if it does not end with one that is understood."""
    read, start = list[Request](), 0
    cuts = [(cut.start(), cut.end()) for cut in _CUT.finditer(line)][:MAX_CLAUSES]
    for place, (end, following) in enumerate(cuts):
        rest = line[following : cuts[place + 1][0] + 1 if place + 1 < len(cuts) else len(line)]
        first, second = read_clause(line[start : end + 1], table), read_clause(rest, table)
        if first and second and _may_follow(first, second, rest):
            read.append(first)
            start = following
    last = read_clause(line[start:], table)
    return _merged([*read, last]) if last else []


def _may_follow(first: Request, second: Request, rest: str) -> bool:
    """Whether the second request is one, and not the end of a title of the first."""
    if first.intent not in ("add", "remind"):
        return True
    if first.titles and begins_with_verb(first.titles[-1]):
        return second.intent in ("add", "remind", "show", "count") or not {"done", "list"}.isdisjoint(rest.split())
    return first_word(rest) in _COMMANDS or second.intent not in CHANGES


def read_clause(clause: str, table: str = "requests") -> Request | None:
    """The one request of the words, if they are one."""
    spend()
    request, mood = without_courtesies(clause)
    if topic := intent_of(clause, "small talk") or intent_of(request, "small talk"):
        return Request(topic)
    heading, _, titles = clause.partition(": ")
    if intent_of(f"{heading} ", "headings") and (named := split_titles(titles)):
        return Request("add", titles=named)
    understood = read_question(request) or _read_by_rules(request, table)
    if mood == "polite" or (understood and _is_meant_now(understood, request, mood)):
        return understood
    return Request("add", titles=split_titles(request)) if mood == "duty" else None


def _is_meant_now(understood: Request, request: str, mood: str) -> bool:
    """Whether "I need to …" asks for it now: to see the list, yes; to finish the report, no."""
    if understood.intent in ("show", "count", "find", "next", "undo", "cannot") or "list" in request.lower().split():
        return True
    return first_word(request) in _COMMANDS and (mood == "wish" or understood.intent not in CHANGES)


def without_courtesies(clause: str) -> tuple[str, str]:
    """The request itself, and how it was wrapped: "polite", "wish" or "duty". One word is left at least."""
    mood = "polite"
    for _ in range(MAX_COURTESIES):
        tokens = clause.split()
        for start in range(max(1, len(tokens) - 4), len(tokens)):
            # "write thank you" is not polite, it is a task.
            if (
                intent_of(spaced(tokens[start:]), "closing courtesies")
                and tokens[start - 1].lower() not in text.ACTION_VERBS
            ):
                clause = spaced(tokens[:start])
                break
    for _ in range(MAX_COURTESIES):
        found = [(match.end(), rule.intent) for rule in TABLES["courtesies"] if (match := rule.pattern.match(clause))]
        end, intent = max(found, default=(0, ""))
        if end in (0, len(clause)):
            break
        clause, mood = clause[end:], intent if intent != "polite" else mood
    gerund, _, rest = clause.partition(" ")
    commands = [each for each in _AFTER_OTHERS if gerund.lower().startswith(each.removesuffix("e"))]
    return (f"{max(commands, key=len)} {rest}" if commands and gerund.endswith("ing") else clause), mood


def read_question(clause: str) -> Request | None:
    """The question about the whole list, if it is one."""
    said = frozenset(re.findall(r"[^\W_]+(?:-[^\W_]+)*", clause.lower()))
    kind = intent_of(clause, "questions about the list") if said <= rules.QUESTION_WORDS else ""
    done, everything = said & rules.WORDS_FOR_DONE, said & rules.WORDS_FOR_ALL
    if kind == "show" or (kind == "is everything done" and done and (everything or "am" in said)):
        return Request("show")
    is_noun_phrase = said & words("list tasks todos to-dos agenda items do") and not said & words(
        "is are was were am have"
    )
    if kind == "noun phrase" and not is_noun_phrase:
        return None
    if not kind or not (kind == "count" or said & rules.ABOUT_THE_LIST or {"show", "all"} <= said):
        return None
    if said & rules.WORDS_FOR_OPEN or not (done or everything):
        status = "open"
    else:
        status = "all" if not done or said & words("also including both too everything") else "completed"
    return Request("count" if kind == "count" else "show", status=status)


def _read_by_rules(clause: str, table: str) -> Request | None:
    for rule in TABLES[table]:
        match = rule.pattern.fullmatch(clause)
        if match and (request := _request(rule.intent, clause, match.groupdict(default=""))):
            return request
    return None


def _request(intent: str, clause: str, parts: dict[str, str]) -> Request | None:
    """The request, or None where the words cannot mean it."""
    verb, title, said = parts.get("verb", ""), parts.get("title", ""), parts.get("what", "")
    named = title if intent == "correct" else said
    what = read_reference(named, verb) if named else None
    match intent:
        case "add" | "remind":
            return Request(intent, titles=_announced(parts.get("titles", "")))
        case "clear":
            return Request("delete", Reference("all"))
        case "rename" if what and title:
            return Request(intent, what, renamings=_renamings(clause[clause.index(said) :], said, title))
        case "find" | "correct" if not what:
            return None
        case "complete" | "reopen" | "delete" | "find" if what and what.kind == "named":
            is_story = said.count(" ") > MAX_REFERRING_WORDS
            return None if is_story or first_word(verb) in _NOT_DONE_BY_SAYING else Request(intent, what)
    return Request(intent, what, (clean_title(title),) if title else ())


def _announced(named: str) -> tuple[str, ...]:
    """The titles in "a task called milk", "these: milk, eggs", or just "milk"."""
    found = next(
        (match for rule in TABLES["announcements of titles"] if (match := rule.pattern.fullmatch(named))), None
    )
    titles = (found.groupdict().get("titles") or "") if found else named
    return split_titles(named if first_word(titles).isdecimal() else titles)  # "task 1" is a title


def _renamings(whole: str, said: str, title: str) -> tuple[tuple[Reference, str], ...]:
    """All readings of old and new title: "rename talk to Bob to talk to Al" may be cut at each "to"."""
    cuts = [cut for cut in re.finditer(r"(?<= )(?:to|into|as|with|by|for) (?=\S)", whole) if cut.start() > len(said)]
    readings = [(said, title), *((whole[: cut.start()], whole[cut.end() :]) for cut in cuts[:6])]
    found = [(read_reference(old), clean_title(new)) for old, new in readings]
    return tuple((what, new) for what, new in found if what and new)


def read_reference(said: str, verb: str = "") -> Reference | None:
    """The reference in the words; None if they name nothing. The verb before them may be a part of the title."""
    if found := _pointing(said):
        return found
    each = [piece for piece, _ in text.pieces(said)]
    parts = tuple(part for piece in each if len(each) > 1 and (part := _pointing(f"{piece.strip()} ") or _named(piece)))
    if parts and all(part.kind == "place" for part in parts):
        return Reference("place", (clean_title(said),), tuple(place for part in parts for place in part.places), parts)
    named = _named(verb + said, said) if verb else _named(said)
    return replace(named, parts=parts) if named and len(parts) > 1 else named


def _named(*texts: str) -> Reference | None:
    titles = tuple(title for said in texts if (title := clean_title(said)))
    return Reference("named", titles) if titles else None


def _pointing(said: str) -> Reference | None:
    """Places, pronouns and everything: what means tasks without naming them."""
    if text.QUOTED.match(said):
        return None
    if places := read_places(said):
        return Reference("place", (clean_title(said),), places)
    found = next(((rule, match) for rule in TABLES["references"] if (match := rule.pattern.fullmatch(said))), None)
    if found is None or found[0].intent != "all but":
        return Reference(found[0].intent) if found else None
    kind, but = intent_of(found[1]["all"], "references"), read_reference(found[1]["what"])
    return Reference(kind, parts=(but,)) if kind in STATUSES and but else None


def is_bare_number(said: str) -> bool:
    """Whether a number on the list is said without "task", "number" or the like before it."""
    first = next((word for word in said.lower().split() if word not in text.ARTICLES), "")
    return first in rules.PLACES or re.match(r"#?\d", first) is not None


def read_places(said: str) -> tuple[int, ...]:
    """The places, from 1 or from the end, that the words mean; none if they mean anything else."""
    said = re.sub(r"(?<=\d)[-–](?=#?\d)", " - ", said)
    if re.fullmatch(r"(?:#?\d{1,4} ){2,20}", said):
        return tuple(int(word.strip("#")) for word in said.split())
    found = next(((rule.intent, match) for rule in TABLES["places"] if (match := rule.pattern.fullmatch(said))), None)
    if found is None:
        return ()
    kind, numbers = found[0], found[1].groupdict(default="")
    n, m = (rules.place_of(numbers.get(name, "")) for name in ("n", "m"))
    last = {"first": min(n, MAX_PLACES), "last": -1, "to last": -(n or 2), "range": min(m, n + MAX_PLACES)}.get(kind, n)
    first = {"first": 1, "last": -min(n, MAX_PLACES), "to last": last}.get(kind, n)
    return tuple(range(first, last + 1)) if first else ()
