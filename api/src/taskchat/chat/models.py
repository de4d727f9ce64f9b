"""Which language model answers: the one that the settings name, or the offline assistant."""

from agents import Model, ModelSettings, OpenAIChatCompletionsModel, OpenAIResponsesModel
from openai import AsyncOpenAI

from taskchat.chat.offline.model import OfflineModel
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
    )


def create_model(settings: Settings, client: AsyncOpenAI | None) -> Model:
    """The model of this process."""
    if client is None:
        return OfflineModel()
    if settings.openai_api == "chat_completions":
        return OpenAIChatCompletionsModel(settings.openai_model, client)
    return OpenAIResponsesModel(settings.openai_model, client)


def model_settings(settings: Settings) -> ModelSettings:
    """Ask OpenAI to keep nothing of a conversation; other servers may not know the parameter."""
    knows_store = settings.openai_api == "responses" or settings.openai_base_url is None
    return ModelSettings(store=False if knows_store else None)
