"""Limits how many requests of one user a process handles concurrently.

Database connections and the event loop belong to the process, so the process counts. The rate is shared by all
processes, so the database counts it: see `taskchat.accounts.owners`.
"""

from collections import Counter
from uuid import UUID

from starlette.types import ASGIApp, Receive, Scope, Send

from taskchat.auth.gate import User
from taskchat.errors import RateLimited, problem_response


class ConcurrencyLimit:
    """Refuses a user's request while `at_once` earlier ones are under way.

    It runs after the gate, so a forged token cannot use up another user's slots, and before the body is read. It does
    not queue: a queue would hold everything that a flood sends.
    """

    def __init__(self, app: ASGIApp, *, at_once: int) -> None:
        self._app = app
        self._at_once = at_once
        self._under_way: Counter[UUID] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        user: User | None = scope.get("state", {}).get("user")
        if user is None:
            await self._app(scope, receive, send)
            return
        if self._under_way[user.id] >= self._at_once:
            refusal = RateLimited("You have too many requests under way. Try again when one has been answered.")
            await problem_response(refusal)(scope, receive, send)
            return
        self._under_way[user.id] += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._under_way[user.id] -= 1
            if not self._under_way[user.id]:
                del self._under_way[user.id]
