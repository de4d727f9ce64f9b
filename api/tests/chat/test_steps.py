"""What is kept of what a model said."""

from openai.types.responses import (
    ResponseFunctionToolCall,
    ResponseOutputMessage,
    ResponseOutputRefusal,
    ResponseOutputText,
)

from taskchat.chat.steps import from_model


def message(*parts: str | ResponseOutputRefusal) -> ResponseOutputMessage:
    content = [
        ResponseOutputText(type="output_text", text=part, annotations=[]) if isinstance(part, str) else part
        for part in parts
    ]
    return ResponseOutputMessage(id="msg_1", type="message", role="assistant", status="completed", content=content)


class TestFromModel:
    def test_an_answer_in_several_messages_is_one_text(self) -> None:
        said = from_model([message("Added ", "milk."), message("  "), message("Anything else?")])
        assert said == [{"type": "message", "text": "Added milk.\n\nAnything else?"}]

    def test_a_refusal_is_an_answer(self) -> None:
        refusal = ResponseOutputRefusal(type="refusal", refusal="I would rather not.")
        assert from_model([message(refusal)]) == [{"type": "message", "text": "I would rather not."}]

    def test_texts_around_calls_stay_where_they_are(self) -> None:
        call = ResponseFunctionToolCall(type="function_call", call_id="x", name="add_task", arguments="{}")
        said = from_model([message("First."), call, message("Then."), call])
        assert [item.get("text", item["type"]) for item in said] == [
            "First.",
            "function_call",
            "Then.",
            "function_call",
        ]
