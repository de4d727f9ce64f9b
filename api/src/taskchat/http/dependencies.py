"""Dependencies of endpoints: the app's services and a database session."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Annotated, TypeVar, cast

from fastapi import Depends, Request
from sqlalchemy.ext.asyncio import AsyncEngine

from taskchat.database.engine import Session, database_errors
from taskchat.settings import Settings

T = TypeVar("T")


class Services:
    """The app's long-lived objects, one of each type.

    `main` creates it. Each folder looks up only its own types, so folders need not know each other.
    """

    def __init__(self, *services: object) -> None:
        self._by_type = {type(service): service for service in services}

    def get(self, kind: type[T]) -> T:
        """Return the object of exactly this type.

        Raises:
            KeyError: `main` created none.
        """
        return cast(T, self._by_type[kind])


async def _services(request: Request) -> Services:
    found: Services = request.app.state.services
    return found


ServicesDep = Annotated[Services, Depends(_services)]


def service(kind: type[T]) -> Callable[[ServicesDep], Awaitable[T]]:
    """Create the dependency that resolves to the app's object of this type."""

    # FastAPI would send a synchronous function to a thread.
    async def resolve(services: ServicesDep) -> T:
        return services.get(kind)

    return resolve


async def _session(services: ServicesDep) -> AsyncIterator[Session]:
    with database_errors():
        async with Session(services.get(AsyncEngine), expire_on_commit=False) as session:
            session.requests_per_minute = services.get(Settings).requests_per_minute
            yield session


# The session ends with the endpoint, not with the response, so that a slow client does not hold a connection.
SessionDep = Annotated[Session, Depends(_session, scope="function")]
