"""Ollama's OpenAI endpoint, which truncates silently, and a model without tools."""

from typing import Any, ClassVar

from starlette.responses import Response

from support.model_server import Reply
from support.providers.chat_completions import BASIC, ChatServer, content_or_calls, without_parameters
from support.providers.strict_server import Asked, Rule, to_response

SOURCE = "ollama/ollama openai/openai.go and server/prompt.go"


class Ollama(ChatServer):
    """Keeps the instructions and the newest messages that fit; only the prompt token count shows it."""

    name: ClassVar[str] = "ollama"
    model: ClassVar[str] = "qwen3:8b"
    truncates: ClassVar[bool] = True
    rules: ClassVar[tuple[Rule, ...]] = (
        *BASIC,
        Rule("content or calls (invalid message format)", content_or_calls, SOURCE),
    )

    def answer(self, reply: Reply, asked: Asked) -> dict[str, Any]:
        answer = super().answer(reply, asked) | {"system_fingerprint": "fp_ollama"}
        excess = max(0, asked.tokens - self.context_tokens) if self.context_tokens is not None else 0
        answer["usage"]["prompt_tokens"] = asked.tokens_in_all - excess
        return answer

    def message(self, reply: Reply, asked: Asked) -> dict[str, Any]:
        message = super().message(reply, asked)
        return message | {"content": reply.text, "reasoning": self.mint("thought")}

    def call_id(self, place: int) -> str:
        self._minted += 1
        return f"call_{self._minted:08x}"

    def error(self, status: int, message: str, code: str | None) -> Response:
        kind = "invalid_request_error" if status < 500 else "api_error"
        return to_response({"error": {"message": message, "type": kind, "param": None, "code": code}}, status)


class OllamaWithoutTools(Ollama):
    name: ClassVar[str] = "ollama-without-tools"
    model: ClassVar[str] = "gemma3:270m"
    offers_tools: ClassVar[bool] = False
    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            "the model has no tools",
            without_parameters("tools", words="registry.ollama.ai/library/gemma3:270m does not support tools"),
            "ollama/ollama server/images.go, CheckCapabilities",
        ),
    )
