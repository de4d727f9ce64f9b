"""Chat completions as most servers implement them, and rules that several share."""

import itertools
import json
import re
from collections.abc import Callable
from typing import Any, ClassVar

from support.model_server import Api, Call, Reply
from support.providers.strict_server import Asked, Rule, StrictServer, arguments_of, calls_of, messages_with_calls

_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
Check = Callable[[Any, Asked], str | None]


def calls_are_answered(server: StrictServer, asked: Asked) -> str | None:
    """Check that each call is followed by its output, and each output has its call."""
    open_calls: set[str] = set()
    for n, message in enumerate(asked.messages):
        if message["role"] == "tool":
            if message["tool_call_id"] not in open_calls:
                return (
                    f"Invalid parameter: messages with role 'tool' must be a response to a preceding message with "
                    f"'tool_calls' (messages.[{n}].role)."
                )
            open_calls.discard(message["tool_call_id"])
            continue
        if open_calls:
            break
        ids = [call.get("id") for call in calls_of(message)]
        if len(set(ids)) < len(ids) or not all(isinstance(i, str) and i for i in ids):
            return f"Invalid 'messages[{n}].tool_calls': ids must be unique strings."
        open_calls = set(map(str, ids))
    if open_calls:
        return (
            "An assistant message with 'tool_calls' must be followed by tool messages responding to each "
            f"'tool_call_id'. The following tool_call_ids did not have response messages: {', '.join(open_calls)}"
        )
    return None


def calls_are_well_formed(server: StrictServer, asked: Asked) -> str | None:
    """Check that names are allowed, and that arguments are JSON objects in a string."""
    for n, message in messages_with_calls(asked.messages):
        for call in calls_of(message):
            function = call["function"]
            if not _NAME.fullmatch(function["name"]):
                return f"Invalid 'messages[{n}].tool_calls[].function.name': string does not match pattern."
            try:
                is_object = isinstance(json.loads(function["arguments"]), dict)
            except (TypeError, ValueError):
                is_object = False
            if not is_object:
                return f"Invalid 'messages[{n}].tool_calls[].function.arguments': expected a JSON object as a string."
    return None


def content_is_string(server: StrictServer, asked: Asked) -> str | None:
    found = [n for n, m in enumerate(asked.messages) if not isinstance(m.get("content"), str)]
    return f"Type mismatch of '/messages/{found[0]}/content', 'string' not in 'null'" if found else None


def content_or_calls(server: StrictServer, asked: Asked) -> str | None:
    for n, message in enumerate(asked.messages):
        if message["role"] == "assistant" and not message.get("content") and not calls_of(message):
            return f"Assistant message must have either content or tool_calls, but not none (messages[{n}])."
    return None


def roles_alternate(server: StrictServer, asked: Asked) -> str | None:
    """Check that user and assistant alternate; tool outputs count as the assistant's."""
    roles = [m["role"] for m in asked.conversation]
    for before, after in itertools.pairwise(roles):
        if (before, after) in {("user", "user"), ("tool", "user"), ("assistant", "assistant")}:
            return "Conversation roles must alternate user/assistant/user/assistant/..."
    return None


def one_call_at_a_time(server: StrictServer, asked: Asked) -> str | None:
    if any(len(calls_of(m)) > 1 for m in asked.messages):
        return "This model only supports single tool-calls at once!"
    return None


def without_fields(*fields: str, words: str = "property '{field}' is unsupported") -> Check:
    """Refuse messages with any of these fields."""

    def check(server: StrictServer, asked: Asked) -> str | None:
        for n, message in enumerate(asked.messages):
            for field in fields:
                if field in message:
                    return f"'messages.{n}' : " + words.format(field=field)
        return None

    return check


def without_parameters(*parameters: str, words: str = "Unrecognized request argument supplied: {parameter}") -> Check:
    """Refuse requests with any of these parameters."""

    def check(server: StrictServer, asked: Asked) -> str | None:
        found = [p for p in parameters if p in asked.body]
        return words.format(parameter=found[0]) if found else None

    return check


def known_message_fields(*extra: str) -> Check:
    """Refuse messages and calls with fields that are not in the schema."""
    known = {"role", "content", "tool_calls", "tool_call_id", "name", *extra}

    def check(server: StrictServer, asked: Asked) -> str | None:
        for n, message in enumerate(asked.messages):
            if unknown := message.keys() - known:
                return f"body.messages.{n}.{min(unknown)}: Extra inputs are not permitted"
            for call in calls_of(message):
                if unknown := call.keys() - {"id", "type", "function", "index"}:
                    return f"body.messages.{n}.tool_calls.0.{min(unknown)}: Extra inputs are not permitted"
        return None

    return check


OPENAI_REFERENCE = "platform.openai.com/docs/api-reference/chat/create"

BASIC = (
    Rule("each call has its output", calls_are_answered, OPENAI_REFERENCE),
    Rule("calls are well formed", calls_are_well_formed, OPENAI_REFERENCE),
)


class ChatServer(StrictServer):
    """A server of chat completions."""

    api: ClassVar[Api] = "chat_completions"
    rules: ClassVar[tuple[Rule, ...]] = BASIC

    def answer(self, reply: Reply, asked: Asked) -> dict[str, Any]:
        message = self.message(reply, asked)
        return {
            "id": "chatcmpl-1",
            "object": "chat.completion",
            "created": 1,
            "model": self.model,
            "choices": [
                {
                    "index": 0,
                    "message": message,
                    "logprobs": None,
                    "finish_reason": "tool_calls" if reply.calls else "stop",
                }
            ],
            "usage": {
                "prompt_tokens": asked.tokens_in_all,
                "completion_tokens": 1,
                "total_tokens": asked.tokens_in_all + 1,
            },
        }

    def message(self, reply: Reply, asked: Asked) -> dict[str, Any]:
        """Build the assistant's message in this provider's form."""
        message: dict[str, Any] = {"role": "assistant", "content": reply.text or None}
        if reply.calls:
            message["tool_calls"] = [self.call(call, place) for place, call in enumerate(reply.calls)]
        return message

    def call(self, call: Call, place: int) -> dict[str, Any]:
        """Build a tool call in this provider's form."""
        function = {"name": call.name, "arguments": arguments_of(call)}
        return {"id": self.call_id(place), "type": "function", "function": function}

    def call_id(self, place: int) -> str:
        self._minted += 1
        return f"call_{self._minted:024d}"
