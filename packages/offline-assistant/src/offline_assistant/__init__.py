"""An assistant for a task list that understands plain English by rules, as a model of the agents SDK.

It keeps nothing between calls: all it knows is in the items that it gets.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from functools import cache
from typing import Any

from agents import Model, ModelResponse, TResponseInputItem, Usage
from agents.items import TResponseOutputItem, TResponseStreamEvent
from openai.types.responses import ResponseFunctionToolCall, ResponseOutputMessage, ResponseOutputText

from offline_assistant.conversation import read_turns
from offline_assistant.dates import load_parser, today_in
from offline_assistant.planner import next_step
from offline_assistant.replies import bold
from offline_assistant.rules import TABLES, rules_of

__all__ = ["OfflineAssistant", "bold"]


class OfflineAssistant(Model):
    """Answers without a language model, in the steps of one: look at the list, change it, say what the results show.

    It reads the date from the instructions, which say: "Today is Monday, 2026-11-30".
    """

    async def get_response(
        self,
        system_instructions: str | None,
        input: str | list[TResponseInputItem],  # noqa: A002 (the SDK's name)
        *_args: Any,
        **_kwargs: Any,
    ) -> ModelResponse:
        await asyncio.to_thread(_load)  # the first time, it would block the event loop
        turns = read_turns(input)
        step = next_step(turns, today_in(system_instructions))
        made = sum(len(turn.calls) for turn in turns)  # so that no id repeats in a conversation
        calls = step if isinstance(step, list) else []
        output = [_call(f"offline_{number}", *call) for number, call in enumerate(calls, start=made + 1)]
        output += [_message(step)] if isinstance(step, str) else []
        return ModelResponse(output=output, usage=Usage(), response_id=None)

    def stream_response(self, *_args: Any, **_kwargs: Any) -> AsyncIterator[TResponseStreamEvent]:
        raise TypeError("turns are not streamed")


@cache
def _load() -> None:
    """Load what the first message needs, for more than half a second."""
    load_parser()
    for table in TABLES:
        rules_of(table)


def _call(call_id: str, name: str, arguments: dict[str, Any]) -> TResponseOutputItem:
    text = json.dumps(arguments, ensure_ascii=False)
    return ResponseFunctionToolCall(type="function_call", call_id=call_id, name=name, arguments=text)


def _message(text: str) -> TResponseOutputItem:
    content = ResponseOutputText(type="output_text", text=text, annotations=[])
    return ResponseOutputMessage(id="offline", type="message", role="assistant", status="completed", content=[content])
