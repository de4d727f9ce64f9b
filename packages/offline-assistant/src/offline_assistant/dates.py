"""Due dates and priorities: finds the words that say them, has dateparser read the dates, and says them again."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Any

from offline_assistant.effort import spend
from offline_assistant.rules import MEANINGS, WORDS, first_match
from offline_assistant.text import ARTICLES, PREPOSITIONS, as_written, begins_with_verb, clean_title, prepared

MAX_DETAILS = 3  # after a title
MAX_CHARACTERS = 60  # of an expression of time; dateparser takes a few ms for these
MAX_DAYS = 10_000  # to a due date
_NO_END = ARTICLES.union(PREPOSITIONS, WORDS["never last"])
_NAME = re.compile(r"Today|Tonight|Tomorrow|Day|Next|This|Week|Morning|Night")  # "USA Today" is no date
_WEEKS = {"this week": (0, 6), "this weekend": (5, 6), "next week": (7, 13)}  # days from Monday


@cache
def load_parser() -> Any:
    """dateparser's entry point, ready for use. Its first date takes half a second."""
    from dateparser.date import DateDataParser

    DateDataParser(languages=["en"]).get_date_data("tomorrow at 5 pm")
    return DateDataParser


def today_in(instructions: str | None) -> date:
    """The person's date, from the sentence that tells it to models: "Today is Monday, 2026-11-30"."""
    found = re.findall(r"Today is \w+, (\d{4}-\d\d-\d\d)\b", instructions or "")
    return date.fromisoformat(found[-1]) if found else datetime.now(UTC).date()


def read_date(said: str, base: date) -> dict[str, str]:
    """The `due_on` and perhaps `due_at` that the words mean, counted from a day; empty if they mean no day to come."""
    spend()
    text = re.sub(r"[,.;!?]+(?= |$)|\b(?:on|by|due|for|until)\b", "", said.lower())[:MAX_CHARACTERS]
    settings = {"RELATIVE_BASE": datetime.combine(base, time()), "PREFER_DATES_FROM": "future", "DATE_ORDER": "DMY"}
    parser = load_parser()(languages=["en"], settings=settings | {"RETURN_TIME_AS_PERIOD": True})
    found = parser.get_date_data(_for_dateparser(" ".join(text.split()), base))
    if not found.date_obj or not 0 <= (found.date_obj.date() - base).days < MAX_DAYS:
        return {}
    at = {"due_at": f"{found.date_obj:%H:%M}"} if found.period in ("time", "part_of_day") else {}
    return {"due_on": found.date_obj.date().isoformat(), **at}


def _for_dateparser(text: str, base: date) -> str:
    """The words with what dateparser gets wrong: dates without a month, weekends, and hours without minutes."""
    ahead = [base + timedelta(days=days) for days in range(62)]
    nth = {f"{day.day}": f"{day}" for day in reversed(ahead)}
    weekend = next(day for day in ahead if day.weekday() > 4)
    last_day = next(day for day in ahead if (day + timedelta(days=1)).day == 1)
    text = text.replace("this weekend", f"{weekend}").replace("the end of the month", f"{last_day}")
    text = re.sub(r"\bthe (\d+)(?:st|nd|rd|th)\b(?! (?:of )?[a-z]{3})", lambda found: nth.get(found[1], found[0]), text)
    is_late = re.search(r"tonight|evening|night", text)

    def hour(found: re.Match[str]) -> str:
        """The hour with its minutes. "At 5" means the afternoon."""
        is_pm = 0 < int(found[1]) < 12 and (is_late or (not found[2] and int(found[1]) < 7))
        return f"{int(found[1]) + 12 * bool(is_pm)}{found[2] or ':00'}"

    return re.sub(r"\bat (\d{1,2})(:\d\d)?\b(?! ?[ap]m|:)", hour, text)


def read_title(said: str, today: date) -> dict[str, str]:
    """The `title` in the words, and the due date and the priority before or after it, as arguments of a tool."""
    clause, details = prepared(said), dict[str, str]()
    for _ in range(MAX_DETAILS):
        kind, parts = first_match(clause, "details")
        rest, detail = parts.get("rest", ""), parts.get("detail", "")
        if kind == "before" and not (begins_with_verb(rest) or detail.rstrip().endswith((":", ","))):
            break
        is_name = kind == "after" and (_NAME.search(detail) or rest.split()[-1].lower() in _NO_END)
        found = read_change(detail, today) if not is_name and clean_title(rest) else {}
        if not found or details.keys() & found.keys():
            break
        clause, details = rest, details | found
    return {"title": clean_title(clause)} | details


def read_change(said: str, today: date, due_on: str = "") -> dict[str, Any]:
    """The change to a task's due date or priority that the words ask for, as arguments of a tool; empty if none."""
    kind, parts = first_match(prepared(said), "changes")
    if kind == "undated":
        return {"remove_due": True}
    if kind == "priority":
        named = re.findall(r"[a-z]+", said.lower())
        levels = [MEANINGS["levels"][word] for word in named if word in MEANINGS["levels"]]
        return {"priority": levels[0] if levels and {"not", "no"}.isdisjoint(named) else "none"}
    base = date.fromisoformat(due_on) if kind == "later" and due_on else today
    return read_date(parts["when"], base) if kind else {}


def for_a_question(said: str, today: date) -> str:
    """The words for a change, with the date that they mean today. Empty if they mean none."""
    change = read_change(said, today)
    if "due_on" not in change or said.endswith("later"):
        return said if change else ""
    return f"due {spoken(change, today).removeprefix('due ').rpartition(', ')[2]}"


def agenda(said: str, today: date) -> tuple[str, dict[str, str]]:
    """The filters of `list_tasks` for "this week", "overdue" or "urgent", with their words."""
    period, wanted = as_written(said).lower(), read_change(said, today)
    if period in ("overdue", "late"):
        return "overdue", {"due_until": f"{today - timedelta(days=1)}"}
    if period in _WEEKS:
        first, last = (today + timedelta(days=days - today.weekday()) for days in _WEEKS[period])
        return f"due {period}", {"due_from": f"{first}", "due_until": f"{last}"}
    if day := wanted.get("due_on"):
        return spoken(wanted, today), {"due_from": day, "due_until": day}
    return (spoken(wanted, today) or "normal priority", wanted) if wanted else ("due", {"due_until": "8999-12-31"})


def spoken(details: Mapping[str, Any], today: date) -> str:
    """The due date and the priority: `due tomorrow, Tue 1 December at 17:00, high priority`."""
    parts = [f"{details['priority']} priority"] if details.get("priority", "none") not in ("", "none") else []
    if details.get("due_on"):
        day = date.fromisoformat(str(details["due_on"]))
        near = {-1: "yesterday", 0: "today", 1: "tomorrow"}.get((day - today).days, "")
        name = f"{day:%a} {day.day} {day:%B}" + (f" {day.year}" if day.year != today.year else "")
        at = f" at {details['due_at']}" if details.get("due_at") else ""
        parts.insert(0, f"due {f'{near}, {name}' if near else name}{at}")
    return ", ".join(parts)
