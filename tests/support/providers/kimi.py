"""Kimi at Moonshot: reasoning as with DeepSeek, and tool names with their namespace."""

from typing import Any, ClassVar

from starlette.responses import Response

from support.model_server import Call
from support.providers.chat_completions import BASIC
from support.providers.deepseek import DeepSeek, reasoning_content_comes_back
from support.providers.strict_server import Rule, to_response


class Kimi(DeepSeek):
    name: ClassVar[str] = "kimi"
    model: ClassVar[str] = "kimi-k2-thinking"
    rules: ClassVar[tuple[Rule, ...]] = (
        *BASIC,
        Rule(
            "reasoning comes back",
            reasoning_content_comes_back(
                "thinking is enabled but reasoning_content is missing in assistant tool call message at index {n}"
            ),
            "QuantumNous/new-api 3121",
        ),
    )

    def call(self, call: Call, place: int) -> dict[str, Any]:
        """Name calls as the model does. Source: the model card of Kimi-K2, tool_call_guidance."""
        shaped = super().call(call, place)
        name = f"functions.{call.name}"
        return shaped | {"id": f"{name}:{place}", "function": {**shaped["function"], "name": name}}

    def error(self, status: int, message: str, code: str | None) -> Response:
        return to_response({"error": {"message": message, "type": "invalid_request_error"}}, status)

    def overflow(self, tokens: int, limit: int) -> Response:
        message = f"Invalid request: Your request exceeded model token limit: {limit} (requested: {tokens})"
        return self.error(400, message, None)
