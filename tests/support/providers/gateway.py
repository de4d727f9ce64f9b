"""A gateway that serves Gemini over chat completions, under a model name that hides it."""

from typing import Any, ClassVar

from starlette.responses import Response

from support.model_server import Call
from support.providers.gemini import Gemini
from support.providers.strict_server import Rule, to_response


class Gateway(Gemini):
    """Forwards signatures, omits call ids, and wraps Gemini's errors."""

    name: ClassVar[str] = "gateway"
    path: ClassVar[str] = "/v1"
    model: ClassVar[str] = "assistant-large"
    rules: ClassVar[tuple[Rule, ...]] = Gemini.rules[1:]  # the gateway drops parameters that Gemini does not know

    def call(self, call: Call, place: int) -> dict[str, Any]:
        return super().call(call, place) | {"id": None}

    def error(self, status: int, message: str, code: str | None) -> Response:
        error = {"message": message, "type": "upstream_error", "param": "", "code": code or "bad_response_status_code"}
        return to_response({"error": error}, status)
