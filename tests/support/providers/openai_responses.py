"""OpenAI's Responses API with a reasoning model."""

from typing import ClassVar

from support.providers.responses import ResponsesServer


class OpenAIResponses(ResponsesServer):
    name: ClassVar[str] = "openai-responses"
    model: ClassVar[str] = "gpt-5-mini"
