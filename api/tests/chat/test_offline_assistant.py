"""The offline assistant in the api; its package tests what it understands."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

import offline_assistant.effort
from support.client import Client, Person, StartApi
from support.tasks_in_memory import ARGUMENTS
from taskchat.tasks.tools import TOOLS


def test_its_tests_use_the_arguments_of_the_real_tools() -> None:
    real = {tool.name: tool.arguments.model_fields for tool in TOOLS}
    needed = {name: {field for field, info in fields.items() if info.is_required()} for name, fields in real.items()}
    assert {name: (needed[name], fields.keys() - needed[name]) for name, fields in real.items()} == ARGUMENTS


async def test_a_message_that_takes_too_much_work_leaves_the_conversation_usable(
    start_api: StartApi, alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(offline_assistant.effort, "CPU_SECONDS_PER_STEP", 0)
    long = "\n".join(f"mark foo{n} as done" for n in range(offline_assistant.effort.MIN_PIECES + 20))
    with start_api(openai_base_url=None, openai_api_key=None) as url:
        async with Client(base_url=url, timeout=60) as client:
            refused = (await client.chat(alice, long)).json()
            assert "too long" in refused["response"]
            added = await client.chat(alice, "add milk", conversation_id=refused["conversation_id"])
            assert [call["name"] for call in added.json()["tool_calls"]] == ["add_task"]


async def test_due_dates_count_from_today_where_the_person_is(start_api: StartApi, alice: Person) -> None:
    zone = ZoneInfo("Pacific/Kiritimati")
    tomorrow = {datetime.now(zone).date() + timedelta(days=1)}
    with start_api(openai_base_url=None, openai_api_key=None) as url:
        async with Client(base_url=url, timeout=60, headers={"Time-Zone": zone.key}) as client:
            added = (await client.chat(alice, "call mum tomorrow at 5pm, high priority")).json()
            tomorrow.add(datetime.now(zone).date() + timedelta(days=1))  # the day may have ended in between
            [call] = added["tool_calls"]
            assert date.fromisoformat(call["result"]["due_on"]) in tomorrow
            assert [call["result"][name] for name in ("title", "due_at", "priority")] == ["call mum", "17:00", "high"]
            conversation = added["conversation_id"]
            due = (await client.chat(alice, "what's due tomorrow?", conversation_id=conversation)).json()
            assert "1. **call mum** – due tomorrow" in due["response"]
            await client.chat(alice, "no date for call mum", conversation_id=conversation)
            undone = (await client.chat(alice, "undo", conversation_id=conversation)).json()
            assert undone["tool_calls"][0]["result"]["due_at"] == "17:00"
