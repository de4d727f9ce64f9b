"""The errors of the HTTP contract.

    Problem
    ├── Unauthenticated                    401
    ├── UserMismatch                       403
    ├── NotFound                           404
    │   └── ConversationNotFound, TurnNotFound, and those of the domain
    ├── MethodNotAllowed                   405
    ├── Conflict                           409
    │   ├── TurnInProgress
    │   ├── ConversationBusy
    │   ├── TurnFailed
    │   ├── TurnDiscarded
    │   └── TurnAnswered
    ├── BodyTooLarge                       413
    ├── InvalidRequest                     422
    │   └── IdempotencyKeyReused
    ├── RateLimited                        429
    ├── BudgetUsed                         429
    ├── InternalError                      500
    ├── ModelError                         502
    │   └── TooLongForModel
    ├── Unavailable                        503
    │   ├── ModelUnavailable
    │   ├── NoAssistant
    │   ├── DatabaseUnavailable
    │   ├── ExportUnavailable
    │   └── AuthUnavailable
    └── ModelTimeout                       504

Each is answered as `application/problem+json` (RFC 9457) with a stable `code`.
"""

from http import HTTPStatus
from math import ceil
from typing import Any, ClassVar

import orjson
from starlette.responses import Response


class Problem(Exception):
    """The base of all errors that a client sees.

    Attributes:
        detail: what happened and what to do about it, for a person.
        retry_after_seconds: when the same request may succeed; None if waiting does not help.
        members: additional members of the problem document.
    """

    status: ClassVar[int]
    code: ClassVar[str]
    default_detail: ClassVar[str]
    default_retry_after_seconds: ClassVar[float | None] = None

    def __init__(self, detail: str | None = None, *, retry_after_seconds: float | None = None, **members: Any) -> None:
        self.detail = detail or self.default_detail
        self.retry_after_seconds = retry_after_seconds or self.default_retry_after_seconds
        self.members = members
        super().__init__(self.detail)

    @property
    def headers(self) -> dict[str, str]:
        if self.retry_after_seconds is None:
            return {}
        return {"retry-after": str(max(1, ceil(self.retry_after_seconds)))}


class Unauthenticated(Problem):
    """The request has no valid access token, or the token's account is gone.

    Attributes:
        reason: why the token was refused, for the log; None if there was no token.
    """

    status = 401
    code = "unauthenticated"
    default_detail = "Sign in and send an access token: Authorization: Bearer …"

    def __init__(self, detail: str | None = None, *, challenge: str = "Bearer", reason: str | None = None) -> None:
        super().__init__(detail)
        self.challenge = challenge
        self.reason = reason

    @property
    def headers(self) -> dict[str, str]:
        return {"www-authenticate": self.challenge}


class UserMismatch(Problem):
    """The user in the URL is not the token's user."""

    status = 403
    code = "user_mismatch"
    default_detail = "This token does not match the user in the URL."


class NotFound(Problem):
    """There is nothing at this URL."""

    status = 404
    code = "not_found"
    default_detail = "Nothing was found at this URL."


class ConversationNotFound(NotFound):
    """The user has no conversation with this id."""

    code = "conversation_not_found"
    default_detail = "You have no conversation with this id."


class TurnNotFound(NotFound):
    """The user has no conversation with such a turn."""

    code = "turn_not_found"
    default_detail = "You have no message with this number in a conversation with this id."


class MethodNotAllowed(Problem):
    """The URL does not support the method."""

    status = 405
    code = "method_not_allowed"
    default_detail = "This URL does not support that method."


class Conflict(Problem):
    """The request is valid, but conflicts with the current state."""

    status = 409


class TurnInProgress(Conflict):
    """An earlier request is already running this turn."""

    code = "turn_in_progress"
    default_detail = "This message is already being answered. Send it again with the same key to get the answer."
    default_retry_after_seconds = 1


class ConversationBusy(Conflict):
    """Another turn is running in this conversation."""

    code = "conversation_busy"
    default_detail = "Still answering your previous message in this conversation. Try again when it's done."
    default_retry_after_seconds = 1


class TurnFailed(Conflict):
    """The turn failed too often to be tried again."""

    code = "turn_failed"
    default_detail = "We couldn't answer this message. Send it as a new one."


