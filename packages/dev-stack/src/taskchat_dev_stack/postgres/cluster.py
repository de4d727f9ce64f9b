"""The folder with the databases of one server: making it, and refusing one that cannot be used."""

import os
import secrets
import shutil
from pathlib import Path

from taskchat_dev_stack.errors import DevStackError
from taskchat_dev_stack.postgres.binaries import MAJOR_VERSION, failure_reason, run_program
from taskchat_dev_stack.processes.files import write_secret
from taskchat_dev_stack.processes.supervised import Account

DATABASE = "taskchat"
SUPERUSER = "postgres"

# The single-user mode reads statements from its standard input, and needs no running server.
CREATE_DATABASE = f"""echo 'CREATE DATABASE {DATABASE};' | "$0" --single -D "$1" postgres"""


def create_cluster(
    cluster: Path, password_file: Path, programs: Path, account: Account | None, lock: int, *, sync: bool
) -> None:
    """Makes the cluster with its superuser and the database `taskchat`, all or nothing.

    The port is open to every user of the machine, so the superuser gets a password. It is written to
    `password_file`, for us alone.

    Raises:
        DevStackError: a program failed.
    """
    unfinished = cluster.with_name(f"{cluster.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    password_for_initdb = cluster.with_name("postgres.password.unfinished")
    password_file.unlink(missing_ok=True)
    password_for_initdb.unlink(missing_ok=True)
    unfinished.mkdir(mode=0o700)
    write_secret(password_file, secrets.token_urlsafe(24))
    write_secret(password_for_initdb, password_file.read_text())
    if account is not None:
        os.chown(unfinished, account.user, account.group)
        os.chown(password_for_initdb, account.user, account.group)
    try:
        options = [
            *("-D", unfinished, "--username", SUPERUSER, "--auth", "scram-sha-256", "--pwfile", password_for_initdb),
            # The built-in provider is the same on every system; it sorts by code point, as C.UTF-8 does.
            *("--encoding", "UTF8", "--locale", "C", "--locale-provider", "builtin", "--builtin-locale", "C.UTF-8"),
            *(() if sync else ("--no-sync",)),
        ]
        run_program([programs / "initdb", *options], account, lock)
        run_program(["/bin/sh", "-c", CREATE_DATABASE, programs / "postgres", unfinished], account, lock)
    finally:
        password_for_initdb.unlink()
    unfinished.rename(cluster)


def cluster_owner(cluster: Path, account: Account | None) -> Account | None:
    """Who has to run the server of an existing cluster: Postgres insists on the folder's owner.

    Raises:
        DevStackError: that is another user, and we are not root.
    """
    status = cluster.stat()
    if account is None:
        if status.st_uid != os.geteuid():
            raise DevStackError(f"{cluster} belongs to another user. Set TASKCHAT_DATA to a folder of your own.")
        return None
    return account if status.st_uid == 0 else Account(status.st_uid, status.st_gid)


def check_cluster(cluster: Path, password_file: Path) -> None:
    """Refuses a cluster that cannot be used.

    Raises:
        DevStackError: another major version of Postgres has made it, its password is lost, or it is no cluster.
    """
    try:
        version = (cluster / "PG_VERSION").read_text().strip()
    except OSError as error:
        raise DevStackError(f"{cluster} holds no PostgreSQL data ({error.strerror}). Move it away.") from error
    if version != MAJOR_VERSION:
        raise DevStackError(
            f"{cluster} was made by PostgreSQL {version}, this is {MAJOR_VERSION}. "
            f"Move it away, or set TASKCHAT_DATA to another folder."
        )
    if not password_file.exists():
        raise DevStackError(f"{password_file} is missing, and with it the way into {cluster}. Move that away too.")


def identity(path: Path) -> tuple[int, int] | None:
    """What tells a file from the one that takes its place under the same name; None when there is none."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return status.st_ino, status.st_ctime_ns


def is_ready(cluster: Path, before: tuple[int, int] | None) -> bool:
    """Whether the server accepts connections, by the file in which it tells `pg_ctl` so.

    A file of a server that was killed may still be there: `before` is its identity.
    """
    pid_file = cluster / "postmaster.pid"
    if identity(pid_file) in (None, before):
        return False
    lines = _read_if_there(pid_file).splitlines()
    return len(lines) >= 8 and lines[7].strip() == "ready"


def find_running_port(cluster: Path) -> int | None:
    """Where the server of a cluster listens; None when none runs."""
    if not is_ready(cluster, None):
        return None
    pid, _, _, port = _read_if_there(cluster / "postmaster.pid").splitlines()[:4]
    return int(port) if Path(f"/proc/{pid}").exists() or not Path("/proc").exists() else None


def _read_if_there(path: Path) -> str:
    try:
        return path.read_text()
    except FileNotFoundError:
        return ""


def startup_failure(log: Path, cluster: Path, port: int) -> str:
    """One line for a server that has ended at its start, from what it logged."""
    said = log.read_text(errors="replace")
    if '"postmaster.pid" already exists' in said:
        holder = _read_if_there(cluster / "postmaster.pid").partition("\n")[0]
        return f"the database in {cluster} is in use by process {holder}. Stop it, or use another TASKCHAT_DATA."
    if "could not bind" in said:
        return f"the database cannot start: port {port} is in use. Stop the program that has it."
    return f"the database does not start: {failure_reason(said)} (log: {log})"
