"""What a model said in one step, as we store it and as the agents SDK speaks it.

A stored step is a list of `{"type": "message", "text": …}` and `{"type": "function_call", "name": …,
"arguments": …}` in the order in which the model gave them. Ids of the provider are not kept: sent
back later they mean nothing, or break the request. Call ids are ours, because some compatible servers
repeat theirs, and the SDK drops the older output of a repeated one.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from agents import TResponseInputItem
from agents.items import TResponseOutputItem
from openai.types.responses import (
    ResponseFunctionToolCall,
    ResponseOutputMessage,
    ResponseOutputRefusal,
    ResponseOutputText,
)

from taskchat.text import made_storable

StepOutput = list[dict[str, Any]]
Position = tuple[int, int]
"""The step in its turn, and the call's place among the calls of that step."""

MAX_DEPTH = 32
"""Of a call's arguments; ours need two."""

MAX_NAME = 64
"""Source: OpenAI's API reference, the name of a function: letters, digits, underscores and dashes."""

_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_NOT_OF_NAMES = re.compile(r"[^a-zA-Z0-9_-]")
_CALL_ID = re.compile(r"call_\d+_(\d+)_(\d+)")


def call_id(turn: int, step: int, position: int) -> str:
    return f"call_{turn}_{step}_{position}"


def position_of(id_of_call: str) -> Position:
    """Where a call stands in its turn, from the id that `call_id` made."""
    match = _CALL_ID.fullmatch(id_of_call)
    if match is None:
        raise ValueError("not a call id of ours")
    return int(match[1]), int(match[2])


def from_model(output: Sequence[TResponseOutputItem]) -> StepOutput:
    """What to keep of a model's output: texts and calls; reasoning and everything else is left out."""
    kept: StepOutput = []
    for item in output:
        if isinstance(item, ResponseFunctionToolCall):
            arguments = _normalized_arguments(item.arguments)
            kept.append({"type": "function_call", "name": _sendable_name(item.name), "arguments": arguments})
        elif isinstance(item, ResponseOutputMessage) and (text := _text_of(item)):
            kept.append({"type": "message", "text": made_storable(text)})
    if not has_calls(kept) and len(kept) > 1:  # the answer is one text
        return [{"type": "message", "text": "\n\n".join(item["text"] for item in kept)}]
    return kept


def _text_of(message: ResponseOutputMessage) -> str:
    # A refusal is what the assistant answers, too.
    return "".join(
        part.refusal if isinstance(part, ResponseOutputRefusal) else part.text for part in message.content
    ).strip()


def _sendable_name(name: str) -> str:
    """The name of a tool as servers accept it in a history: they refuse the whole of one that has another.

    What was changed begins with an underscore, as no tool of ours does: it must not become one by that.
    """
    if _NAME.fullmatch(name):
        return name
    return "_" + _NOT_OF_NAMES.sub("_", name)[: MAX_NAME - 1]


def _normalized_arguments(arguments: str) -> str:
    """The arguments as a JSON object that can be stored, sent and shown.

    What is no object, nested beyond reason, or has numbers that JSON or we have not, becomes an empty one: servers
    refuse a history that holds it.
    """
    try:
        given = json.loads(arguments)  # not orjson: it refuses the lone surrogates that are to be replaced
        if not isinstance(given, dict) or _is_too_deep(given):
            return "{}"
        normalized = json.dumps(made_storable(given), ensure_ascii=False, allow_nan=False)
        orjson.loads(normalized)  # as it is read from now on
    except (ValueError, RecursionError):
        return "{}"
    return normalized


def _is_too_deep(value: Any) -> bool:
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [i for v in level if isinstance(v, dict | list) for i in (v.values() if isinstance(v, dict) else v)]
        if not level:
            return False
    return True


def has_calls(output: StepOutput) -> bool:
    return any(item["type"] == "function_call" for item in output)


def to_sdk(output: StepOutput, turn: int, step: int) -> list[TResponseOutputItem]:
    """The step as the SDK's runner expects it from a model."""
    items: list[TResponseOutputItem] = []
    position = 0
    for place, item in enumerate(output):
        if item["type"] == "function_call":
            items.append(
                ResponseFunctionToolCall(
                    type="function_call",
                    call_id=call_id(turn, step, position),
                    name=item["name"],
                    arguments=item["arguments"],
                )
            )
            position += 1
        else:
            items.append(
                ResponseOutputMessage(
                    id=f"text_{turn}_{step}_{place}",
                    type="message",
                    role="assistant",
                    status="completed",
                    content=[ResponseOutputText(type="output_text", text=item["text"], annotations=[])],
                )
            )
    return items


def to_input(output: StepOutput, turn: int, step: int, results: Mapping[Position, Any]) -> list[TResponseInputItem]:
    """The step as history for a model: each call followed in time by its output.

    A call without a result is left out, because servers refuse a call without its output. It had no effect.
    """
    said: list[TResponseInputItem] = []
    outputs: list[TResponseInputItem] = []
    position = 0
    for item in output:
        if item["type"] == "message":
            said.append({"role": "assistant", "content": item["text"]})
            continue
        if (step, position) in results:
            identity = call_id(turn, step, position)
            said.append(
                {
                    "type": "function_call",
                    "call_id": identity,
                    "name": item["name"],
                    "arguments": item["arguments"],
                }
            )
            outputs.append(
                {"type": "function_call_output", "call_id": identity, "output": to_output(results[step, position])}
            )
        position += 1
    return said + outputs


def to_output(result: Any) -> str:
    """A tool's result as the model reads it."""
    return orjson.dumps(result).decode()
