"""Where the data lives and who may reach it."""

import contextlib
import hashlib
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from taskchat_dev_stack.processes.files import make_folder
from taskchat_dev_stack.processes.supervised import Account

FALLBACK_PARENT = Path("/var/lib")


def database_account() -> Account | None:
    """Who runs Postgres: `nobody` when we are root, because Postgres refuses to be root; else we ourselves."""
    if os.geteuid() != 0:
        return None
    try:
        entry = pwd.getpwnam("nobody")
    except KeyError:
        return Account(65534, 65534)
    return Account(entry.pw_uid, entry.pw_gid)


def can_access(path: Path, account: Account | None) -> bool:
    """Whether the account may enter the folder or run the program at this path."""
    if account is None:
        return os.access(path, os.X_OK)
    # Asked by a process of that account: reading permission bits would miss ACLs and mounts.
    question = subprocess.run(
        ["/bin/sh", "-c", 'test -x "$1"', "sh", path],
        cwd="/",
        env={},
        user=account.user,
        group=account.group,
        extra_groups=[],
        check=False,
    )
    return question.returncode == 0


def resolve_data_folder(requested: Path) -> Path:
    """The folder to use for the data: the requested one, or its stand-in under /var/lib.

    Root's home is often closed to everyone else, the account that runs Postgres included. The data then goes,
    all of it, to a folder under /var/lib that belongs to the requested path for good.

    Raises:
        DevStackError: no folder can be made.
    """
    account = database_account()
    folder = make_folder(requested.absolute(), _mode(account))
    if not any(folder.iterdir()):  # an empty folder is ours to arrange, one with something in it is not
        with contextlib.suppress(PermissionError):
            folder.chmod(_mode(account))
    digest = hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:12]
    stand_in = FALLBACK_PARENT / f"taskchat-{digest}"
    if can_access(folder, account) and not (account is not None and stand_in.exists()):
        return folder
    return make_folder(stand_in, _mode(account))


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """A folder that the account running Postgres can reach; it is removed at the end."""
    account = database_account()
    folder = Path(tempfile.mkdtemp(prefix="taskchat-"))
    folder.chmod(_mode(account))
    if not can_access(folder, account):
        folder.rmdir()
        folder = Path(tempfile.mkdtemp(prefix="taskchat-temporary-", dir=FALLBACK_PARENT))
        folder.chmod(_mode(account))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _mode(account: Account | None) -> int:
    # The account passes through to the folder that is its own, and sees nothing on the way.
    return 0o700 if account is None else 0o711
