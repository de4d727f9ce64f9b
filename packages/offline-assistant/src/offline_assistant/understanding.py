"""Turns a message into requests."""

import re
from dataclasses import dataclass, replace
from itertools import pairwise

from offline_assistant.effort import spend
from offline_assistant.rules import MEANINGS, WORDS, first_match, intent_of
from offline_assistant.text import begins_with_verb, clean_title, first_word, pieces, prepared, split_titles

MAX_WORDS, MAX_LINES, MAX_CLAUSES, MAX_REFERRING_WORDS, MAX_PLACES = 250, 100, 8, 40, 500
CHANGES, STATUSES = {"complete", "reopen", "delete"}, {"open", "completed", "all"}
_CHANGE_PARTS = {"said": "", "later": "later", "level": "priority"}  # what rules hand on, and what follows
_CUT = re.compile(
    r"(?<=[.;!?]) |(?:(?<=,)| and,?| then,?)(?: (?:and|then|also|now|please),?)* "
    rf"(?=(?:{'|'.join(WORDS['commands'] + WORDS['after and'])})[,:]? )",
    re.IGNORECASE,
)
_CORRECTION = re.compile(
    r"(?<=[,;.!?–—-]) (?:(?:oh|oops|no),? )*(?:wait|sorry|i mean[t]?|scratch that|or rather)[,;.!]* (?:no[,;.!]* )?",
    re.IGNORECASE,
)
_BULLET = re.compile(r"^\s*(?:[-*•–☐☑✓✔>]|\(?\d{1,3}[.)]|#{1,6})\s+(?:\[[ xX]?\]\s+)?(?=\S)")


@dataclass(frozen=True)
class Reference:
    """A reference to tasks: named, by "place", by "number" ("task 1"), "it", "them", or all of a status.

    Places count from 1, negative ones from the list's end. Parts are each of "milk and eggs", if no title reads like
    the whole, and the milk of "all but milk".
    """

    kind: str
    text: str = ""
    places: tuple[int, ...] = ()
    parts: tuple["Reference", ...] = ()


@dataclass(frozen=True)
class Request:
    """One thing that is wanted, by its intent in `rules.txt`.

    Titles to add are as written, with their due dates; `said` is a new title, date or priority, a note or
    a period of time, in words.
    """

    intent: str
    what: Reference | None = None
    titles: tuple[str, ...] = ()
    status: str = "open"
    said: str = ""


def understand(message: str) -> list[Request]:
    """The requests of a message, in its order; a guess if they are not clear."""
    lines, whole = [line for line in message.splitlines() if line.strip()], prepared(message)
    if 1 < len(lines) <= MAX_LINES and (requests := _read_lines(lines)):
        return requests
    if not intent_of(whole, "small talk") and (answer := intent_of(whole, "yes or no")):
        return [Request(answer)]
    return _read_clauses(whole) or [_guess(prepared(", ".join(lines)))]


def _guess(whole: str) -> Request:
    request, _ = without_courtesies(whole)
    if begins_with_verb(first_match(request, "details")[1].get("rest", "")):  # "call mum tomorrow"
        return Request("add", titles=split_titles(request))
    what, length = read_reference(request), whole.count(" ")
    if not any(character.isalnum() for character in whole):
        return Request("no words")
    if length > MAX_WORDS or len(max(whole.split(), key=len)) > 200:
        return Request("too long")
    is_title = length <= (3 if request.endswith("? ") else 6) and not intent_of(request, "no titles")
    return Request("mention", what) if what and (is_title or what.kind != "named") else Request("unknown")


def _read_lines(lines: list[str]) -> list[Request]:
    """The requests of several lines: commands, or a heading with titles under it."""
    heading, items = ("", lines) if _BULLET.match(lines[0]) else (lines[0].strip(), lines[1:])
    titles = tuple(title for line in items if (title := clean_title(_BULLET.sub("", line, count=1))))
    asked = _read_clauses(prepared(heading))
    intent = asked[0].intent if len(asked) == 1 else ""
    if all(map(_BULLET.match, items)) or heading.endswith(":"):
        if titles and intent in CHANGES:
            parts = tuple(Reference("named", title) for title in titles)
            return [Request(intent, Reference("named", ", ".join(titles), parts=parts))]
        return [Request("add", titles=titles)] if titles else []  # any other heading only names new tasks
    each = [_read_clauses(prepared(line)) for line in lines]
    if intent == "add" and not any(each[1:]):
        return [Request("add", titles=asked[0].titles + titles)]
    return [request for requests in each for request in requests] if all(each) else []


def _read_clauses(line: str) -> list[Request]:
    """The requests of a line, in their order; empty if it does not end with one that is understood."""
    if not 0 < line.count(" ") <= MAX_WORDS:
        return []
    if (corrected := _read_correction(line)) is not None:
        return corrected
    read, start = list[Request](), 0
    cuts = [(cut.start(), cut.end()) for cut in _CUT.finditer(line)][:MAX_CLAUSES]
    for (end, following), (next_end, _) in pairwise([*cuts, (len(line), 0)]):
        first, second = read_clause(line[start : end + 1]), read_clause(line[following : next_end + 1])
        if first and second and not (first.titles and begins_with_verb(first.titles[-1])):  # else: a longer title
            read.append(first)
            start = following
    last = read_clause(line[start:])
    return [*read, last] if last else []


