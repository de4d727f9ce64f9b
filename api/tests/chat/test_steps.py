"""Real servers' responses over both APIs: how they are read, stored and sent back."""

import json
from typing import Any

import pytest

from taskchat.chat import steps
from taskchat.chat.providers.chat_completions import read_completion, to_messages
from taskchat.chat.providers.http import MalformedAnswer
from taskchat.chat.providers.responses import read_response, to_input
from taskchat.chat.steps import (
    CUT_NOTE,
    MAX_ANSWER_CHARACTERS,
    MAX_CALLS_PER_STEP,
    WITHHELD,
    Reply,
    SaidCall,
    SaidText,
    StepOutput,
    TooMuch,
    call_id,
    from_model,
    visible_text,
)
from taskchat.tasks.tools import TOOLS


def keep(reply: Reply) -> StepOutput:
    return from_model(reply, tool_names={tool.name for tool in TOOLS}, origin=None)


def text(text: str) -> dict[str, str]:
    return {"type": "message", "text": text}


def call(name: str, arguments: str) -> dict[str, str]:
    return {"type": "function_call", "name": name, "arguments": arguments}


ADD = call("add_task", '{"title": "milk"}')


def completion(message: dict[str, Any], finish_reason: str = "stop") -> StepOutput:
    return keep(read_completion({"choices": [{"message": message, "finish_reason": finish_reason}]}))


def tool_call(**changes: Any) -> dict[str, Any]:
    function = {"name": "add_task", "arguments": '{"title": "milk"}'} | changes.pop("function", {})
    return {"id": "x", "type": "function", "function": function, **changes}


COMPLETIONS: dict[str, tuple[dict[str, Any], StepOutput]] = {
    "a text": ({"content": "Hi."}, [text("Hi.")]),
    "a list of texts": ({"content": [{"type": "text", "text": "Hi"}, "."]}, [text("Hi.")]),
    "thinking parts (Mistral)": (
        {
            "content": [
                {"type": "thinking", "thinking": [{"type": "text", "text": "Hm"}]},
                {"type": "text", "text": "Hi"},
            ]
        },
        [text("Hi")],
    ),
    "a refusal": ({"content": None, "refusal": "I would rather not."}, [text("I would rather not.")]),
    "nothing": ({"content": None}, []),
    "thoughts alone": ({"content": "<think>Hm.</think>"}, []),
    "a call": ({"content": None, "tool_calls": [tool_call()]}, [ADD]),
    "a text and a call": ({"content": "Well.", "tool_calls": [tool_call()]}, [text("Well."), ADD]),
    "arguments as an object": ({"tool_calls": [tool_call(function={"arguments": {"title": "milk"}})]}, [ADD]),
    "arguments encoded twice": (
        {"tool_calls": [tool_call(function={"arguments": json.dumps(ADD["arguments"])})]},
        [ADD],
    ),
    "arguments that are null": ({"tool_calls": [tool_call(function={"arguments": None})]}, [call("add_task", "{}")]),
    "no arguments": ({"tool_calls": [{"function": {"name": "list_tasks"}}]}, [call("list_tasks", "{}")]),
    "no text as arguments": ({"tool_calls": [tool_call(function={"arguments": ""})]}, [call("add_task", "{}")]),
    "raw newlines in arguments": (
        {"tool_calls": [tool_call(function={"arguments": '{"title": "a\nb"}'})]},
        [call("add_task", '{"title": "a\\nb"}')],
    ),
    "no id": ({"tool_calls": [tool_call(id=None)]}, [ADD]),
    "one id for two": ({"tool_calls": [tool_call(), tool_call()]}, [ADD, ADD]),
    "no list of calls": ({"content": "Hi.", "tool_calls": "none"}, [text("Hi.")]),
    "no calls in the list": ({"content": "Hi.", "tool_calls": [None, 1]}, [text("Hi.")]),
    "a call without a function": ({"tool_calls": [{"id": "x"}]}, [call("_", "{}")]),
    "a call of the old kind": ({"function_call": {"name": "add_task", "arguments": '{"title": "milk"}'}}, [ADD]),
    "a signature of Gemini": (
        {"tool_calls": [tool_call(extra_content={"google": {"thought_signature": "s"}})]},
        [ADD | {"opaque": {"call": {"extra_content": {"google": {"thought_signature": "s"}}}}}],
    ),
    "reasoning of DeepSeek": (
        {"content": "", "reasoning_content": "Hm.", "tool_calls": [tool_call()]},
        [ADD | {"opaque": {"message": {"reasoning_content": "Hm."}}}],
    ),
    "reasoning of OpenRouter": (
        {"content": "Hi.", "reasoning": "Hm.", "reasoning_details": [{"data": "s"}]},
        [text("Hi.") | {"opaque": {"message": {"reasoning_details": [{"data": "s"}]}}}],
    ),
    "an opaque number that cannot be stored": ({"content": "Hi.", "extra_content": 10**400}, [text("Hi.")]),
    "an opaque part without end": (
        {"content": "Hi.", "extra_content": json.loads("[" * 500 + "]" * 500)},
        [text("Hi.")],
    ),
}


