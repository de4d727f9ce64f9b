"""Which language model answers: the one that the settings name, or the offline assistant."""

from collections.abc import Sequence
from typing import Any

from agents import FunctionTool
from openai import AsyncOpenAI
from openai.types.responses import ResponseFunctionToolCall, ResponseOutputMessage

from taskchat.chat.chat_completions import ChatCompletionsModel
from taskchat.chat.model_http import RequestOptions, create_http_client
from taskchat.chat.offline.model import OfflineModel
from taskchat.chat.responses import ResponsesModel
from taskchat.chat.resumable_model import LanguageModel
from taskchat.chat.steps import Item, Reply, SaidCall, SaidText
from taskchat.settings import Settings

OPENAI = "https://api.openai.com/v1"


def create_client(settings: Settings) -> AsyncOpenAI | None:
    """The client of the model's server; None where the offline assistant answers. To be closed at the end."""
    if settings.offline:
        return None
    key = settings.openai_api_key
    return AsyncOpenAI(
        # Servers of one's own often want no key, but the client insists on one.
        api_key=key.get_secret_value() if key else "none",
        # Never left to the client: it would read the environment itself, a variable set to nothing too.
        base_url=str(settings.openai_base_url) if settings.openai_base_url else OPENAI,
        timeout=settings.model_timeout_seconds,
        max_retries=0,  # `taskchat.chat.retries` does that, within the time that a step has
        http_client=create_http_client(timeout_seconds=settings.model_timeout_seconds),
    )


def create_model(settings: Settings, client: AsyncOpenAI | None) -> LanguageModel:
    """The model of this process."""
    if client is None:
        return Offline()
    options = request_options(settings)
    if settings.openai_api == "chat_completions":
        return ChatCompletionsModel(client, options)
    return ResponsesModel(client, options)


def request_options(settings: Settings) -> RequestOptions:
    """The part of each request that depends on the settings."""
    body: dict[str, Any] = {}
    if settings.openai_api == "responses" or settings.openai_base_url is None:
        body["store"] = False  # or OpenAI keeps conversations; other servers may not know the parameter
    # Some servers of chat completions refuse the parameter. We check the arguments of calls in any case.
    strict_tools = settings.openai_api == "responses" or settings.openai_base_url is None
    return RequestOptions(settings.openai_model, body, strict_tools=strict_tools)


class Offline:
    """The offline assistant, which keeps the shape of one of the SDK's models."""

    origin = None

    def __init__(self) -> None:
        self._model = OfflineModel()

    async def ask(self, instructions: str, history: Sequence[Item], tools: Sequence[FunctionTool]) -> Reply:
        items: Any = history
        response = await self._model.get_response(instructions, items)
        said: list[SaidText | SaidCall] = []
        for item in response.output:
            if isinstance(item, ResponseFunctionToolCall):
                said.append(SaidCall(item.name, item.arguments))
            elif isinstance(item, ResponseOutputMessage):
                said.append(SaidText("".join(part.text for part in item.content if part.type == "output_text")))
        return Reply(said)