def _read_correction(line: str) -> list[Request] | None:
    """The requests of a line that corrects itself: "delete task 1, no wait, task 2". None if it doesn't."""
    *before, correction = _CORRECTION.split(line, maxsplit=MAX_CLAUSES)
    if not before or not correction:
        return None
    if read_clause(correction):
        return _read_clauses(correction)
    *read, last = _read_clauses(f"{before[0]} ") or [Request("")]
    if any(last.titles):
        return [*read, replace(last, titles=(*last.titles[:-1], *split_titles(correction)))]
    if last.intent == "rename" or (last.said and intent_of(correction, "changes")):
        return [*read, replace(last, said=correction)]
    return [*read, replace(last, what=read_reference(correction))] if last.what else None


def read_clause(clause: str) -> Request | None:
    """The one request of the words, if they are one."""
    spend()
    request, mood = without_courtesies(clause)
    if topic := intent_of(clause, "small talk") or intent_of(request, "small talk"):
        return Request(topic)
    heading, _, titles = clause.partition(": ")
    if intent_of(f"{heading} ", "headings") and (named := split_titles(titles)):
        return Request("add", titles=named)
    understood = _read_question(request) or _read_by_rules(request)
    # "I need to …" asks for it now if it is to see the list, but not if it is to finish the report.
    is_harmless = understood and understood.intent in ("show", "count", "find", "next", "undo", "cannot", "agenda")
    is_command = first_word(request) in WORDS["commands"] and (mood == "wish" or "list" in request.split())
    if mood == "polite" or is_harmless or is_command:
        return understood
    return Request("add", titles=split_titles(request)) if mood == "duty" else None


def without_courtesies(clause: str) -> tuple[str, str]:
    """The request itself, and how it was wrapped: "polite", "wish" or "duty". One word is left at least."""
    clause = first_match(clause, "closing courtesies")[1].get("rest", clause)
    mood, parts = first_match(clause, "courtesies")
    return parts.get("rest", clause), mood


def _read_question(clause: str) -> Request | None:
    """The question about the whole list, if it is one."""
    said = frozenset(re.findall(r"[^\W_]+(?:-[^\W_]+)*", clause.lower()))
    kind = intent_of(clause, "questions about the list")
    if not kind or not said.issubset(WORDS["in questions"] + WORDS["about the list"]):
        return None
    is_done, is_all, is_open = (not said.isdisjoint(WORDS[name]) for name in ("for done", "for all", "for open"))
    if kind == "show" or (kind == "is everything done" and is_done and (is_all or "am" in said)):
        return Request("show")
    if kind != "count" and said.isdisjoint(WORDS["about the list"]) and not {"show", "all"} <= said:
        return None
    status = "open" if is_open else "completed" if is_done else "all" if is_all else "open"
    return Request("count" if kind == "count" else "show", status=status, said=" ".join(said & {"today", "yesterday"}))


def _read_by_rules(clause: str) -> Request | None:
    """The request by the first rule that matches, where the words can mean it."""
    intent, parts = first_match(clause, "requests")
    if intent in ("add", "remind"):
        titles = parts.get("titles", "")
        announced, found = first_match(titles, "announcements of titles")
        named = found.get("titles", "") if announced else titles
        when = f" due {parts['when'].strip()}" if parts.get("when") else ""
        each = split_titles(titles if first_word(named).isdecimal() else named)
        return Request(intent, titles=tuple(title + when for title in each))
    said = parts.get("what", "")
    if not intent or said.count(" ") > MAX_REFERRING_WORDS:
        return None
    changes = [f"{parts[name]}{suffix}" for name, suffix in _CHANGE_PARTS.items() if parts.get(name)]
    change = changes[0] if changes else "undated" if intent == "set" else ""
    is_open = intent_of(said, "references") == "several"  # "delete two tasks" doesn't say which
    return Request(intent, None if is_open else read_reference(said), said=change)


def read_reference(said: str) -> Reference | None:
    """The reference in the words; None if they name nothing."""
    if found := _pointing(said):
        return found
    title, named = clean_title(said), [f"{piece.strip()} " for _, piece in pieces(said)]
    each = [_pointing(piece) or Reference("named", clean_title(piece)) for piece in named]
    parts = tuple(part for part in each if part.kind != "named" or part.text) if len(each) > 1 else ()
    if parts and all(part.places for part in parts):
        kind = "number" if "number" in [part.kind for part in parts] else "place"
        return Reference(kind, title, tuple(place for part in parts for place in part.places))
    return Reference("named", title, parts=parts if len(parts) > 1 else ()) if title else None


def _pointing(said: str) -> Reference | None:
    """Places, pronouns and everything: what means tasks without naming them."""
    kind, parts = first_match(said, "references")
    if "n" in parts:
        n, m = _place_of(parts["n"]), _place_of(parts.get("m", ""))
        first, last = {"first": (1, n), "last": (-n, -1), "range": (n, m)}.get(kind, (n, n))
        places = tuple(range(max(first, -MAX_PLACES), min(last, first + MAX_PLACES) + 1)) if first * last > 0 else ()
        return Reference("number" if kind == "number" else "place", clean_title(said), places) if places else None
    if kind == "all but":
        kind, but = intent_of(parts["all"], "references"), read_reference(parts["what"])
        return Reference(kind, parts=(but,)) if but and kind in STATUSES else None
    return Reference(kind) if kind else None


def _place_of(word: str) -> int:
    """The number on the list that a word means, -1 for the last; 0 if none."""
    if digits := re.match(r"#?(\d+)", word):
        return int(digits[1])
    return int(MEANINGS["numbers"].get(first_word(word), 0))
