"""vLLM without a reasoning parser, with Mistral's tokenizer, and without a tool parser."""

from typing import Any, ClassVar

from starlette.responses import Response

from support.model_server import Reply
from support.providers.chat_completions import BASIC, ChatServer, without_parameters
from support.providers.mistral import COMMON, nine_letters_and_digits, order_of_roles
from support.providers.strict_server import Asked, Rule, to_response


class VLLM(ChatServer):
    """Qwen's template contains the opening tag, so answers have only the closing one."""

    name: ClassVar[str] = "vllm"
    model: ClassVar[str] = "Qwen/Qwen3-8B"

    def message(self, reply: Reply, asked: Asked) -> dict[str, Any]:
        message = super().message(reply, asked)
        text = f"{self.mint('thought')}\n</think>\n\n{reply.text}"
        return message | {"content": text, "reasoning_content": None}

    def call_id(self, place: int) -> str:
        self._minted += 1
        return f"chatcmpl-tool-{self._minted:032x}"

    def error(self, status: int, message: str, code: str | None) -> Response:
        kind = "BadRequestError" if status < 500 else "InternalServerError"
        return to_response({"error": {"message": message, "type": kind, "param": None, "code": status}}, status)

    def overflow(self, tokens: int, limit: int) -> Response:
        return self.error(
            400,
            f"This model's maximum context length is {limit} tokens. However, your request has {tokens} input tokens. "
            "Please reduce the length of the input messages.",
            None,
        )


class VLLMMistral(VLLM):
    """With `--tokenizer-mode mistral`, which validates requests with mistral-common."""

    name: ClassVar[str] = "vllm-mistral"
    model: ClassVar[str] = "mistralai/Mistral-Small-3.2-24B-Instruct-2506"
    rules: ClassVar[tuple[Rule, ...]] = (
        *BASIC,
        Rule("ids of nine letters and digits", nine_letters_and_digits, COMMON),
        Rule("order of roles", order_of_roles, COMMON),
    )

    def message(self, reply: Reply, asked: Asked) -> dict[str, Any]:
        return ChatServer.message(self, reply, asked) | {"reasoning_content": None}

    def error(self, status: int, message: str, code: str | None) -> Response:
        """Build an error in the older format."""
        error = {"object": "error", "message": message, "type": "BadRequestError", "param": None, "code": status}
        return to_response(error, status)

    def overflow(self, tokens: int, limit: int) -> Response:
        return self.error(
            400,
            f"This model's maximum context length is {limit} tokens. However, you requested {tokens} tokens "
            f"({tokens} in the messages, 0 in the completion). Please reduce the length of the messages or completion.",
            None,
        )


class VLLMWithoutParser(VLLM):
    """Started without `--enable-auto-tool-choice`."""

    name: ClassVar[str] = "vllm-without-parser"
    offers_tools: ClassVar[bool] = False
    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            "no tool parser",
            without_parameters(
                "tools", words='"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set'
            ),
            "vllm 9986",
        ),
    )
