"""The offline assistant as a model of the agents SDK.

It keeps nothing between calls: what it knows of a conversation stands in the items it is given.
"""

import json
from collections.abc import AsyncIterator
from typing import Any, NoReturn

from agents import Model, ModelResponse, TResponseInputItem, Usage
from agents.items import TResponseOutputItem, TResponseStreamEvent
from openai.types.responses import ResponseFunctionToolCall, ResponseOutputMessage, ResponseOutputText

from taskchat.chat.offline import effort
from taskchat.chat.offline.conversation import Turn, read_turns
from taskchat.chat.offline.dialogue import NewCall, next_step


class OfflineModel(Model):
    """Understands plain English about a task list, without any language model.

    A request that speaks of tasks takes up to three steps, as with a real model: look at the list,
    call what changes it, say what the results show.
    """

    async def get_response(
        self,
        system_instructions: str | None,
        input: str | list[TResponseInputItem],  # noqa: A002 (the SDK's name)
        *_args: Any,
        **_kwargs: Any,
    ) -> ModelResponse:
        turns = read_turns(input)
        with effort.step():
            step = next_step(turns)
        output = [_message(step)] if isinstance(step, str) else _calls(step, turns)
        return ModelResponse(output=output, usage=Usage(), response_id=None)

    def stream_response(self, *_args: Any, **_kwargs: Any) -> AsyncIterator[TResponseStreamEvent]:
        _refuse_to_stream()


def _refuse_to_stream() -> NoReturn:
    raise TypeError("turns are not streamed")


def _message(text: str) -> TResponseOutputItem:
    return ResponseOutputMessage(
        id="offline",
        type="message",
        role="assistant",
        status="completed",
        content=[ResponseOutputText(type="output_text", text=text, annotations=[])],
    )


def _calls(calls: list[NewCall], turns: list[Turn]) -> list[TResponseOutputItem]:
    made = sum(len(turn.calls) for turn in turns)  # so that no id repeats in a conversation
    return [
        ResponseFunctionToolCall(
            type="function_call",
            call_id=f"offline_{number}",
            name=call.name,
            arguments=json.dumps(call.arguments, ensure_ascii=False),
        )
        for number, call in enumerate(calls, start=made + 1)
    ]
