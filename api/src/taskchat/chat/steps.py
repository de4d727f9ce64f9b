"""A model's output in one step: as stored, and as history.

A stored step is a list of items in the model's order:

    {"type": "message", "text": …}
    {"type": "function_call", "name": …, "arguments": …}

An item may have `opaque` parts that its server expects back (signatures, encrypted reasoning), and the first item has
`origin`, which names that server. The text of a final answer is in its message. If it has opaque parts, it is stored
as a step too, with items of type `answer`, which earlier releases skip.

We drop the provider's ids, which mean nothing later or break the request. Call ids are ours, because some compatible
servers repeat theirs.
"""

import json
import re
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import orjson

from taskchat.text import sanitize_text

StepOutput = list[dict[str, Any]]
Item = dict[str, Any]
"""An item of a history, shaped like the Responses API's input. Only its own server understands `opaque`."""
Position = tuple[int, int]
"""The number of the step in its turn, and of the call in its step."""

MAX_DEPTH = 32
"""Of a call's arguments. Ours need two levels."""

MAX_NAME = 64
"""Source: OpenAI's API reference, the name of a function: letters, digits, underscores and dashes."""

MAX_ARGUMENTS_BYTES = 32 * 1024
"""Of one call: enough for long texts with every character escaped."""
MAX_CALLS_PER_STEP = 100
MAX_ANSWER_CHARACTERS = 100_000
MAX_OPAQUE_BYTES = 256 * 1024
"""Of a final answer. Larger parts would displace the rest of the history."""

CUT_NOTE = "*(This answer was cut off because it got too long.)*"
STOPPED_NOTE = "*(Stopped without an answer. What was done until then is kept.)*"
"""The answer of a discarded turn that has called tools."""
WITHHELD = "The assistant's model withheld its answer: the content filter of its provider stopped it."

_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_NOT_OF_NAMES = re.compile(r"[^a-zA-Z0-9_-]")
_DECORATED_NAME = re.compile(r"((?:[a-zA-Z0-9_-]+[.:/])*[a-zA-Z0-9_-]+)(?:<\|[^\n]*)?")
"""A name with a namespace, a number (Kimi), or a part of gpt-oss's channel."""
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_STEPS, _POSITIONS = 16, 4096
"""How many of each a call id can encode, for 43 million turns."""


class TooMuch(Exception):
    """A model's answer exceeds one of our limits; the message is for the user."""


@dataclass(frozen=True, slots=True)
class SaidText:
    text: str
    opaque: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SaidCall:
    """A call with its raw arguments: JSON text, a JSON value, or nothing."""

    name: str
    arguments: Any
    opaque: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer of a model's server, before it is normalized.

    Attributes:
        is_cut: whether it ended at a length limit.
        tokens: of the request and the answer, as the server reports them; None if it doesn't.
    """

    said: Sequence[SaidText | SaidCall]
    is_cut: bool = False
    tokens: int | None = None


def origin_of(api: str, base_url: str, model: str) -> str:
    """Name a model at a server, whose opaque parts only that server understands.

    It is a digest, because a base URL can contain a secret, and the name appears in exports.
    """
    return sha256(f"{api}\n{base_url}\n{model}".encode()).hexdigest()[:16]


def call_id(turn: int, step: int, position: int) -> str:
    """Encode a call's position as nine letters and digits, the only form that Mistral accepts."""
    number = (turn * _STEPS + step) * _POSITIONS + position
    digits = ""
    for _ in range(8):
        number, digit = divmod(number, 36)
        digits = _DIGITS[digit] + digits
    return f"c{digits}"


