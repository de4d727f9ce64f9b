"""DeepSeek with thinking: later requests must contain the reasoning of all tool calls."""

from typing import Any, ClassVar

from starlette.responses import Response

from support.model_server import Reply
from support.providers.chat_completions import BASIC, ChatServer, Check
from support.providers.strict_server import Asked, Rule, calls_of, identity, messages_with_calls


def reasoning_content_comes_back(words: str) -> Check:
    """Refuse calls without `reasoning_content`; it may be empty for calls of other servers."""

    def check(server: ChatServer, asked: Asked) -> str | None:
        for n, message in messages_with_calls(asked.messages):
            function = calls_of(message)[0]["function"]
            given = message.get("reasoning_content")
            expected = server.made[identity(function["name"], function["arguments"])]
            if given is None or (expected and given not in expected):
                return words.format(n=n)
        return None

    return check


class DeepSeek(ChatServer):
    name: ClassVar[str] = "deepseek"
    model: ClassVar[str] = "deepseek-chat"
    rules: ClassVar[tuple[Rule, ...]] = (
        *BASIC,
        Rule(
            "reasoning comes back",
            reasoning_content_comes_back(
                "Missing `reasoning_content` field in the assistant message at message index {n}. For more "
                "information, please refer to https://api-docs.deepseek.com/guides/thinking_mode#tool-calls"
            ),
            "api-docs.deepseek.com/guides/thinking_mode; openai-agents-python 2155",
            code="invalid_request_error",
        ),
    )

    def message(self, reply: Reply, asked: Asked) -> dict[str, Any]:
        reasoning = self.mint("reasoning")
        for call in reply.calls:
            self.made[identity(call.name, call.arguments)].add(reasoning)
        return super().message(reply, asked) | {"content": reply.text, "reasoning_content": reasoning}

    def call_id(self, place: int) -> str:
        self._minted += 1
        return f"call_{place}_{self._minted:08x}-aaaa-4bbb-8ccc-dddddddddddd"

    def overflow(self, tokens: int, limit: int) -> Response:
        return self.error(
            400,
            f"This model's maximum context length is {limit} tokens. However, you requested {tokens} tokens "
            f"({tokens} in the messages, 0 in the completion). Please reduce the length of the messages or completion.",
            "invalid_request_error",
        )
