"""Gemini over chat completions: thought signatures, and errors in a list."""

from typing import Any, ClassVar

from starlette.responses import Response

from support.model_server import Call, Reply
from support.providers.chat_completions import BASIC, ChatServer, Check, content_or_calls, without_parameters
from support.providers.strict_server import Asked, Rule, calls_of, identity, messages_with_calls, to_response

SIGNATURES = "ai.google.dev/gemini-api/docs/thought-signatures"
SKIP = {"skip_thought_signature_validator", "context_engineering_is_the_way_to_go"}
"""Placeholders for the missing signatures of another model's calls. Source: the same page."""


def signatures_come_back(vendor: str) -> Check:
    """Check that the first call of each step of the current turn has its original signature."""

    def check(server: ChatServer, asked: Asked) -> str | None:
        for _, message in messages_with_calls(asked.current_turn):
            [call, *_] = calls_of(message)
            function = call["function"]
            signature = ((call.get("extra_content") or {}).get(vendor) or {}).get("thought_signature")
            if not signature:
                return (
                    f"Function call is missing a thought_signature in functionCall parts. This is required for tools "
                    f"to work correctly, and missing thought_signature may lead to degraded model performance. "
                    f"Additional data, function call `default_api:{function['name']}`, position 2. "
                )
            expected = server.made[identity(function["name"], function["arguments"])]
            if signature not in SKIP | expected or (signature in SKIP and expected):
                return "Corrupted thought signature."
        return None

    return check


def calls_follow_the_user(server: ChatServer, asked: Asked) -> str | None:
    before = None
    for message in asked.conversation:
        if calls_of(message) and before not in ("user", "tool"):
            return (
                "Please ensure that function call turn comes immediately after a user turn or after a function "
                "response turn."
            )
        before = message["role"]
    return None


class Gemini(ChatServer):
    """Sends a signature with the first call of each step, and no call ids."""

    name: ClassVar[str] = "gemini"
    path: ClassVar[str] = "/v1beta/openai"
    model: ClassVar[str] = "gemini-3-flash"
    vendor: ClassVar[str] = "google"
    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            "no unknown parameters",
            without_parameters(
                "store", words='Invalid JSON payload received. Unknown name "{parameter}": Cannot find field.'
            ),
            "users' reports of the endpoint's JSON parser",
        ),
        *BASIC,
        Rule("no empty turn", content_or_calls, "users' reports: 'must include at least one parts field'"),
        Rule("calls follow the user", calls_follow_the_user, "ai.google.dev/gemini-api/docs/function-calling"),
        Rule("thought signatures come back", signatures_come_back("google"), SIGNATURES),
    )

    def message(self, reply: Reply, asked: Asked) -> dict[str, Any]:
        message = super().message(reply, asked)
        if not reply.calls:
            message["extra_content"] = {self.vendor: {"thought_signature": self.mint("signature")}}
        return message

    def call(self, call: Call, place: int) -> dict[str, Any]:
        shaped = super().call(call, place) | {"id": ""}
        if place == 0:
            signature = self.mint("signature")
            self.made[identity(call.name, call.arguments)].add(signature)
            shaped["extra_content"] = {self.vendor: {"thought_signature": signature}}
        return shaped

    def error(self, status: int, message: str, code: str | None) -> Response:
        word = {400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 404: "NOT_FOUND", 503: "UNAVAILABLE"}
        error = {"code": status, "message": message, "status": code or word.get(status, "INTERNAL")}
        return to_response([{"error": error}], status)

    def overflow(self, tokens: int, limit: int) -> Response:
        message = f"The input token count ({tokens}) exceeds the maximum number of tokens allowed ({limit})."
        return self.error(400, message, None)
