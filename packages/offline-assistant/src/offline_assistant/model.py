"""The assistant as a model of the agents SDK. It keeps nothing between calls: all it knows is in the items it gets."""

import json
from collections.abc import AsyncIterator
from typing import Any, NoReturn

from agents import Model, ModelResponse, TResponseInputItem, Usage
from agents.items import TResponseOutputItem, TResponseStreamEvent
from openai.types.responses import ResponseFunctionToolCall, ResponseOutputMessage, ResponseOutputText

from offline_assistant.conversation import read_turns
from offline_assistant.planner import next_step


class OfflineAssistant(Model):
    """Answers without a language model, in the steps of one: look at the list, change it, say what the results show."""

    async def get_response(
        self,
        system_instructions: str | None,
        input: str | list[TResponseInputItem],  # noqa: A002 (the SDK's name)
        *_args: Any,
        **_kwargs: Any,
    ) -> ModelResponse:
        turns = read_turns(input)
        step = next_step(turns)
        made = sum(len(turn.calls) for turn in turns)  # so that no id repeats in a conversation
        output: list[TResponseOutputItem] = (
            [_message(step)]
            if isinstance(step, str)
            else [
                ResponseFunctionToolCall(
                    type="function_call",
                    call_id=f"offline_{number}",
                    name=name,
                    arguments=json.dumps(arguments, ensure_ascii=False),
                )
                for number, (name, arguments) in enumerate(step, start=made + 1)
            ]
        )
        return ModelResponse(output=output, usage=Usage(), response_id=None)

    def stream_response(self, *_args: Any, **_kwargs: Any) -> AsyncIterator[TResponseStreamEvent]:
        _refuse_to_stream()


def _refuse_to_stream() -> NoReturn:
    raise TypeError("turns are not streamed")


def _message(text: str) -> TResponseOutputItem:
    content = ResponseOutputText(type="output_text", text=text, annotations=[])
    return ResponseOutputMessage(id="offline", type="message", role="assistant", status="completed", content=[content])
