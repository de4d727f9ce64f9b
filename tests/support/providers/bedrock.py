"""Amazon Bedrock's OpenAI endpoint with gpt-oss: the text starts with the reasoning, in a tag."""

from typing import Any, ClassVar

from starlette.responses import Response

from support.model_server import Reply
from support.providers.chat_completions import ChatServer
from support.providers.strict_server import Asked, to_response


class Bedrock(ChatServer):
    """Source for the tag: AWS's documentation of OpenAI models' parameters; promptfoo 9587."""

    name: ClassVar[str] = "bedrock"
    path: ClassVar[str] = "/openai/v1"
    model: ClassVar[str] = "openai.gpt-oss-20b-1:0"

    def message(self, reply: Reply, asked: Asked) -> dict[str, Any]:
        message = super().message(reply, asked)
        return message | {"content": f"<reasoning>{self.mint('thought')}</reasoning>{reply.text}"}

    def call_id(self, place: int) -> str:
        self._minted += 1
        return f"chatcmpl-tool-{self._minted:032x}"

    def error(self, status: int, message: str, code: str | None) -> Response:
        kind = "invalid_request_error" if status < 500 else "server_error"
        error = {"code": code or "validation_error", "message": message, "param": None, "type": kind}
        return to_response({"error": error}, status)

    def overflow(self, tokens: int, limit: int) -> Response:
        return self.error(400, "Input is too long for requested model.", None)
