"""Private folders, secrets and file locks."""

import contextlib
import errno
import fcntl
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from taskchat_dev_stack.errors import DevStackError


def make_folder(path: Path, mode: int = 0o700) -> Path:
    """Create the folder if it is missing, with this mode regardless of the umask.

    Raises:
        DevStackError: it can't be created or isn't writable.
    """
    try:
        if not path.is_dir():
            path.mkdir(parents=True, exist_ok=True)  # another process may create it first
            path.chmod(mode)
    except OSError as error:
        raise _not_writable(path, error) from error
    if not os.access(path, os.W_OK | os.X_OK):
        raise _not_writable(path, PermissionError(errno.EACCES, os.strerror(errno.EACCES)))
    return path


def _not_writable(path: Path, error: OSError) -> DevStackError:
    return DevStackError(
        f"can't write to {path}: {error.strerror}. Fix its permissions, or set TASKCHAT_DATA to a writable folder."
    )


def write_secret(path: Path, secret: str) -> None:
    """Write a new file that only its owner can read. It must not exist yet."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(secret)


def get_or_create_secret(folder: Path, name: str) -> str:
    """Return the secret with this name; generate it on first use."""
    path = make_folder(folder) / name
    if not path.exists():
        unfinished = path.with_suffix(".unfinished")
        unfinished.unlink(missing_ok=True)
        write_secret(unfinished, secrets.token_urlsafe(32))
        unfinished.rename(path)
    return path.read_text(encoding="utf-8")


@contextmanager
def file_lock(lock_file: Path, taken: str, note: str = "", seconds: float = 10.0) -> Iterator[int]:
    """Hold a lock file, and yield its descriptor for children that should hold the lock too.

    The file contains the holder's process id and note. While that process is alive, locking fails immediately. Once
    it has exited, its remaining children get `seconds` to exit as well.

    Raises:
        DevStackError: another process holds the lock. The message is `taken` with the holder's `{pid}` and `{note}`.
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
