"""llama.cpp's server, over both APIs."""

from typing import ClassVar

from starlette.responses import Response

from support.providers.chat_completions import BASIC, ChatServer, roles_alternate
from support.providers.responses import BASIC as RESPONSES_BASIC
from support.providers.responses import ResponsesServer, messages_are_typed
from support.providers.strict_server import Rule, StrictServer, to_response


def _error(status: int, message: str, kind: str | None, **more: int) -> Response:
    word = kind or ("invalid_request_error" if status < 500 else "server_error")
    return to_response({"error": {"code": status, "message": message, "type": word, **more}}, status)


def _overflow(server: StrictServer, tokens: int, limit: int) -> Response:
    message = f"request ({tokens} tokens) exceeds the available context size ({limit} tokens), try increasing it"
    return _error(400, message, "exceed_context_size_error", n_prompt_tokens=tokens, n_ctx=limit)


class LlamaCpp(ChatServer):
    """Its template requires alternating roles; a template error is a 500."""

    name: ClassVar[str] = "llama-cpp"
    model: ClassVar[str] = "gemma-3-4b-it"
    rules: ClassVar[tuple[Rule, ...]] = (
        *BASIC,
        Rule("roles alternate", roles_alternate, "the template of Gemma 3, seen on the real server", status=500),
    )

    def call_id(self, place: int) -> str:
        self._minted += 1
        return f"{self._minted:032d}"

    def error(self, status: int, message: str, code: str | None) -> Response:
        return _error(status, message, code)

    def overflow(self, tokens: int, limit: int) -> Response:
        return _overflow(self, tokens, limit)


class LlamaCppResponses(ResponsesServer):
    name: ClassVar[str] = "llama-cpp-responses"
    model: ClassVar[str] = "qwen3-4b"
    reasons: ClassVar[bool] = False
    rules: ClassVar[tuple[Rule, ...]] = (
        *RESPONSES_BASIC,
        Rule("assistant's items are messages", messages_are_typed, "met on the real server, build 11434"),
    )

    def error(self, status: int, message: str, code: str | None) -> Response:
        return _error(status, message, code)

    def overflow(self, tokens: int, limit: int) -> Response:
        return _overflow(self, tokens, limit)
