"""The database of a stack: embedded, or the one in the settings."""

import asyncio
from pathlib import Path

from taskchat.database.bootstrap import ROLES, BootstrapError, RoleUrls, bootstrap, check_connection
from taskchat.database.url import InvalidDatabaseUrl, parse_database_url
from taskchat_dev_stack.errors import DevStackError
from taskchat_dev_stack.postgres import EmbeddedPostgres
from taskchat_dev_stack.processes.files import get_or_create_secret
from taskchat_dev_stack.settings import StackSettings


class StackDatabase:
    """Where a stack keeps its data, with the services' roles."""

    def __init__(self, settings: StackSettings, data: Path) -> None:
        """Start nothing yet."""
        self._settings = settings
        self._data = data
        self._embedded = EmbeddedPostgres(data, durable=settings.durable) if settings.wants_embedded_database else None

    @property
    def admin_url(self) -> str | None:
        """The owner's URL; None when the settings contain only the roles' URLs."""
        return self._embedded.url if self._embedded else self._settings.database_url

    def start(self) -> None:
        """Start the embedded server, if this stack has one.

        Raises:
            DevStackError: it can't start.
        """
        if self._embedded:
            self._embedded.start()

    def stop(self) -> None:
        """Stop the embedded server cleanly."""
        if self._embedded:
            self._embedded.stop()

    def check(self) -> None:
        """Check that the embedded server still runs.

        Raises:
            DevStackError: it exited unexpectedly.
        """
        if self._embedded:
            self._embedded.check()

    def prepare_roles(self) -> RoleUrls:
        """Create roles and schemas if the owner's URL is known; return the roles' URLs.

        Raises:
            DevStackError: the database can't be reached, or it refuses.
        """
        try:
            return asyncio.run(self._prepare_roles())
        except (BootstrapError, InvalidDatabaseUrl) as error:
            raise DevStackError(str(error)) from error

    async def _prepare_roles(self) -> RoleUrls:
        given = self._settings.role_urls
        if self.admin_url is None:
            urls = [self._url(role, *given[role]) for role in ROLES]
            for url, (_, name) in zip(urls, given.values(), strict=True):
                await check_connection(url, name)
            return RoleUrls(*urls)
        created = await bootstrap(
            self.admin_url,
            {role: self._password(role, given[role][0]) for role in ROLES},
            direct_host=self._settings.env.get("DATABASE_DIRECT_HOST"),
        )
        created_urls = (created.auth, created.api, created.auth_migration, created.api_migration)
        return RoleUrls(*(url or ours for (url, _), ours in zip(given.values(), created_urls, strict=True)))

    def _url(self, role: str, url: str | None, name: str) -> str:
        if url is None:
            raise DevStackError(
                f"{name} is missing. With AUTH_DATABASE_URL and API_DATABASE_URL, set it to the URL of {role}, "
                "the owner of the schema, for its migrations."
            )
        return url

    def _password(self, role: str, url: str | None) -> str:
        """Return the password in the role's own URL, so that this URL keeps working, or else the generated one."""
        given = parse_database_url(url) if url is not None else None
        if given is not None and given.user == role and given.password:
            return given.password
        return get_or_create_secret(self._data / "secrets", f"{role}_password")
