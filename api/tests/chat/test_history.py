"""What the model is shown of a long conversation."""

from uuid import uuid4

from taskchat.chat.history import build_history
from taskchat.chat.statements import Begun, StoredMessage, StoredStep, StoredToolCall


def begun(turns: int, *, characters: int = 0) -> Begun:
    """A conversation of so many turns, each but the last with a tool call and an answer."""
    earlier = range(1, turns)
    padding = "x" * characters
    call = {"type": "function_call", "name": "add_task", "arguments": "{}"}
    messages = [
        StoredMessage(2 * n - is_question, f"{'question' if is_question else 'answer'} {n} {padding}".strip())
        for n in range(1, turns + 1)
        for is_question in (1, 0)
        if is_question or n < turns
    ]
    return Begun(
        outcome="begun",
        conversation_id=uuid4(),
        turn=turns,
        retry_after_seconds=None,
        messages=messages,
        steps=[StoredStep(n, 0, [call]) for n in earlier],
        tool_calls=[StoredToolCall(n, 0, 0, "add_task", {}, {"ok": n}) for n in earlier],
    )


class TestBuildHistory:
    def test_it_is_exact_and_in_order(self) -> None:
        assert build_history(begun(2), 10_000) == [
            {"role": "user", "content": "question 1"},
            {"type": "function_call", "call_id": "call_1_0_0", "name": "add_task", "arguments": "{}"},
            {"type": "function_call_output", "call_id": "call_1_0_0", "output": '{"ok":1}'},
            {"role": "assistant", "content": "answer 1"},
            {"role": "user", "content": "question 2"},
        ]

    def test_past_the_budget_the_oldest_turns_go_whole(self) -> None:
        history = [dict(item) for item in build_history(begun(10, characters=4000), 7000)]
        questions = [str(item["content"]).split()[1] for item in history if item.get("role") == "user"]
        assert questions == ["8", "9", "10"]
        called = [item["call_id"] for item in history if item.get("type") == "function_call"]
        answered = [item["call_id"] for item in history if item.get("type") == "function_call_output"]
        assert called == answered == ["call_8_0_0", "call_9_0_0"]

    def test_this_turns_message_is_always_shown(self) -> None:
        assert len(build_history(begun(3, characters=4000), 1)) == 1

    def test_a_call_without_a_result_is_left_out(self) -> None:
        conversation = begun(2)
        conversation.tool_calls.clear()
        assert [item.get("role") for item in build_history(conversation, 10_000)] == ["user", "assistant", "user"]

    def test_the_steps_of_a_resumed_turn_are_not_in_it(self) -> None:
        conversation = begun(2)
        conversation.steps.append(StoredStep(2, 0, [{"type": "message", "text": "said already"}]))
        assert build_history(conversation, 10_000)[-1] == {"role": "user", "content": "question 2"}
