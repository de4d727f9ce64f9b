"""Mistral: ids of nine letters and digits, a fixed order of roles, and no unknown fields."""

import itertools
import re
from typing import Any, ClassVar

from starlette.responses import Response

from support.model_server import Reply
from support.providers.chat_completions import (
    BASIC,
    ChatServer,
    content_or_calls,
    known_message_fields,
    without_parameters,
)
from support.providers.strict_server import Asked, Rule, calls_of, to_response

_ID = re.compile(r"[a-zA-Z0-9]{9}")
COMMON = "mistral-common, protocol/instruct/validator.py"


def nine_letters_and_digits(server: ChatServer, asked: Asked) -> str | None:
    for message in asked.messages:
        for given in [message.get("tool_call_id"), *(call.get("id") for call in calls_of(message))]:
            if given is not None and not _ID.fullmatch(given):
                return f"Tool call id was {given} but must be a-z, A-Z, 0-9, with a length of 9."
    return None


def order_of_roles(server: ChatServer, asked: Asked) -> str | None:
    roles = [message["role"] for message in asked.messages]
    for before, after in itertools.pairwise(roles):
        if before == "tool" and after not in ("tool", "assistant"):
            return f"Unexpected role '{after}' after role 'tool'"
        if before == "assistant" and after == "assistant":
            return "Unexpected role 'assistant' after role 'assistant'"
    if roles[-1] not in ("user", "tool"):
        return f"Expected last role User or Tool (or Assistant with prefix True) for serving but got {roles[-1]}"
    return None


class Mistral(ChatServer):
    """A reasoning model, whose content is a list of thinking and text."""

    name: ClassVar[str] = "mistral"
    model: ClassVar[str] = "magistral-medium-latest"
    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            "no unknown parameters",
            without_parameters(
                "store", "max_completion_tokens", words="body.{parameter}: Extra inputs are not permitted"
            ),
            "docs.mistral.ai/api",
            status=422,
        ),
        Rule("no unknown fields", known_message_fields("prefix"), "docs.mistral.ai/api", status=422),
        Rule(
            "ids of nine letters and digits",
            nine_letters_and_digits,
            f"{COMMON}; anomalyco/opencode 1680",
            code="3280",
        ),
        Rule("order of roles", order_of_roles, f"{COMMON}; nearai/ironclaw 1241; mistral-vibe 578", code="3230"),
        Rule("content or calls", content_or_calls, COMMON, code="3240"),
        *BASIC,
    )

    def message(self, reply: Reply, asked: Asked) -> dict[str, Any]:
        message = super().message(reply, asked)
        thinking = {"type": "thinking", "thinking": [{"type": "text", "text": self.mint("thought")}]}
        text = [{"type": "text", "text": reply.text}] if reply.text else []
        return message | {"content": [thinking, *text]}

    def call_id(self, place: int) -> str:
        self._minted += 1
        return f"m{self._minted:08d}"

    def error(self, status: int, message: str, code: str | None) -> Response:
        if status == 422:
            where, _, what = message.partition(": ")
            return to_response({"detail": [{"type": "extra_forbidden", "loc": where.split("."), "msg": what}]}, 422)
        error = {"object": "error", "message": message, "type": "invalid_request", "param": None, "code": code}
        return to_response(error, status)

    def overflow(self, tokens: int, limit: int) -> Response:
        words = f"Prompt contains {tokens} tokens and 0 draft tokens, too large for model with {limit} maximum"
        return self.error(400, f"{words} context length", "3051")
