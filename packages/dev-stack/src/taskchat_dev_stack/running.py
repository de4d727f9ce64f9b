"""Tells `make doctor` what a running stack was started with.

The settings contain secrets that may be in no file, such as a key in the environment of another shell. So the stack
doesn't write them down: it answers on a Unix socket in the data folder that only its user can open.
"""

import contextlib
import fcntl
import json
import os
import socket
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from taskchat_dev_stack.errors import DevStackError

SOCKET = "settings.sock"
LOCK = "stack.lock"
SECONDS = 3.0
MAX_BYTES = 4 * 1024 * 1024
NO_ANSWER = (
    "process {pid} is starting or stopping, or hangs, or is of another version. Try again in a moment; if that doesn't "
    "help, restart it"
)


@dataclass(frozen=True)
class RunningStack:
    """The settings that a running stack was started with.

    Attributes:
        given: the settings from its environment and .env.
        auth: the whole environment of auth-service.
        api: the whole environment of the api.
        gateway: the gateway's URL on this machine; None if it has none.
    """

    given: Mapping[str, str] = field(repr=False)
    auth: Mapping[str, str] = field(repr=False)
    api: Mapping[str, str] = field(repr=False)
    gateway: str | None


@contextmanager
def announce(data: Path, stack: RunningStack) -> Iterator[None]:
    """Answer all questions about the stack until the context ends."""
    (data / SOCKET).unlink(missing_ok=True)  # of a killed stack; the lock shows that it is gone
    answer = json.dumps(asdict(stack)).encode()
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        with _short_path(data) as folder:
            listener.bind(str(folder / SOCKET))
        (data / SOCKET).chmod(0o600)  # before we listen, so before anybody can connect
        listener.listen()
        thread = threading.Thread(target=_serve, args=(listener, answer), name="settings", daemon=True)
        thread.start()
        try:
            yield
        finally:
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)  # ends accept()
            (data / SOCKET).unlink(missing_ok=True)


def _serve(listener: socket.socket, answer: bytes) -> None:
    with contextlib.suppress(OSError):  # the listener has been closed
        while True:
            connection, _ = listener.accept()
            with connection, contextlib.suppress(OSError):
                connection.settimeout(SECONDS)
                connection.sendall(answer)


def find_running(data: Path) -> RunningStack | None:
    """Ask the stack that runs with this data folder; None if none does.

    Raises:
        DevStackError: one runs, but doesn't answer.
    """
    with contextlib.suppress(OSError, ValueError, TypeError):
        return RunningStack(**json.loads(_ask(data)))
    if (pid := _lock_holder(data / LOCK)) is not None:
        raise DevStackError(NO_ANSWER.format(pid=pid))
    return None


def _ask(data: Path) -> bytes:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection, _short_path(data) as folder:
        connection.settimeout(SECONDS)
        connection.connect(str(folder / SOCKET))
        answer = bytearray()
        while (part := connection.recv(65536)) and len(answer) < MAX_BYTES:
            answer += part
        return bytes(answer)


def _lock_holder(lock: Path) -> str | None:
    """The process id in a lock file that is held; None if it isn't."""
    try:
        descriptor = os.open(lock, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return os.pread(descriptor, 100, 0).decode(errors="replace").partition(" ")[0]
    finally:
        os.close(descriptor)
    return None


@contextmanager
def _short_path(data: Path) -> Iterator[Path]:
    """Another path of the folder: a socket's may have at most 103 bytes."""
    with tempfile.TemporaryDirectory(prefix="taskchat-") as folder:
        link = Path(folder) / "data"
        link.symlink_to(data.absolute())
        yield link
