"""OpenRouter in front of Gemini: reasoning details, and failures with status 200."""

from typing import Any, ClassVar

from starlette.responses import Response

from support.model_server import Failure, Reply
from support.providers.chat_completions import BASIC, ChatServer
from support.providers.strict_server import Asked, Rule, calls_of, identity, messages_with_calls, to_response


def _reasoning_details_come_back(server: ChatServer, asked: Asked) -> str | None:
    for _, message in messages_with_calls(asked.current_turn):
        function = calls_of(message)[0]["function"]
        expected = server.made[identity(function["name"], function["arguments"])]
        given = {detail.get("data") for detail in message.get("reasoning_details") or []}
        if expected and not expected & given:
            return "Function call is missing a thought_signature in functionCall parts."
    return None


class OpenRouter(ChatServer):
    """Fills in what other models' calls lack; Gemini's calls must come back unchanged."""

    name: ClassVar[str] = "openrouter"
    path: ClassVar[str] = "/api/v1"
    model: ClassVar[str] = "google/gemini-3-flash"
    rules: ClassVar[tuple[Rule, ...]] = (
        *BASIC,
        Rule("reasoning details come back", _reasoning_details_come_back, "openrouter.ai reasoning-tokens"),
    )

    def message(self, reply: Reply, asked: Asked) -> dict[str, Any]:
        secret = self.mint("reasoning")
        for call in reply.calls:
            self.made[identity(call.name, call.arguments)].add(secret)
        text = {"type": "reasoning.text", "text": self.mint("detail"), "format": "google-gemini-v1", "index": 0}
        data = {
            "type": "reasoning.encrypted",
            "data": secret,
            "id": "tool_1",
            "format": "google-gemini-v1",
            "index": 1,
        }
        message = super().message(reply, asked)
        return message | {"refusal": None, "reasoning": self.mint("thought"), "reasoning_details": [text, data]}

    def failure(self, failure: Failure) -> Response:
        """Source: openai-agents-python 2850."""
        return to_response(
            {"error": {"message": "Provider returned error", "code": failure.status}, "user_id": "user_1"}
        )

    def error(self, status: int, message: str, code: str | None) -> Response:
        metadata = {"raw": message, "provider_name": "Google AI Studio"}
        error = {"message": "Provider returned error", "code": status, "metadata": metadata}
        return to_response({"error": error}, status)

    def overflow(self, tokens: int, limit: int) -> Response:
        words = (
            f"This endpoint's maximum context length is {limit} tokens. However, you requested about {tokens} tokens "
            f"({tokens} of text input). Please reduce the length of either one, or use the context-compression plugin."
        )
        return to_response({"error": {"message": words, "code": 400}}, 400)
