"""The offline assistant in the api; its package tests what it understands."""

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
