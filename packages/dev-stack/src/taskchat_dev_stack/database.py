"""The database of a stack: the embedded one, or the one that the settings name."""

import asyncio
from pathlib import Path

from taskchat_dev_stack.bootstrap import RoleUrls, bootstrap, require_connection
from taskchat_dev_stack.database_url import password_of
from taskchat_dev_stack.postgres import EmbeddedPostgres
from taskchat_dev_stack.secret_files import kept_secret
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
        """Makes roles and schemas where an owner's URL is known; the URLs of the two roles.

        Raises:
            DevStackError: the database cannot be reached or refuses.
        """
        return asyncio.run(self._prepare_roles())

    async def _prepare_roles(self) -> RoleUrls:
        auth, api = self._settings.auth_database_url, self._settings.api_database_url
        for url, name in ((auth, "AUTH_DATABASE_URL"), (api, "API_DATABASE_URL")):
            if url is not None and self.admin_url is None:
                await require_connection(url, name)
        if self.admin_url is not None:
            made = await bootstrap(
                self.admin_url,
                self._password(auth, "auth_service", "AUTH_DATABASE_URL"),
                self._password(api, "chat_api", "API_DATABASE_URL"),
                direct_host=self._settings.env.get("DATABASE_DIRECT_HOST"),
            )
            auth, api = auth or made.auth, api or made.api
        assert auth is not None  # without an owner's URL both of these are set
        assert api is not None
        return RoleUrls(auth, api)

    def _password(self, url: str | None, role: str, name: str) -> str:
        """The role's password: the one in its own URL if that is set, since that URL has to go on working."""
        given = password_of(url, role, name) if url is not None else None
        return given or kept_secret(self._data / "secrets", f"{role}_password")