@pytest.mark.parametrize("name", COMPLETIONS)
def test_a_completion_is_read(name: str) -> None:
    message, kept = COMPLETIONS[name]
    assert completion(message) == kept


@pytest.mark.parametrize(
    "document", [{}, {"choices": []}, {"choices": None}, {"choices": [None]}, {"choices": [{"message": None}]}]
)
def test_a_malformed_completion_is_an_error(document: dict[str, Any]) -> None:
    with pytest.raises(MalformedAnswer):
        read_completion(document)


def message(*parts: Any, **changes: Any) -> dict[str, Any]:
    content = [{"type": "output_text", "text": part} if isinstance(part, str) else part for part in parts]
    return {"type": "message", "id": "msg_1", "role": "assistant", "content": content, **changes}


def function_call(**changes: Any) -> dict[str, Any]:
    given = {"name": "add_task", "arguments": '{"title": "milk"}'}
    return {"type": "function_call", "id": "fc_1", "call_id": "x", **given, **changes}


def reasoning(encrypted: str | None) -> dict[str, Any]:
    return {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": encrypted}


def thought(encrypted: str) -> dict[str, Any]:
    return {"type": "reasoning", "summary": [], "encrypted_content": encrypted}


RESPONSES: dict[str, tuple[list[Any], StepOutput]] = {
    "a text": ([message("Hi.")], [text("Hi.")]),
    "a text that is no list": ([message(content="Hi.")], [text("Hi.")]),
    "a refusal": ([message({"type": "refusal", "refusal": "I would rather not."})], [text("I would rather not.")]),
    "texts around calls": (
        [message("First."), function_call(), message("Then."), function_call()],
        [text("First."), ADD, text("Then."), ADD],
    ),
    "arguments as an object": ([function_call(arguments={"title": "milk"})], [ADD]),
    "no arguments": ([{"type": "function_call", "name": "list_tasks"}], [call("list_tasks", "{}")]),
    "no name": ([function_call(name=None)], [call("_", '{"title": "milk"}')]),
    "items of other kinds": ([None, "x", {"type": "web_search_call"}, message("Hi.")], [text("Hi.")]),
    "reasoning before a call": (
        [reasoning("e"), function_call(), function_call()],
        [ADD | {"opaque": {"before": [thought("e")]}}, ADD],
    ),
    "reasoning that is not encrypted": ([reasoning(None), message("Hi.")], [text("Hi.")]),
    "a phase": (
        [reasoning("e"), message("Hi.", phase="final_answer")],
        [text("Hi.") | {"opaque": {"fields": {"phase": "final_answer"}, "before": [thought("e")]}}],
    ),
}


@pytest.mark.parametrize("name", RESPONSES)
def test_a_response_is_read(name: str) -> None:
    output, kept = RESPONSES[name]
    assert keep(read_response({"output": output, "status": "completed"})) == kept


@pytest.mark.parametrize("document", [{}, {"output": None}, {"output": "Hi."}])
def test_a_malformed_response_is_an_error(document: dict[str, Any]) -> None:
    with pytest.raises(MalformedAnswer):
        read_response(document)


class TestTruncated:
    """A truncated answer is never presented as complete."""

    def test_a_truncated_text_says_so(self) -> None:
        assert completion({"content": "One, two"}, "length") == [text(f"One, two\n\n{CUT_NOTE}")]
        cut = {"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}}
        assert keep(read_response({"output": [message("One, two")], **cut})) == [text(f"One, two\n\n{CUT_NOTE}")]

    def test_incomplete_calls_are_dropped(self) -> None:
        half = tool_call(function={"arguments": '{"title": "mi'})
        assert completion({"tool_calls": [tool_call(), half]}, "length") == [ADD]
        assert completion({"tool_calls": [half]}, "length") == []


@pytest.mark.parametrize(
    "reply",
    [
        read_completion({"choices": [{"message": {"content": ""}, "finish_reason": "content_filter"}]}),
        read_response(
            {"output": [], "status": "incomplete", "incomplete_details": {"reason": "content_filter"}},
        ),
    ],
    ids=["chat completions", "responses"],
)
def test_a_filtered_answer_says_so(reply: Reply) -> None:
    assert keep(reply) == [text(WITHHELD)]


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("<think>Hm.</think>Hi.", "Hi."),
        ("<think>\nHm.\n</think>\n\nHi.", "Hi."),
        ("Hm.</think>Hi.", "Hi."),
        ("<think>Hm. I run out of", ""),
        ("<think>it's a ` sign</think> `add`", "`add`"),
        ("<thinking>a</thinking>Hi<think>b</think>!", "Hi!"),
        ("[THINK]Hm.[/THINK]Hi.", "Hi."),
        ("A tag <think> is one.", "A tag <think> is one."),
        ("Write `</think>` at the end.", "Write `</think>` at the end."),
        ("<|channel|>analysis<|message|>Hm.<|end|><|start|>assistant<|channel|>final<|message|>Hi.<|return|>", "Hi."),
    ],
)
def test_thoughts_are_removed(said: str, shown: str) -> None:
    assert visible_text(said) == shown


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("add_task", "add_task"),
        ("functions.add_task", "add_task"),
        ("functions.add_task:0", "add_task"),
        ("default_api:add_task", "add_task"),
        ("add_task<|channel|>commentary", "add_task"),
        ("Add-Task", "add_task"),
        ("add_task\n", "_add_task_"),
        ("add task", "_add_task"),
        ("add_task.delete_task", "_add_task_delete_task"),
        ("add_tasks", "add_tasks"),
        ("multi_tool_use.parallel", "_multi_tool_use_parallel"),
        ("", "_"),
    ],
)
def test_a_misspelled_tool_name_is_corrected_if_unambiguous(given: str, meant: str) -> None:
    assert keep(Reply([SaidCall(given, {})])) == [call(meant, "{}")]


