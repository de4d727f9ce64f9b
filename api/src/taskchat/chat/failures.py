"""Maps whatever a run raises to a problem of the HTTP contract."""

import httpx
from sqlalchemy.exc import SQLAlchemyError

from taskchat.chat.providers.retry import retry_after_seconds
from taskchat.chat.providers.server_errors import error_code, is_too_long, lacks_tools
from taskchat.chat.statements import TurnLost
from taskchat.chat.steps import TooMuch
from taskchat.errors import InternalError, ModelError, ModelTimeout, ModelUnavailable, Problem, TooLongForModel

QUOTA_RETRY_SECONDS = 60.0
MAX_RETRY_SECONDS = 300.0

NO_TOOLS = (
    "The assistant's model can't use tools, so it can't help you. Your message is kept: ask your administrator for "
    "another model."
)
CUT_OFF = "The assistant's model ran out of room before it answered. Your message is kept: ask for less at once."


class EmptyAnswer(Exception):
    """The model ended the turn without a text."""


class CutOff(Exception):
    """The model's answer reached a length limit before it had any text."""


class TooManySteps(Exception):
    """The model still calls tools after as many steps as a turn may take."""


def to_problem(error: Exception) -> Problem | TurnLost:
    """Map an exception of a run to a problem; `TurnLost` stays as it is."""
    match error:
        case Problem() | TurnLost():
            return error
        case SQLAlchemyError():
            return InternalError()
        case TooMuch():
            return ModelError(str(error))
        case CutOff():
            return ModelError(CUT_OFF)
        case httpx.TimeoutException() | TimeoutError():
            return ModelTimeout()
        case httpx.RequestError():
            return ModelUnavailable()
        case _ if is_too_long(error):
            return TooLongForModel()
        case _ if lacks_tools(error):
            return ModelError(NO_TOOLS)
        case httpx.HTTPStatusError() if error.response.status_code == 429:
            return ModelUnavailable(
                "The assistant's model is overloaded right now. Your message is kept: try again later.",
                retry_after_seconds=_retry_after_seconds(error),
            )
        case httpx.HTTPStatusError() if error.response.status_code == 503:
            return ModelUnavailable(retry_after_seconds=_retry_after_seconds(error))
        case TooManySteps():
            return ModelError("The assistant took too many steps for this. Your message is kept: ask for less at once.")
        case _:
            return ModelError()


def _retry_after_seconds(error: httpx.HTTPStatusError) -> float | None:
    if error_code(error) == "insufficient_quota":
        return QUOTA_RETRY_SECONDS
    seconds = retry_after_seconds(error.response.headers)
    return None if seconds is None else min(seconds, MAX_RETRY_SECONDS)
