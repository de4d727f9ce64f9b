"""Qwen3 at DashScope: no thinking without streaming."""

from typing import ClassVar

from starlette.responses import Response

from support.providers.chat_completions import BASIC, ChatServer
from support.providers.strict_server import Asked, Rule, StrictServer


def _thinking_is_off(server: StrictServer, asked: Asked) -> str | None:
    if asked.body.get("enable_thinking") is False:
        return None
    return "parameter.enable_thinking must be set to false for non-streaming calls"


class DashScope(ChatServer):
    name: ClassVar[str] = "dashscope"
    path: ClassVar[str] = "/compatible-mode/v1"
    model: ClassVar[str] = "qwen3-32b"
    environment: ClassVar[dict[str, str]] = {"OPENAI_EXTRA_BODY": '{"enable_thinking": false}'}
    rules: ClassVar[tuple[Rule, ...]] = (
        Rule("thinking is off", _thinking_is_off, "langchain4j 3974", code="invalid_parameter_error"),
        *BASIC,
    )

    def overflow(self, tokens: int, limit: int) -> Response:
        message = f"<400> InternalError.Algo.InvalidParameter: Range of input length should be [1, {limit}]"
        return self.error(400, message, "invalid_parameter_error")
