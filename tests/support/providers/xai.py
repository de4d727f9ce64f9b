"""xAI's Responses API."""

from typing import ClassVar

from starlette.responses import Response

from support.providers.responses import ResponsesServer
from support.providers.strict_server import to_response


class XAI(ResponsesServer):
    """Source for the reasoning items: docs.x.ai troubleshooting-reasoning."""

    name: ClassVar[str] = "xai"
    model: ClassVar[str] = "grok-4.3"

    def error(self, status: int, message: str, code: str | None) -> Response:
        return to_response({"code": code or "Client specified an invalid argument", "error": message}, status)

    def overflow(self, tokens: int, limit: int) -> Response:
        return self.error(
            400,
            f"This model's maximum prompt length is {limit} but the request contains {tokens} tokens.",
            None,
        )