class TurnDiscarded(Conflict):
    """The user has discarded the turn, perhaps while it ran."""

    code = "turn_discarded"
    default_detail = "This message was discarded. To send it again, use a new Idempotency-Key."


class TurnAnswered(Conflict):
    """The turn has its answer, so that it can't be discarded."""

    code = "turn_answered"
    default_detail = "This message is already answered. You can delete its conversation."


class BodyTooLarge(Problem):
    """The request body exceeds the limit."""

    status = 413
    code = "body_too_large"
    default_detail = "The request body is too large."


class InvalidRequest(Problem):
    """The request does not match the schema."""

    status = 422
    code = "invalid_request"
    default_detail = "The request does not match the schema."


class IdempotencyKeyReused(InvalidRequest):
    """The key was already used for another message or conversation."""

    code = "idempotency_key_reused"
    default_detail = "This Idempotency-Key was already used for another message. Use a new key for each message."


class RateLimited(Problem):
    """The user sends messages or other requests too fast, or too many at once."""

    status = 429
    code = "rate_limited"
    default_detail = "Too many requests. Try again in a moment."
    default_retry_after_seconds = 1


class BudgetUsed(Problem):
    """Today's model tokens of the user or of the whole service are used."""

    status = 429
    code = "budget_used"
    default_detail = "You've used today's allowance. Try again after midnight UTC."
    default_retry_after_seconds = 3600


class InternalError(Problem):
    """An unexpected error in this service."""

    status = 500
    code = "internal_error"
    default_detail = "Something went wrong on our side. The log has details under this request's id."


class ModelError(Problem):
    """The language model returned an error or an unusable answer."""

    status = 502
    code = "model_error"
    default_detail = "The assistant's model couldn't answer this. Your message is kept."


class TooLongForModel(ModelError):
    """The message and its conversation don't fit into the model's context."""

    code = "too_long_for_model"
    default_detail = (
        "This is too long for the assistant's model. Your message is kept: start a new conversation, or send a shorter "
        "message."
    )


class Unavailable(Problem):
    """Something that this service depends on is unavailable."""

    status = 503
    default_retry_after_seconds = 2


class ModelUnavailable(Unavailable):
    """The language model's server is unreachable or overloaded."""

    code = "model_unavailable"
    default_detail = "The assistant's model can't be reached right now. Your message is kept: try again."


class NoAssistant(Unavailable):
    """No assistant is set up, so no message can be answered."""

    code = "no_assistant"
    default_detail = (
        "No assistant is set up here, so nothing was sent. To set one up, set OPENAI_API_KEY or OPENAI_BASE_URL, or "
        "remove ASSISTANT=none."
    )
    default_retry_after_seconds = 60  # The contract requires a time, although only a restart helps.


class DatabaseUnavailable(Unavailable):
    """The database is unreachable."""

    code = "database_unavailable"
    default_detail = "We're having trouble right now. Try again in a moment."


class ExportUnavailable(Unavailable):
    """There is no room for an export's file."""

    code = "export_unavailable"
    default_detail = "There is no room for an export right now. Try again in a moment."
    default_retry_after_seconds = 30


class AuthUnavailable(Unavailable):
    """The keys that verify tokens could not be fetched yet."""

    code = "auth_unavailable"
    default_detail = "Access tokens can't be verified right now. Try again in a moment."


class ModelTimeout(Problem):
    """The language model took too long."""

    status = 504
    code = "model_timeout"
    default_detail = "The assistant's model took too long. Your message is kept: try again."


# Python's phrases for these differ between versions; RFC 9110 has these.
_TITLES = {413: "Content Too Large", 422: "Unprocessable Content"}


def title_of(status: int) -> str:
    return _TITLES.get(status) or HTTPStatus(status).phrase


def problem_response(problem: Problem) -> Response:
    """Render the problem as `application/problem+json`.

    Source: RFC 9457 section 3.
    """
    body = {
        "type": "about:blank",
        "title": title_of(problem.status),
        "status": problem.status,
        "code": problem.code,
        "detail": problem.detail,
        **problem.members,
    }
    return Response(orjson.dumps(body), problem.status, problem.headers, "application/problem+json")
