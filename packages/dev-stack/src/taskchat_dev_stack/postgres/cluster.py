"""A Postgres cluster, which is the folder with a server's databases: creation and checks."""

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

# Single-user mode reads statements from standard input and needs no running server.
CREATE_DATABASE = f"""echo 'CREATE DATABASE {DATABASE};' | "$0" --single -D "$1" postgres"""


def create_cluster(
    cluster: Path, password_file: Path, programs: Path, account: Account | None, lock: int, *, sync: bool
) -> None:
    """Create a cluster with a superuser and the database `taskchat`, completely or not at all.

    Every user of the machine can connect to the port, so the superuser gets a password, in a private `password_file`.

    Raises:
        DevStackError: initdb or postgres failed.
    """
    unfinished = cluster.with_name(f"{cluster.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    password_for_initdb = cluster.with_name("postgres.password.unfinished")
    password_file.unlink(missing_ok=True)
    password_for_initdb.unlink(missing_ok=True)
    unfinished.mkdir(mode=0o700)
    write_secret(password_file, secrets.token_urlsafe(24))
    write_secret(password_for_initdb, password_file.read_text(encoding="utf-8"))
    if account is not None:
        os.chown(unfinished, account.user, account.group)
        os.chown(password_for_initdb, account.user, account.group)
    try:
        options = [
            *("-D", unfinished, "--username", SUPERUSER, "--auth", "scram-sha-256", "--pwfile", password_for_initdb),
            # The builtin provider sorts by code point on every system.
            *("--encoding", "UTF8", "--locale", "C", "--locale-provider", "builtin", "--builtin-locale", "C.UTF-8"),
            *(() if sync else ("--no-sync",)),
        ]
        run_program([programs / "initdb", *options], account, lock)
        run_program(["/bin/sh", "-c", CREATE_DATABASE, programs / "postgres", unfinished], account, lock)
    finally:
        password_for_initdb.unlink()
    unfinished.rename(cluster)


def cluster_owner(cluster: Path, account: Account | None) -> Account | None:
    """Return the account that must run the server of an existing cluster: the folder's owner.

    Raises:
        DevStackError: the owner is another user, and we aren't root.
    """
    status = cluster.stat()
    if account is None:
        if status.st_uid != os.geteuid():
            raise DevStackError(f"{cluster} belongs to another user. Set TASKCHAT_DATA to your own folder.")
        return None
    return account if status.st_uid == 0 else Account(status.st_uid, status.st_gid)


def check_cluster(cluster: Path, password_file: Path) -> None:
    """Check that a cluster can be used.

    Raises:
        DevStackError: another major version created it, its password is lost, or the folder isn't a cluster.
    """
    try:
        version = (cluster / "PG_VERSION").read_text(encoding="utf-8").strip()
    except OSError as error:
        raise DevStackError(f"{cluster} contains no PostgreSQL data ({error.strerror}). Move it elsewhere.") from error
    if version != MAJOR_VERSION:
        raise DevStackError(
            f"{cluster} was created by PostgreSQL {version}, but this is {MAJOR_VERSION}. "
            f"Move it elsewhere, or set TASKCHAT_DATA to another folder."
        )
    if not password_file.exists():
        raise DevStackError(f"{password_file} is missing, so nobody can open {cluster}. Move that folder elsewhere.")


def file_identity(path: Path) -> tuple[int, int] | None:
    """Identify a file, to tell it from its replacement with the same name; None if it doesn't exist."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return status.st_ino, status.st_ctime_ns


def is_ready(cluster: Path, before: tuple[int, int] | None) -> bool:
    """Check whether the server accepts connections, in the file that it writes for `pg_ctl`.

    `before` identifies a file that a killed server may have left behind.
    """
    pid_file = cluster / "postmaster.pid"
    if file_identity(pid_file) in (None, before):
        return False
    lines = _read_if_exists(pid_file).splitlines()
    return len(lines) >= 8 and lines[7].strip() == "ready"


def _read_if_exists(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""


def startup_failure(log: Path, cluster: Path, port: int) -> str:
    """Explain in one line why a server exited at its start, from its log."""
    logged = log.read_text(errors="replace", encoding="utf-8")
    if '"postmaster.pid" already exists' in logged:
        holder = _read_if_exists(cluster / "postmaster.pid").partition("\n")[0]
        return f"the database in {cluster} is in use by process {holder}. Stop it, or change TASKCHAT_DATA."
    if "could not bind" in logged:
        return f"the database can't start: port {port} is in use. Stop its program."
    return f"the database doesn't start: {failure_reason(logged)} (log: {log})"
