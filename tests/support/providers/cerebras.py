"""Cerebras: OpenAI's rules, and errors without the enclosing object."""

from typing import Any, ClassVar

from starlette.responses import Response

from support.model_server import Reply
from support.providers.chat_completions import ChatServer
from support.providers.strict_server import Asked, to_response


class Cerebras(ChatServer):
    name: ClassVar[str] = "cerebras"
    model: ClassVar[str] = "gpt-oss-120b"

    def message(self, reply: Reply, asked: Asked) -> dict[str, Any]:
        return {**super().message(reply, asked), "reasoning": self.mint("thought")}

    def call_id(self, place: int) -> str:
        self._minted += 1
        return f"{self._minted:09x}"

    def error(self, status: int, message: str, code: str | None) -> Response:
        kind = "invalid_request_error" if status < 500 else "server_error"
        return to_response({"message": message, "type": kind, "param": "messages", "code": code}, status)

    def overflow(self, tokens: int, limit: int) -> Response:
        return self.error(
            400,
            f"Please reduce the length of the messages or completion. Current length is {tokens} while limit is "
            f"{limit}",
            "context_length_exceeded",
        )
