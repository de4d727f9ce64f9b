"""The offline assistant as a model: what it makes of a history, whoever wrote it."""

import json
from typing import Any

import pytest
from agents import Model, ModelSettings, ModelTracing, TResponseInputItem
from openai.types.responses import ResponseFunctionToolCall, ResponseOutputMessage, ResponseOutputText

from offline_assistant.model import OfflineAssistant
from support.tasks_in_memory import Conversation


def user(text: str) -> TResponseInputItem:
    return {"role": "user", "content": text}


def assistant(text: str) -> TResponseInputItem:
    return {"role": "assistant", "content": text}


def called(call_id: str, name: str, arguments: dict[str, Any], output: object) -> list[TResponseInputItem]:
    return [
        {"type": "function_call", "call_id": call_id, "name": name, "arguments": json.dumps(arguments)},
        {
            "type": "function_call_output",
            "call_id": call_id,
            "output": output if isinstance(output, str) else json.dumps(output),
        },
    ]


def task(number: int, title: str, *, completed: bool = False) -> dict[str, object]:
    return {"id": f"00000000-0000-0000-0000-{number:012}", "title": title, "description": "", "completed": completed}


MILK, EGGS = task(1, "milk"), task(2, "eggs")
OPEN = called("l", "list_tasks", {"status": "open"}, {"tasks": [MILK, EGGS]})


async def step(items: str | list[TResponseInputItem]) -> str | list[tuple[str, dict[str, Any]]]:
    """The text of the next step, or its calls."""
    model: Model = OfflineAssistant()
    response = await model.get_response(
        "You are the assistant.",
        items,
        ModelSettings(),
        [],
        None,
        [],
        ModelTracing.DISABLED,
        previous_response_id=None,
        conversation_id=None,
        prompt=None,
    )
    match response.output:
        case [ResponseOutputMessage(content=[ResponseOutputText(text=text)])]:
            return text
        case calls:
            made = [call for call in calls if isinstance(call, ResponseFunctionToolCall)]
            assert len(made) == len(calls)
            return [(call.name, json.loads(call.arguments)) for call in made]


class TestStep:
    async def test_the_input_may_be_one_text(self) -> None:
        assert await step("show my list") == [("list_tasks", {"status": "open"})]

    async def test_a_message_may_come_in_parts(self) -> None:
        items: list[TResponseInputItem] = [
            {
                "role": "user",
                "content": [{"type": "input_text", "text": "show "}, {"type": "input_text", "text": "my list"}],
            }
        ]
        assert await step(items) == [("list_tasks", {"status": "open"})]

    async def test_an_empty_input_is_answered(self) -> None:
        assert "Hello" in str(await step([]))

    async def test_changes_are_called_in_parallel(self) -> None:
        assert await step([user("mark milk and eggs as done"), *OPEN]) == [
            ("complete_task", {"task_id": MILK["id"]}),
            ("complete_task", {"task_id": EGGS["id"]}),
        ]

    async def test_adding_needs_no_look_at_the_list(self) -> None:
        assert await step("add milk and eggs") == [("add_task", {"title": "milk"}), ("add_task", {"title": "eggs"})]

    async def test_only_what_the_results_show_is_said(self) -> None:
        results = [
            *called("a", "complete_task", {"task_id": MILK["id"]}, {**MILK, "completed": True}),
            *called("b", "complete_task", {"task_id": EGGS["id"]}, {"error": "task_not_found", "detail": "…"}),
        ]
        reply = str(await step([user("mark milk and eggs as done"), *OPEN, *results]))
        assert "Marked **milk** as done." in reply
        assert "**eggs** isn't on your list any more." in reply

    @pytest.mark.parametrize("output", ["An error occurred.", {"error": "invalid_arguments"}, "[]", "null", "{}", '"'])
    async def test_a_change_that_failed_is_not_claimed(self, output: object) -> None:
        results = called("a", "complete_task", {"task_id": MILK["id"]}, output)
        assert await step([user("mark milk as done"), *OPEN, *results]) == "Sorry, I couldn't complete **milk**."

    @pytest.mark.parametrize("output", ["An error occurred.", {"error": "?"}, {"tasks": None}])
    async def test_a_list_that_failed_is_not_an_empty_list(self, output: object) -> None:
        results = called("l", "list_tasks", {"status": "open"}, output)
        assert "couldn't read your list" in str(await step([user("show my list"), *results]))

    async def test_what_is_no_task_is_not_listed(self) -> None:
        results = called("l", "list_tasks", {"status": "open"}, {"tasks": [1, "milk", {"title": "milk"}, EGGS]})
        assert await step([user("show my list"), *results]) == "To do:\n\n1. **eggs**"

    async def test_what_another_model_did_in_an_interrupted_turn_is_told_as_it_was(self) -> None:
        results = called("a", "delete_task", {"task_id": MILK["id"]}, MILK)
        assert "**milk**" in str(reply := await step([user("mark milk as done"), *OPEN, assistant("On it."), *results]))
        assert "done" not in reply

    async def test_call_ids_do_not_repeat_in_a_conversation(self) -> None:
        conversation = Conversation(OfflineAssistant())
        for message in ("add milk, eggs and bread", "mark all as done", "show everything"):
            await conversation.say(message)
        ids = [item.get("call_id") for item in conversation.history if item.get("type") == "function_call"]
        assert len(ids) == len(set(ids)) == 9

    def test_it_does_not_stream(self) -> None:
        with pytest.raises(TypeError):
            OfflineAssistant().stream_response()


