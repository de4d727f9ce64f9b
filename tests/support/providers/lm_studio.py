"""LM Studio: plain-string errors, thinking in the text, and markers in tool names."""

from typing import Any, ClassVar

from starlette.responses import Response

from support.model_server import Call, Reply
from support.providers.chat_completions import ChatServer
from support.providers.strict_server import Asked, to_response


class LMStudio(ChatServer):
    name: ClassVar[str] = "lm-studio"
    model: ClassVar[str] = "openai/gpt-oss-20b"

    def message(self, reply: Reply, asked: Asked) -> dict[str, Any]:
        return super().message(reply, asked) | {"content": f"<think>\n{self.mint('thought')}\n</think>\n\n{reply.text}"}

    def call(self, call: Call, place: int) -> dict[str, Any]:
        """Source for the marker: users' reports of gpt-oss."""
        shaped = super().call(call, place)
        return shaped | {"function": {**shaped["function"], "name": f"{call.name}<|channel|>commentary"}}

    def call_id(self, place: int) -> str:
        self._minted += 1
        return f"{self._minted:09d}"

    def error(self, status: int, message: str, code: str | None) -> Response:
        return to_response({"error": message}, status)

    def overflow(self, tokens: int, limit: int) -> Response:
        return self.error(
            400,
            f"Trying to keep the first {tokens} tokens when context the overflows. However, the model is loaded with "
            f"context length of only {limit} tokens, which is not enough. Try to load the model with a larger context "
            "length, or provide a shorter input",
            None,
        )
