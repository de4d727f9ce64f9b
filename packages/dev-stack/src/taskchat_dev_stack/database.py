"""The database of a stack: the embedded one, or the one that the settings name."""

import asyncio
from pathlib import Path

from taskchat_dev_stack.bootstrap import ROLES, RoleUrls, bootstrap, require_connection
from taskchat_dev_stack.database_url import password_of
from taskchat_dev_stack.errors import DevStackError
from taskchat_dev_stack.postgres import EmbeddedPostgres
from taskchat_dev_stack.processes.files import get_or_create_secret
from taskchat_dev_stack.settings import StackSettings


class StackDatabase:
    """Where a stack keeps its data, with the two services' roles."""

    def __init__(self, settings: StackSettings, data: Path) -> None:
        """Starts nothing yet."""
        self._settings = settings
        self._data = data
        self._embedded = EmbeddedPostgres(data, durable=settings.durable) if settings.wants_embedded_database else None

    @property
    def admin_url(self) -> str | None:
        """The URL of the owner; None when only the services' own URLs are known."""
        return self._embedded.url if self._embedded else self._settings.database_url

    def start(self) -> None:
        """Starts the embedded server; nothing to do for another one.

        Raises:
            DevStackError: it cannot start.
        """
        if self._embedded:
            self._embedded.start()

    def stop(self) -> None:
        """Stops the embedded server, its data left clean."""
        if self._embedded:
            self._embedded.stop()

    def check(self) -> None:
        """Does nothing while the embedded server runs, or when none is to.

        Raises:
            DevStackError: it has ended though nobody stopped it.
        """
        if self._embedded:
            self._embedded.check()

    def prepare_roles(self) -> RoleUrls:
        """Makes roles and schemas where an owner's URL is known; the URLs of the roles.

        Raises:
            DevStackError: the database cannot be reached or refuses.
        """
        return asyncio.run(self._prepare_roles())

    async def _prepare_roles(self) -> RoleUrls:
        given = self._settings.role_urls
        if self.admin_url is None:
            urls = [self._url(role, *given[role]) for role in ROLES]
            for url, (_, name) in zip(urls, given.values(), strict=True):
                await require_connection(url, name)
            return RoleUrls(*urls)
        made = await bootstrap(
            self.admin_url,
            {role: self._password(role, *given[role]) for role in ROLES},
            direct_host=self._settings.env.get("DATABASE_DIRECT_HOST"),
        )
        made_urls = (made.auth, made.api, made.auth_migration, made.api_migration)
        return RoleUrls(*(url or ours for (url, _), ours in zip(given.values(), made_urls, strict=True)))

    def _url(self, role: str, url: str | None, name: str) -> str:
        if url is None:
            raise DevStackError(
                f"{name} is missing: with AUTH_DATABASE_URL and API_DATABASE_URL, set it to the URL of {role}, "
                "the owner of the schema, for its migrations."
            )
        return url

    def _password(self, role: str, url: str | None, name: str) -> str:
        """The role's password: the one in its own URL if that is set, since that URL has to go on working."""
        given = password_of(url, role, name) if url is not None else None
        return given or get_or_create_secret(self._data / "secrets", f"{role}_password")
