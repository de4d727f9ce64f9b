"""Where the data lives, who may reach it, and that only one process uses it at a time."""

import contextlib
import errno
import fcntl
import hashlib
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from taskchat_dev_stack.errors import DevStackError
from taskchat_dev_stack.processes import Account

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


def can_reach(path: Path, account: Account | None) -> bool:
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


def make_folder(path: Path, mode: int = 0o700) -> Path:
    """The folder, made with this mode, whatever the umask, if it is missing.

    Raises:
        DevStackError: it cannot be made or written.
    """
    try:
        if not path.is_dir():
            path.mkdir(parents=True, exist_ok=True)  # somebody else may be doing the same
            path.chmod(mode)
    except OSError as error:
        raise _not_writable(path, error) from error
    if not os.access(path, os.W_OK | os.X_OK):
        raise _not_writable(path, PermissionError(errno.EACCES, os.strerror(errno.EACCES)))
    return path


def _not_writable(path: Path, error: OSError) -> DevStackError:
    return DevStackError(
        f"cannot write to {path}: {error.strerror}. Free it, or set TASKCHAT_DATA to a folder that you can write to."
    )


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
    if can_reach(folder, account) and not (account is not None and stand_in.exists()):
        return folder
    return make_folder(stand_in, _mode(account))


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """A folder that the account running Postgres can reach; it is removed at the end."""
    account = database_account()
    folder = Path(tempfile.mkdtemp(prefix="taskchat-"))
    folder.chmod(_mode(account))
    if not can_reach(folder, account):
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


@contextmanager
def exclusive_use(lock_file: Path, taken: str, note: str = "", seconds: float = 10.0) -> Iterator[int]:
    """Holds a lock file, and yields its descriptor for children that must be gone before the lock is free.

    The holder's process id and note stand in the file. While that process lives, the lock is refused at once; when
    it is gone and its children are still ending, they get `seconds` to do so.

    Raises:
        DevStackError: another process has it. The message is `taken`, with the holder's `{pid}` and `{note}`.
    """
    try:
        descriptor = os.open(lock_file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise _not_writable(lock_file, error) from error
    try:
        deadline = time.monotonic() + seconds
        while not _try_lock(descriptor):
            pid, _, holders_note = os.pread(descriptor, 1000, 0).decode().partition(" ")
            if _is_running(pid) or time.monotonic() > deadline:
                raise DevStackError(taken.format(pid=pid, note=holders_note))
            time.sleep(0.02)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()} {note}".encode(), 0)
        yield descriptor
    finally:
        os.close(descriptor)


def _try_lock(descriptor: int) -> bool:
    with contextlib.suppress(BlockingIOError):
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    return False


def _is_running(pid: str) -> bool:
    try:
        os.kill(int(pid), 0)
    except PermissionError:
        return True
    except (ValueError, ProcessLookupError):
        return False
    return True
