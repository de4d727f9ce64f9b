"""OpenAI's chat completions, with older and with the newest reasoning models."""

from typing import ClassVar

from support.providers.chat_completions import BASIC, OPENAI_REFERENCE, ChatServer, without_parameters
from support.providers.strict_server import Asked, Rule, StrictServer

REASONING_GUIDE = "platform.openai.com/docs/guides/reasoning"


def _tools_without_reasoning(server: StrictServer, asked: Asked) -> str | None:
    if asked.body.get("tools") and asked.body.get("reasoning_effort") != "none":
        return (
            f"Function tools with reasoning_effort are not supported for {server.model} in /v1/chat/completions. "
            "Please use /v1/responses or set reasoning_effort to 'none'."
        )
    return None


def _temperature_is_default(server: StrictServer, asked: Asked) -> str | None:
    if asked.body.get("temperature") not in (None, 1):
        return "Unsupported value: 'temperature' does not support this value with this model. Only 1 is supported."
    return None


class OpenAIChat(ChatServer):
    """A reasoning model of 2025."""

    name: ClassVar[str] = "openai-chat"
    model: ClassVar[str] = "gpt-5-mini"
    rules: ClassVar[tuple[Rule, ...]] = (
        *BASIC,
        Rule(
            "max_completion_tokens instead of max_tokens",
            without_parameters(
                "max_tokens",
                words="Unsupported parameter: '{parameter}' is not supported with this model. "
                "Use 'max_completion_tokens' instead.",
            ),
            REASONING_GUIDE,
            code="unsupported_parameter",
        ),
        Rule("the default temperature", _temperature_is_default, REASONING_GUIDE, code="unsupported_value"),
        Rule(
            "no unknown parameters",
            without_parameters("enable_thinking", "extra_body"),
            OPENAI_REFERENCE,
        ),
    )


class OpenAIChatNewest(OpenAIChat):
    """A reasoning model of 2026, which allows tools only without reasoning."""

    name: ClassVar[str] = "openai-chat-newest"
    model: ClassVar[str] = "gpt-5.6"
    environment: ClassVar[dict[str, str]] = {"OPENAI_REASONING_EFFORT": "none"}
    rules: ClassVar[tuple[Rule, ...]] = (
        *OpenAIChat.rules,
        Rule("tools only without reasoning", _tools_without_reasoning, "BerriAI/litellm 34569"),
    )