class TestLimits:
    def test_too_many_calls_are_refused(self) -> None:
        calls = [SaidCall("list_tasks", {})] * MAX_CALLS_PER_STEP
        assert len(keep(Reply(calls))) == MAX_CALLS_PER_STEP
        with pytest.raises(TooMuch):
            keep(Reply([*calls, calls[0]]))

    def test_a_too_long_answer_is_refused(self) -> None:
        assert keep(Reply([SaidText("x" * MAX_ANSWER_CHARACTERS)]))
        with pytest.raises(TooMuch):
            keep(Reply([SaidText("x" * MAX_ANSWER_CHARACTERS), SaidText("x")]))

    def test_too_long_arguments_are_dropped(self) -> None:
        assert keep(Reply([SaidCall("add_task", {"title": "x" * 40_000})])) == [call("add_task", "{}")]


def test_the_texts_of_an_answer_are_joined() -> None:
    said = keep(Reply([SaidText("Added milk."), SaidText("  "), SaidText("Anything else?")]))
    assert steps.answer_text(said) == "Added milk.\n\nAnything else?"


@pytest.mark.parametrize("position", [(1, 0, 0), (1, 0, 99), (1, 9, 4095), (40_000_000, 15, 4095)])
def test_a_call_id_is_nine_letters_and_digits_that_encode_its_position(position: tuple[int, int, int]) -> None:
    turn, step, place = position
    assert int(call_id(*position)[1:], 36) == (turn * 16 + step) * 4096 + place
    assert len(call_id(*position)) == 9
    assert call_id(*position).isalnum()


