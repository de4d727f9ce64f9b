"""Dates that depend on the day on which they are said. `sentences.md` has what is said on 30 November."""

from datetime import date

import pytest

from offline_assistant.conversation import read_turns
from offline_assistant.planner import next_step


@pytest.mark.parametrize(
    ("today", "said", "due_on"),
    [
        ("2027-01-05", "the 1st", "2027-02-01"),
        ("2027-01-05", "the 5th", "2027-01-05"),
        ("2027-01-31", "the 30th", "2027-03-30"),
        ("2027-02-10", "the 29th", "2027-03-29"),
        ("2027-01-05", "the 3rd of January", "2028-01-03"),
        ("2027-02-05", "the end of the month", "2027-02-28"),
        ("2027-01-03", "this weekend", "2027-01-03"),
    ],
)
def test_a_date_is_the_next_one(today: str, said: str, due_on: str) -> None:
    calls = next_step(read_turns(f"add pay rent by {said}"), date.fromisoformat(today))
    assert calls == [("add_task", {"title": "pay rent", "due_on": due_on})]
