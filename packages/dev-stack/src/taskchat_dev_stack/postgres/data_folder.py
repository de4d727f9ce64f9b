"""The data folder, and the account that must be able to access it."""

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
    """Return the account that runs Postgres: `nobody` if we are root, which Postgres refuses; None means ours."""
    if os.geteuid() != 0:
        return None
    try:
        entry = pwd.getpwnam("nobody")
    except KeyError:
        return Account(65534, 65534)
    return Account(entry.pw_uid, entry.pw_gid)


def can_access(path: Path, account: Account | None) -> bool:
    """Check whether the account may enter the folder or run the program at this path."""
    if account is None:
        return os.access(path, os.X_OK)
    # Tested by a process of that account, because permission bits don't show ACLs and mount options.
    test = subprocess.run(
        ["/bin/sh", "-c", 'test -x "$1"', "sh", path],
        cwd="/",
        env={},
        user=account.user,
        group=account.group,
        extra_groups=[],
        check=False,
    )
    return test.returncode == 0


def resolve_data_folder(requested: Path) -> Path:
    """Return the folder to use for the data: the requested one, or a fallback under /var/lib.

    Root's home is often private, so the account that runs Postgres can't access it. All data then goes to a folder
    under /var/lib whose name is derived from the requested path. Once that folder exists, it stays in use.

    Raises:
        DevStackError: no folder can be created.
    """
    account = database_account()
    folder = make_folder(requested.absolute(), _mode(account))
    if not any(folder.iterdir()):  # don't change the permissions of a folder with content
        with contextlib.suppress(PermissionError):
            folder.chmod(_mode(account))
    digest = hashlib.sha256(os.fsencode(folder.resolve())).hexdigest()[:12]
    fallback = FALLBACK_PARENT / f"taskchat-{digest}"
    if can_access(folder, account) and not (account is not None and fallback.exists()):
        return folder
    return make_folder(fallback, _mode(account))


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """A folder that the account running Postgres can access, removed at the end."""
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
    # The account may enter the folder to reach its own, but not list it.
    return 0o700 if account is None else 0o711