class TestSentBack:
    """A server gets its steps back in its own format."""

    def test_chat_completions_get_messages(self) -> None:
        signature = {"extra_content": {"google": {"thought_signature": "s"}}}
        said = completion(
            {"content": None, "reasoning_content": "Hm.", "tool_calls": [tool_call(**signature), tool_call()]}
        )
        history = [
            steps.user_message("add milk twice"),
            *steps.to_history(said, 1, 0, {(0, 0): {"ok": 1}, (0, 1): {"ok": 2}}),
            steps.assistant_message("Added."),
        ]
        function = {"name": "add_task", "arguments": '{"title": "milk"}'}
        first, second = call_id(1, 0, 0), call_id(1, 0, 1)
        assert to_messages("Help.", history) == [
            {"role": "system", "content": "Help."},
            {"role": "user", "content": "add milk twice"},
            {
                "role": "assistant",
                "content": "",
                "reasoning_content": "Hm.",
                "tool_calls": [
                    {"id": first, "type": "function", "function": function, **signature},
                    {"id": second, "type": "function", "function": function},
                ],
            },
            {"role": "tool", "tool_call_id": first, "content": '{"ok":1}'},
            {"role": "tool", "tool_call_id": second, "content": '{"ok":2}'},
            {"role": "assistant", "content": "Added."},
        ]

    def test_responses_get_items(self) -> None:
        output = [reasoning("e"), message("Well.", phase="commentary"), function_call()]
        said = keep(read_response({"output": output}))
        history = [steps.user_message("add milk"), *steps.to_history(said, 1, 0, {(0, 0): {"ok": 1}})]
        identity = call_id(1, 0, 0)
        assert to_input(history) == [
            {"type": "message", "role": "user", "content": "add milk"},
            thought("e"),
            {"type": "message", "role": "assistant", "content": "Well.", "phase": "commentary"},
            {"type": "function_call", "call_id": identity, "name": "add_task", "arguments": '{"title": "milk"}'},
            {"type": "function_call_output", "call_id": identity, "output": '{"ok":1}'},
        ]


class TestOpaqueParts:
    def test_those_of_a_message_with_only_thoughts_move_to_the_call(self) -> None:
        message = {"content": "<think>Hm</think>", "reasoning_content": "Hm", "tool_calls": [tool_call()]}
        assert completion(message) == [ADD | {"opaque": {"message": {"reasoning_content": "Hm"}}}]

    def test_those_before_a_message_with_only_thoughts_move_to_the_call(self) -> None:
        reasoning = {"type": "reasoning", "summary": [], "encrypted_content": "e"}
        thoughts = {"type": "message", "content": "<think>Hm</think>"}
        called = {"type": "function_call", "name": "add_task", "arguments": '{"title": "milk"}'}
        kept = keep(read_response({"output": [reasoning, thoughts, called]}))
        assert kept == [ADD | {"opaque": {"before": [reasoning]}}]

    def test_large_ones_are_not_stored(self) -> None:
        """They would fill the whole history budget."""
        answer = completion({"content": "Hi.", "reasoning_content": "x" * steps.MAX_OPAQUE_BYTES})
        assert steps.as_answer(answer) is None
        answer = completion({"content": "Hi.", "reasoning_content": "x" * (steps.MAX_OPAQUE_BYTES // 2)})
        assert steps.as_answer(answer) is not None

    def test_those_of_a_message_survive_if_its_first_call_was_not_executed(self) -> None:
        """The run stopped after it had recorded the second call, whose tool is unknown."""
        unknown = tool_call(function={"name": "unknown", "arguments": "{}"})
        output = completion({"content": "", "reasoning_content": "Hm", "tool_calls": [tool_call(), unknown]})
        [_, said, _] = to_messages("", steps.to_history(output, 1, 0, {(0, 1): {}}))
        assert said["reasoning_content"] == "Hm"
        assert [call["function"]["name"] for call in said["tool_calls"]] == ["unknown"]
