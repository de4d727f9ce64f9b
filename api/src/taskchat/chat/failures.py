"""What a failed run means to the caller. Everything that a model's server can do wrong ends here."""

import openai
from agents.exceptions import MaxTurnsExceeded
from sqlalchemy.exc import SQLAlchemyError

from taskchat.chat.retries import retry_after_seconds
from taskchat.chat.statements import TurnLost
from taskchat.errors import InternalError, ModelError, ModelTimeout, ModelUnavailable, Problem

QUOTA_RETRY_SECONDS = 60.0
MAX_RETRY_SECONDS = 300.0


def to_problem(error: Exception) -> Problem | TurnLost:
    """The problem to answer with, for whatever a run of the agent raised."""
    match error:
        case Problem() | TurnLost():
            return error
        case SQLAlchemyError():
            return InternalError()
        case openai.APITimeoutError() | TimeoutError():
            return ModelTimeout()
        case openai.APIConnectionError():
            return ModelUnavailable()
        case openai.RateLimitError():
            return ModelUnavailable(
                "The assistant's model takes no more requests right now. Your message is kept: try again later.",
                retry_after_seconds=_retry_after_seconds(error),
            )
        case openai.APIStatusError(status_code=503):
            return ModelUnavailable(retry_after_seconds=_retry_after_seconds(error))
        case openai.BadRequestError() if is_too_long(error):
            return ModelError("This conversation is too long for the assistant's model. Go on in a new one.")
        case MaxTurnsExceeded():
            return ModelError("The assistant took too many steps for this. Your message is kept: ask for less at once.")
        case _:
            return ModelError()


def is_too_long(error: Exception) -> bool:
    """Whether the model refused because its context is too small for what it was shown."""
    return isinstance(error, openai.BadRequestError) and error.code == "context_length_exceeded"


def _retry_after_seconds(error: openai.APIStatusError) -> float | None:
    if error.code == "insufficient_quota":
        return QUOTA_RETRY_SECONDS
    seconds = retry_after_seconds(error.response.headers)
    return None if seconds is None else min(seconds, MAX_RETRY_SECONDS)