class TestHistory:
    async def test_a_turn_that_was_never_answered_counts_for_what_it_did(self) -> None:
        added = called("a", "add_task", {"title": "milk"}, MILK)
        assert await step([user("add milk"), *added, user("mark it as done"), *OPEN]) == [
            ("complete_task", {"task_id": MILK["id"]})
        ]

    async def test_what_was_deleted_elsewhere_is_added_again(self) -> None:
        here = Conversation(OfflineAssistant())
        await here.say("add milk")
        await Conversation(OfflineAssistant(), here.tasks).say("delete milk")
        await here.say("add milk")
        assert here.list() == ["milk"]

    @pytest.mark.parametrize("line", ["1. Milk\n2. Eggs", "1) ~~Milk~~ (done)\n2) **Eggs**", "1. ✅ milk!\n2. ⬜ eggs"])
    async def test_a_list_that_another_model_showed_counts(self, line: str) -> None:
        listed = called("l", "list_tasks", {"status": "all"}, {"tasks": [MILK, EGGS]})
        shown = [user("list"), *listed, assistant(f"Here you are:\n\n{line}\n\nAnything else for you today.")]
        assert await step([*shown, user("delete the second one"), *OPEN]) == [("delete_task", {"task_id": EGGS["id"]})]

    async def test_a_question_that_another_model_asked_is_not_taken_for_ours(self) -> None:
        done = called("d", "list_tasks", {"status": "completed"}, {"tasks": []})
        asked = [user("clear my list"), *OPEN, *done, assistant("Shall I delete all of them?")]
        assert "There's nothing to confirm." in str(await step([*asked, user("yes")]))

    async def test_another_models_are_you_sure_deletes_nothing(self) -> None:
        done = called("d", "list_tasks", {"status": "completed"}, {"tasks": []})
        reply = assistant("This completes two tasks:\n\n1. **milk**\n2. **eggs**\n\nAre you sure?")
        items = [user("complete my list"), *OPEN, *done, reply, user("yes")]
        assert "There's nothing to confirm." in str(await step(items))

    async def test_a_list_of_another_conversation_does_not_count(self) -> None:
        first = Conversation(OfflineAssistant())
        first.put("milk", "eggs")
        await first.say("show my list")
        await first.say("delete milk")
        second = Conversation(OfflineAssistant(), first.tasks)
        await second.say("delete the first one")
        assert first.list() == []

    async def test_what_changed_elsewhere_since_the_list_was_shown_is_seen(self) -> None:
        here = Conversation(OfflineAssistant())
        here.put("milk", "eggs")
        await here.say("show my list")
        await Conversation(OfflineAssistant(), here.tasks).say("delete milk")
        assert (await here.say("delete 1")).reply == "**milk** isn't on your list any more."
        assert here.list() == ["eggs"]