def from_model(reply: Reply, *, tool_names: Set[str], origin: str | None) -> StepOutput:
    """Normalize a model's answer to texts without reasoning and to valid calls.

    If the answer was cut, drops incomplete calls and adds a note to a final text.

    Raises:
        TooMuch: the answer exceeds one of our limits.
    """
    if sum(isinstance(item, SaidCall) for item in reply.said) > MAX_CALLS_PER_STEP:
        raise TooMuch("The assistant's model asked for too much at once. Your message is kept: ask for less at once.")
    kept: StepOutput = []
    for said in reply.said:
        if isinstance(said, SaidText):
            text = sanitize_text(visible_text(said.text)).strip()
            item = {"type": "message", "text": text} if text else None
        else:
            item = _call(said, tool_names, may_be_incomplete=reply.is_cut)
        if item is None:
            continue
        if opaque := _storable_opaque(said.opaque):
            item["opaque"] = opaque
        kept.append(item)
    if not has_calls(kept):
        _finish(kept, is_cut=reply.is_cut)
    if kept and origin is not None:
        kept[0]["origin"] = origin
    return kept


def _finish(answer: StepOutput, *, is_cut: bool) -> None:
    if not answer:
        return
    if is_cut:
        answer[-1]["text"] += f"\n\n{CUT_NOTE}"
    if len(answer_text(answer)) > MAX_ANSWER_CHARACTERS:
        raise TooMuch("The assistant's answer is too long to keep. Your message is kept: ask for less at once.")


def _call(said: SaidCall, tool_names: Set[str], *, may_be_incomplete: bool) -> dict[str, Any] | None:
    arguments = _normalized_arguments(said.arguments)
    if arguments is None and may_be_incomplete:
        return None
    return {"type": "function_call", "name": _tool_name(said.name, tool_names), "arguments": arguments or "{}"}


def _tool_name(name: str, known: Set[str]) -> str:
    """The tool that the model meant, if only one fits: by `functions.look_up`, or `look_up<|channel|>commentary`.

    Other names are rewritten to what servers accept, since they refuse a whole history for one bad name. A rewritten
    name begins with an underscore, so that it never becomes one of our tools.
    """
    if name in known:
        return name
    if (parts := _DECORATED_NAME.fullmatch(name[: 4 * MAX_NAME])) is not None:
        words = [word.lower().replace("-", "_") for word in re.split(r"[.:/]", parts[1])]
        if words[-1].isdigit():
            words.pop()
        if words and words[-1] in known and not known & set(words[:-1]):
            return words[-1]
    return name if _NAME.fullmatch(name) else "_" + _NOT_OF_NAMES.sub("_", name)[: MAX_NAME - 1]


def _normalized_arguments(given: Any) -> str | None:
    """The arguments as a JSON object that can be stored, sent and shown; otherwise None.

    Servers refuse a history with arguments that are not an object. We also reject arguments that are too large or too
    deep, and numbers that JSON cannot express.
    """
    try:
        for _ in range(2):  # some encode them twice
            if isinstance(given, str):
                # Not orjson, which refuses raw newlines and the lone surrogates that we replace.
                given = json.loads(given, strict=False) if len(given) <= MAX_ARGUMENTS_BYTES else None
        if not isinstance(given, dict) or _is_too_deep(given):
            return None
        normalized = json.dumps(sanitize_text(given), ensure_ascii=False, allow_nan=False)
        orjson.loads(normalized)  # check that it can be read again
    except (ValueError, RecursionError):
        return None
    return normalized if len(normalized.encode()) <= MAX_ARGUMENTS_BYTES else None


def _storable_opaque(opaque: dict[str, Any]) -> dict[str, Any] | None:
    if not opaque or _is_too_deep(opaque):
        return None
    try:
        kept: dict[str, Any] = orjson.loads(json.dumps(sanitize_text(opaque), allow_nan=False))
    except (ValueError, RecursionError):
        return None
    return kept


def _is_too_deep(value: Any) -> bool:
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [i for v in level if isinstance(v, dict | list) for i in (v.values() if isinstance(v, dict) else v)]
        if not level:
            return False
    return True


