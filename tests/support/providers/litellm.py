"""LiteLLM's proxy in front of a model that doesn't support strict tools."""

from typing import Any, ClassVar

from starlette.responses import Response

from support.model_server import Call, Reply
from support.providers.chat_completions import BASIC, ChatServer
from support.providers.strict_server import Asked, Rule, StrictServer, calls_of, identity, to_response


def _tools_are_not_strict(server: StrictServer, asked: Asked) -> str | None:
    if any(tool["function"].get("strict") for tool in asked.body.get("tools", ())):
        return "litellm.BadRequestError: tools.0.custom.strict: Extra inputs are not permitted"
    return None


def _signatures_come_back(server: "LiteLLM", asked: Asked) -> str | None:
    for message in asked.messages:
        for call in calls_of(message):
            expected = server.made[identity(call["function"]["name"], call["function"]["arguments"])]
            given = (call.get("provider_specific_fields") or {}).get("thought_signature")
            if expected and given not in expected and not any(s in call["id"] for s in expected):
                return "the thought signature is lost: the proxy puts a placeholder in its place"
    return None


class LiteLLM(ChatServer):
    """Sends each signature both in the call's id and in a field, and accepts either."""

    name: ClassVar[str] = "litellm"
    path: ClassVar[str] = ""
    model: ClassVar[str] = "team-default"
    environment: ClassVar[dict[str, str]] = {"OPENAI_STRICT_TOOLS": "false"}
    rules: ClassVar[tuple[Rule, ...]] = (
        Rule("tools are not strict", _tools_are_not_strict, "users' reports", code="400"),
        *BASIC,
        Rule("signatures come back", _signatures_come_back, "BerriAI/litellm 16895", status=None),
    )

    def message(self, reply: Reply, asked: Asked) -> dict[str, Any]:
        fields = {"provider_specific_fields": {"refusal": None}}
        return super().message(reply, asked) | {"function_call": None} | fields

    def call(self, call: Call, place: int) -> dict[str, Any]:
        signature = self.mint("signature")
        self.made[identity(call.name, call.arguments)].add(signature)
        shaped = super().call(call, place)
        fields = {"thought_signature": signature}
        return shaped | {"id": f"{shaped['id']}__thought__{signature}", "provider_specific_fields": fields}

    def error(self, status: int, message: str, code: str | None) -> Response:
        error = {"message": message, "type": None, "param": None, "code": code or str(status)}
        return to_response({"error": error}, status)

    def overflow(self, tokens: int, limit: int) -> Response:
        return self.error(
            400,
            "litellm.ContextWindowExceededError: litellm.BadRequestError: ContextWindowExceededError: prompt is too "
            f"long: {tokens} tokens > {limit} maximum. Received Model Group={self.model}",
            None,
        )
