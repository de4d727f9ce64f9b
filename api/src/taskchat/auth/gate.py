"""The gate: authenticates and authorizes each request before its body is read.

It is plain ASGI, because FastAPI reads the body before it runs dependencies. A request without a token could then make
us read and parse a body, and would get 422 instead of 401.
"""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Path, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from taskchat.auth.tokens import TokenVerifier
from taskchat.errors import Problem, Unauthenticated, UserMismatch, problem_response

PREFIX = "/api/"


@dataclass(frozen=True, slots=True)
class User:
    """The user of a verified access token."""

    id: UUID


class Gate:
    """Refuses every request under `/api/` whose token is not for the user in the URL.

    Closed by default: each public path is listed.
    """

    def __init__(self, app: ASGIApp, *, verifier: TokenVerifier, public_paths: frozenset[str]) -> None:
        self._app = app
        self._verifier = verifier
        self._public_paths = public_paths

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith(PREFIX) and scope["path"] not in self._public_paths:
            try:
                scope.setdefault("state", {})["user"] = await self._admit(scope)
            except Problem as problem:
                await problem_response(problem)(scope, receive, send)
                return
        await self._app(scope, receive, send)

    async def _admit(self, scope: Scope) -> User:
        claims = await self._verifier.verify(_bearer_token(Headers(scope=scope)))
        if scope["path"].removeprefix(PREFIX).split("/", 1)[0] != claims.sub:
            raise UserMismatch
        return User(claims.user_id)


def _bearer_token(headers: Headers) -> str:
    """The token of the only Authorization header (RFC 6750 section 2.1)."""
    match [value.partition(" ") for value in headers.getlist("authorization")]:
        case [(scheme, " ", token)] if scheme.lower() == "bearer" and token.strip():
            return token.strip()
        case _:
            raise Unauthenticated


_bearer = HTTPBearer(
    bearerFormat="JWT",
    description="An access token of auth-service: `GET /api/auth/token` with a signed-in session.",
    auto_error=False,
)


async def _current_user(
    request: Request,
    user_id: Annotated[str, Path(description="Your own user id: the `sub` of your access token.")],
    _credentials: Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)],
) -> User:
    user: User | None = getattr(request.state, "user", None)
    if user is None or str(user.id) != user_id:
        raise Unauthenticated  # the gate does not guard this route
    return user


CurrentUser = Annotated[User, Depends(_current_user)]