_THOUGHT_TAG = re.compile(r"<(/?)(?:think|thinking|thought|reasoning)>|\[(/?)THINK\]")
_THOUGHT_TAG_OR_CODE = re.compile(rf"`[^`\n]*`|{_THOUGHT_TAG.pattern}")
_FINAL_CHANNEL = "<|channel|>final<|message|>"


def visible_text(text: str) -> str:
    """Remove the model's thinking: `<think>…</think>`, or everything before a lone closing tag.

    A lone opening tag counts only at the beginning of the text. Code spans are kept.
    """
    if _FINAL_CHANNEL in text:  # from gpt-oss, if its server does not parse channels
        text = text.rpartition(_FINAL_CHANNEL)[2].partition("<|")[0]
    shown: list[str] = []
    shown_up_to = 0
    is_thought = False
    tag = _THOUGHT_TAG_OR_CODE.search(text)
    while tag is not None:
        is_end = bool(tag[1] or tag[2])
        if is_end:
            if not is_thought:
                shown.clear()
            shown_up_to, is_thought = tag.end(), False
        elif not is_thought and not tag[0].startswith("`"):
            shown.append(text[shown_up_to : tag.start()])
            shown_up_to, is_thought = tag.start(), True
        tag = (_THOUGHT_TAG if is_thought else _THOUGHT_TAG_OR_CODE).search(text, tag.end())
    if not is_thought or any(part.strip() for part in shown):
        shown.append(text[shown_up_to:])
    return "".join(shown).strip()


def has_calls(output: StepOutput) -> bool:
    return any(item["type"] == "function_call" for item in output)


def answer_text(output: StepOutput) -> str:
    """Join the texts of a step."""
    return "\n\n".join(item["text"] for item in output if "text" in item)


def as_answer(output: StepOutput) -> StepOutput | None:
    """The final step to store in addition to its message; None if the message already has everything."""
    sizes = [len(orjson.dumps(item["opaque"])) for item in output if "opaque" in item]
    if not sizes or sum(sizes) > MAX_OPAQUE_BYTES:
        return None
    return [{**item, "type": "answer"} for item in output]


def is_answer(output: StepOutput) -> bool:
    return bool(output) and output[0]["type"] == "answer"


def user_message(text: str) -> Item:
    return {"type": "message", "role": "user", "content": text}


def assistant_message(text: str) -> Item:
    return {"type": "message", "role": "assistant", "content": text}


def to_history(output: StepOutput, turn: int, step: int, results: Mapping[Position, Any]) -> list[Item]:
    """Convert a step to history items: texts and calls, then the outputs.

    Skips calls without a result: they had no effect, and servers refuse a call without its output.
    """
    said: list[Item] = []
    outputs: list[Item] = []
    position = 0
    of_message: Item = {}  # parts of the whole message that came with a skipped call
    for item in output:
        parts = of_message | item.get("opaque", {})
        opaque = {"opaque": parts} if parts else {}
        if item["type"] != "function_call":
            said.append(assistant_message(item["text"]) | opaque)
            continue
        if (step, position) in results and position < _POSITIONS:
            identity = {"call_id": call_id(turn, step, position)}
            call = {"type": "function_call", **identity, "name": item["name"], "arguments": item["arguments"]}
            said.append(call | opaque)
            of_message = {}
            output_text = to_output(results[step, position])
            outputs.append({"type": "function_call_output", **identity, "output": output_text})
        elif "message" in parts:
            of_message = {"message": parts["message"]}
        position += 1
    return said + outputs


def to_words(output: StepOutput, step: int, results: Mapping[Position, Any]) -> list[str]:
    """Describe each call and its result in a line, for a server that cannot be sent the calls."""
    calls = [item for item in output if item["type"] == "function_call"]
    return [
        f"{call['name']}({call['arguments']}) returned {to_output(results[step, position])}"
        for position, call in enumerate(calls)
        if (step, position) in results
    ]


def to_output(result: Any) -> str:
    """Serialize a tool's result for the model."""
    return orjson.dumps(result).decode()
