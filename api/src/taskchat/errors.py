"""The errors that callers meet, and the one place where they become HTTP.

    Problem
    ├── Unauthenticated                    401
    ├── UserMismatch                       403
    ├── NotFound                           404
    │   └── ConversationNotFound, and those of the domain
    ├── MethodNotAllowed                   405
    ├── Conflict                           409
    │   ├── TurnInProgress
    │   ├── ConversationBusy
    │   └── TurnFailed
    ├── BodyTooLarge                       413
    ├── InvalidRequest                     422
    │   └── IdempotencyKeyReused
    ├── RateLimited                        429
    ├── InternalError                      500
    ├── ModelError                         502
    ├── Unavailable                        503
    │   ├── ModelUnavailable
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
    """A request that cannot be answered as asked.

    Attributes:
        detail: what happened and what to do about it, for the person who reads it.
        retry_after_seconds: when the same request may succeed; None if time alone changes nothing.
        members: further members of the problem document.
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
    """No valid access token came with the request, or its account is gone.

    Attributes:
        reason: why the token was refused, as a word for the log; None where there was none.
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
    """The user in the path is not the one that the token names."""

    status = 403
    code = "user_mismatch"
    default_detail = "This access token belongs to another user than the address names."


class NotFound(Problem):
    """There is nothing at this address."""

    status = 404
    code = "not_found"
    default_detail = "There is nothing at this address."


class ConversationNotFound(NotFound):
    """The user has no such conversation; somebody else may."""

    code = "conversation_not_found"
    default_detail = "You have no conversation with this id."


class MethodNotAllowed(Problem):
    """The address exists, but not for this method."""

    status = 405
    code = "method_not_allowed"
    default_detail = "This address does not take that method."


class Conflict(Problem):
    """The request is fine, but not at this moment."""

    status = 409


class TurnInProgress(Conflict):
    """This very turn is being worked on by an earlier request."""

    code = "turn_in_progress"
    default_detail = "This message is being answered. Send it again with the same key to get the answer."
    default_retry_after_seconds = 1


class ConversationBusy(Conflict):
    """Another turn is running in this conversation."""

    code = "conversation_busy"
    default_detail = "Another message of this conversation is being answered. Try again when it is done."
    default_retry_after_seconds = 1


class TurnFailed(Conflict):
    """The turn was tried so often that it is given up."""

    code = "turn_failed"
    default_detail = "This message could not be answered, however often it was tried. Send it as a new one."


class BodyTooLarge(Problem):
    """The body of the request is over the limit."""

    status = 413
    code = "body_too_large"
    default_detail = "The body of the request is too large."


class InvalidRequest(Problem):
    """The request does not fit the schema."""

    status = 422
    code = "invalid_request"
    default_detail = "The request does not fit the schema."


class IdempotencyKeyReused(InvalidRequest):
    """The key names an earlier turn with another message or conversation."""

    code = "idempotency_key_reused"
    default_detail = "This Idempotency-Key was used for another message. Make a new key for each message."


class RateLimited(Problem):
    """The user sends turns or other requests faster than allowed, or has too many under way."""

    status = 429
    code = "rate_limited"
    default_detail = "You are sending requests too quickly. Try again in a moment."
    default_retry_after_seconds = 1


class InternalError(Problem):
    """A fault of ours."""

    status = 500
    code = "internal_error"
    default_detail = "Something went wrong on our side. The log has it under this request's id."


class ModelError(Problem):
    """The language model answered with an error, or with something that is no answer."""

    status = 502
    code = "model_error"
    default_detail = "The assistant's model could not answer this. Your message is kept."


class Unavailable(Problem):
    """Something that this service needs is away."""

    status = 503
    default_retry_after_seconds = 2


class ModelUnavailable(Unavailable):
    """The language model's server cannot be reached, or takes no more requests."""

    code = "model_unavailable"
    default_detail = "The assistant's model cannot be reached right now. Your message is kept: try again."


class DatabaseUnavailable(Unavailable):
    """The database cannot be reached."""

    code = "database_unavailable"
    default_detail = "The database cannot be reached right now. Try again in a moment."


class ExportUnavailable(Unavailable):
    """There is no room for the file of an export."""

    code = "export_unavailable"
    default_detail = "There is no room for an export just now. Try again in a moment."
    default_retry_after_seconds = 30


class AuthUnavailable(Unavailable):
    """No key set could be fetched yet to judge the token by."""

    code = "auth_unavailable"
    default_detail = "Access tokens cannot be checked right now. Try again in a moment."


class ModelTimeout(Problem):
    """The language model took too long."""

    status = 504
    code = "model_timeout"
    default_detail = "The assistant's model took too long. Your message is kept: try again."


# Python's own phrases differ from one version to the next; these are those of RFC 9110.
_TITLES = {413: "Content Too Large", 422: "Unprocessable Content"}


def title_of(status: int) -> str:
    return _TITLES.get(status) or HTTPStatus(status).phrase


def problem_response(problem: Problem) -> Response:
    """The problem as `application/problem+json`.

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
