"""All of Taskchat, from the database to the pages."""

from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from taskchat.database.bootstrap import RoleUrls
from taskchat_dev_stack.database import StackDatabase
from taskchat_dev_stack.pages import Pages
from taskchat_dev_stack.postgres.data_folder import resolve_data_folder, temporary_folder
from taskchat_dev_stack.processes.files import file_lock, get_or_create_secret, make_folder
from taskchat_dev_stack.processes.ports import HOST, require_free_port, reserve_port
from taskchat_dev_stack.processes.services import Services
from taskchat_dev_stack.programs import API_STOP_SECONDS, Addresses, Programs, given_settings
from taskchat_dev_stack.repository import ROOT
from taskchat_dev_stack.running import LOCK, RunningStack, announce
from taskchat_dev_stack.settings import StackSettings
from taskchat_dev_stack.sources import Reload
from taskchat_dev_stack.terminal import LogTail, Terminal


class Stack:
    """Database, auth-service, api and gateway, as a context manager.

    Inside the context, the stack can be stopped and started again with the same addresses and data.

    Attributes:
        addresses: the ports and URLs.
        data: the folder with database, secrets and logs.
        database: the embedded database or the one in the settings.
        services: auth, api (api-2, …) and gateway, for tests that stop, pause or kill one of them.
    """

    def __init__(self, settings: StackSettings, terminal: Terminal | None = None) -> None:
        """Start nothing yet; `terminal` will show the progress.

        Raises:
            DevStackError: the data folder can't be used.
        """
        self._settings = settings
        self._terminal = terminal or Terminal(None)
        self._lasting = ExitStack()  # until the context ends
        self._running = ExitStack()  # until stop()
        self._secret_is_new = False
        self.addresses = _choose_addresses(settings)
        self.data = self._choose_data()
        self.database = StackDatabase(settings, self.data)
        self.services = Services(self.data / "logs")
        self._pages = Pages(self.services, self._terminal)
        self._reload: Reload | None = None

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self._lasting.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        self._lasting.close()

    def start(self) -> None:
        """Start everything and wait until it is ready. Don't call this in a running event loop.

        Raises:
            DevStackError: a setting, a port, the data, the database or a service doesn't work.
        """
        try:
            self._start()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop everything, the database last. Does nothing if nothing runs."""
        self._running.close()

    def check(self) -> None:
        """Check that everything still runs, and rebuild or restart what has changed.

        Raises:
            DevStackError: the database or a service exited unexpectedly.
        """
        self.database.check()
        self.services.check()
        if self._builds_pages:
            self._pages.check()
        if self._reload is not None:
            self._reload.check()

    @property
    def _builds_pages(self) -> bool:
        return self._settings.web == "built" and self._settings.build_web

    def _start(self) -> None:
        settings, terminal = self._settings, self._terminal
        taken = f"Taskchat is already running with {self.data}: {{note}} (process {{pid}}). Open it, or stop it first."
        # The services of a killed stack may still be stopping.
        seconds = settings.shutdown_grace_seconds + API_STOP_SECONDS + 6.0
        use = file_lock(self.data / LOCK, taken, self.addresses.public_url, seconds)
        lock = self._running.enter_context(use)
        if settings.web:
            require_free_port(self.addresses.port)
        self.services.keep_open = [lock]
        if self._builds_pages:
            self._running.callback(self._pages.stop)
            self._pages.begin()
        self._running.callback(self.database.stop)
        with terminal.step("database"):
            self.database.start()
            roles = self.database.prepare_roles()
        self._running.callback(self.services.stop)
        programs = self._programs(roles)
        self._start_services(programs)
        self._running.enter_context(announce(self.data, self._describe(programs)))
        if terminal.is_shown:
            names = self.services.names
            tail = LogTail(terminal, {name: self.services.log(name) for name in names}, whole={"vite"})
            self._running.callback(tail.stop)

    def _start_services(self, programs: Programs) -> None:
        """Start what needs no migrations first, so that it is ready when they are done."""
        web, step = self._settings.web, self._terminal.step
        if web == "hot":
            self.services.start(programs.vite())
        for number in range(self._settings.api_processes):
            self.services.start(programs.api(number))
        with step("migration of auth"):
            if self._secret_is_new:
                self.services.run_to_completion(programs.auth_secret_rotation())
            self.services.run_to_completion(programs.auth_migration())
        self.services.start(programs.auth(has_gateway=web is not None))
        with step("migration of chat"):
            self.services.run_to_completion(programs.api_migration())
        if web is not None:
            with step("pages"):
                self._pages.wait()
            self.services.start(programs.gateway(web))
        for name in sorted(self.services.names):
            with step(name):
                self.services.wait_until_ready(name)
        if web == "hot":
            api = [ROOT / "api/src", ROOT / "packages/offline-assistant/src"]
            folders = {name: api for name in self.services.names if name.startswith("api")}
            self._reload = Reload(self.services, self._terminal, {"auth": [ROOT / "auth-service/src"], **folders})

    def _programs(self, roles: RoleUrls) -> Programs:
        settings, addresses = self._settings, self.addresses
        secrets = self.data / "secrets"
        # On the first start, or after the generated secret was lost or deleted because it had leaked.
        self._secret_is_new = not settings.better_auth_secret and not (secrets / "better_auth_secret").exists()
        secret = settings.better_auth_secret or get_or_create_secret(secrets, "better_auth_secret")
        return Programs(
            addresses,
            settings={
                "JWT_ISSUER": addresses.public_url,
                "JWT_AUDIENCE": "chat-api",
                "JWKS_URL": f"{addresses.auth_url}/api/auth/jwks",
                **settings.env,
            },
            derived={
                "PORT": str(addresses.port),
                "PUBLIC_URL": addresses.public_url,
                "TASKCHAT_DATA": str(self.data),
                "SHUTDOWN_GRACE_SECONDS": str(settings.shutdown_grace_seconds),
                "AUTH_LISTEN_ADDRESS": f"{HOST}:{addresses.auth_port}",
                "AUTH_DATABASE_URL": roles.auth,
                "API_DATABASE_URL": roles.api,
                "AUTH_MIGRATION_DATABASE_URL": roles.auth_migration,
                "API_MIGRATION_DATABASE_URL": roles.api_migration,
                "BETTER_AUTH_SECRET": secret,
            },
            shutdown_grace_seconds=settings.shutdown_grace_seconds,
        )

    def _describe(self, programs: Programs) -> RunningStack:
        web, settings = self._settings.web, self._settings
        return RunningStack(
            given=given_settings(settings.env),
            auth=programs.auth(has_gateway=web is not None).env,
            api=programs.api(0).env,
            gateway=f"http://localhost:{self.addresses.port}" if web else None,
        )

    def _choose_data(self) -> Path:
        requested = self._settings.data
        if requested is None:
            return self._lasting.enter_context(temporary_folder())
        if not self._settings.wants_embedded_database:
            return make_folder(requested)
        folder = resolve_data_folder(requested)
        if folder != requested.absolute():
            self._terminal.say(f"  data folder: {folder} (the account that runs Postgres can't access {requested})")
        return folder


def _choose_addresses(settings: StackSettings) -> Addresses:
    port = settings.port or reserve_port()
    return Addresses(
        port=port,
        auth_port=reserve_port(),
        api_ports=[reserve_port() for _ in range(settings.api_processes)],
        vite_port=reserve_port(),
        gateway_health_port=reserve_port(),
        public_url=settings.public_url or f"http://localhost:{port}",
    )
