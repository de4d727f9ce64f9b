"""Groq: answers contain reasoning, which clients must not send back."""

from typing import Any, ClassVar

from starlette.responses import Response

from support.model_server import Reply
from support.providers.chat_completions import BASIC, ChatServer, without_fields
from support.providers.strict_server import Asked, Rule


class Groq(ChatServer):
    name: ClassVar[str] = "groq"
    path: ClassVar[str] = "/openai/v1"
    model: ClassVar[str] = "openai/gpt-oss-20b"
    rules: ClassVar[tuple[Rule, ...]] = (
        *BASIC,
        Rule(
            "no reasoning in the input",
            without_fields("reasoning", "reasoning_content"),
            "karthink/gptel 774; janhq/jan 8136",
        ),
    )

    def answer(self, reply: Reply, asked: Asked) -> dict[str, Any]:
        return super().answer(reply, asked) | {"service_tier": "on_demand", "x_groq": {"id": "req_1"}}

    def message(self, reply: Reply, asked: Asked) -> dict[str, Any]:
        return {**super().message(reply, asked), "reasoning": self.mint("thought")}

    def overflow(self, tokens: int, limit: int) -> Response:
        return self.error(
            413,
            f"Request too large for model `{self.model}` in organization `org_1` service tier `on_demand` on tokens "
            f"per minute (TPM): Limit {limit}, Requested {tokens}, please reduce your message size and try again.",
            "rate_limit_exceeded",
        )
