"""Cloudflare Workers AI: content is a string, and arguments come as an object."""

from typing import Any, ClassVar

from starlette.responses import Response

from support.model_server import Call
from support.providers.chat_completions import BASIC, ChatServer, content_is_string
from support.providers.strict_server import Rule, to_response


class Cloudflare(ChatServer):
    name: ClassVar[str] = "cloudflare"
    path: ClassVar[str] = "/client/v4/accounts/a/ai/v1"
    model: ClassVar[str] = "@cf/meta/llama-3.3-70b-instruct-fp8-fast"
    rules: ClassVar[tuple[Rule, ...]] = (
        Rule("content is a string", content_is_string, "we-promise/sure 467"),
        *BASIC,
    )

    def call(self, call: Call, place: int) -> dict[str, Any]:
        """Omit the id, and send arguments as the native API does. Source: users' reports."""
        return {"type": "function", "function": {"name": call.name, "arguments": call.arguments}}

    def error(self, status: int, message: str, code: str | None) -> Response:
        error = {"message": f"AiError: Bad input: Error: {message}", "code": int(code or 5006)}
        return to_response({"errors": [error], "success": False, "result": {}, "messages": []}, status)

    def overflow(self, tokens: int, limit: int) -> Response:
        words = f"The estimated number of input and maximum output tokens ({tokens}) exceeded this model context window"
        return self.error(413, f"{words} limit ({limit}).", "5021")
