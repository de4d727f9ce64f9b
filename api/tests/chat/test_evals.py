"""`make eval`: its dialogues can be loaded, and its verdicts are right."""

from datetime import date
from typing import Any

import pytest

from evaluate import SCRIPT, evaluate, is_list, read_dialogues, table, wrong_claims
from support.client import StartApi
from support.database import Database
from support.issuer import Issuer

DIALOGUES = list(read_dialogues(SCRIPT.read_text(encoding="utf-8")))


def call(name: str, result: Any = None) -> dict[str, Any]:
    return {"name": name, "arguments": {}, "result": result or {"title": "milk"}}


def test_there_are_forty_dialogues() -> None:
    assert len(DIALOGUES) >= 40
    assert all(dialogue.messages and dialogue.messages[-1].then is not None for dialogue in DIALOGUES)
    assert len({dialogue.title for dialogue in DIALOGUES}) == len(DIALOGUES)


async def test_dialogues_are_held_over_http(start_api: StartApi, database: Database, issuer: Issuer) -> None:
    right, wrong = DIALOGUES[:3], next(read_dialogues("\n## Wrong\n> add milk\n* 0\n! on your list|now\n= eggs"))
    with start_api(openai_base_url=None, openai_api_key=None) as url:
        *fine, bad = await evaluate([*right, wrong], url, database, issuer)
    assert all(verdict.is_right and not verdict.needless and not verdict.claims for verdict in fine)
    assert (bad.is_right, bad.needless, bad.claims) == (False, 1, 1)
    *_, total = table([*right, wrong], [*fine, bad])
    assert total.split()[:4] == ["total", "3/4", "1", "1"]


@pytest.mark.parametrize(
    "answer",
    ["Added **milk**.", "I've added milk to your list.", "Okay, I added it.", "Done! I have just added milk."],
)
def test_a_claim_without_a_call_is_wrong(answer: str) -> None:
    assert wrong_claims(answer, []) == ["add_task"]
    assert wrong_claims(answer, [call("add_task", {"error": "invalid_arguments"})]) == ["add_task"]
    assert wrong_claims(answer, [call("add_task")]) == []


@pytest.mark.parametrize(
    "answer",
    [
        "Shall I have added it?",
        "I haven't added anything.",
        "Nothing was deleted.",
        "To do:\n\n1. **added value**\n2. **removed wall**",
        "You can say things like “mark milk as done”.",
    ],
)
def test_an_answer_without_a_claim_is_right(answer: str) -> None:
    assert wrong_claims(answer, []) == []


def test_lists_are_compared_regardless_of_order_and_case() -> None:
    none = {"due_on": None, "due_at": None, "priority": "none"}
    tasks = [{"title": "Eggs", "completed": True, **none}, {"title": "milk", "completed": False, **none}]
    assert is_list(tasks, ["oat milk|milk", "✓ eggs"])
    assert not is_list(tasks, ["milk", "eggs"])
    assert not is_list(tasks, ["milk"])
    assert not is_list(tasks, ["milk", "✓ eggs", "bread"])


@pytest.mark.parametrize(
    ("wanted", "is_right"),
    [
        ("✓ milk|oat milk @ +1 17:00 !high", True),
        ("✓ milk @ +1 17:00", False),
        ("✓ milk @ +1 !high", False),
        ("✓ milk @ +2 17:00 !high", False),
        ("✓ milk !high", False),
        ("milk @ +1 17:00 !high", False),
    ],
)
def test_lists_name_due_dates_and_priorities(wanted: str, is_right: bool) -> None:
    task = {"title": "Milk", "completed": True, "due_on": "2026-12-01", "due_at": "17:00", "priority": "high"}
    assert is_list([task], [wanted], date(2026, 11, 30)) is is_right
