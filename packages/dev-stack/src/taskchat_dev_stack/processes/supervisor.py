"""Runs one program and stops it when the parent process asks or exits.

The parent starts this file as a script, which uses only the standard library to start quickly. The parent holds the
write end of our standard input. End of file means "stop the program", whether the parent closed the pipe or was
killed, so both cases share one code path on Linux and macOS. Each byte before that is the number of a signal to send
to the program and its children.

Usage: python supervisor.py SPECIFICATION PROGRAM [ARGUMENT]... The specification is a JSON object:
    stop: [[signal, seconds], ...]: signals to send in order, with the seconds to wait after each; SIGKILL comes last
    user, group: numeric ids to run it as, or null

Exit status: the program's own; 128 + n if signal n killed it; 127 if it could not be started.
"""

import contextlib
import ctypes
import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from typing import Any

PR_SET_PDEATHSIG = 1


def _die_with_parent(with_signal: int) -> Callable[[], None] | None:
    """Return a hook for the child that makes the kernel signal it if we are killed (Linux only)."""
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None).prctl
    supervisor = os.getpid()

    def bind() -> None:
        prctl(PR_SET_PDEATHSIG, with_signal)
        if os.getppid() != supervisor:
            os._exit(1)

    return bind


def _start(argv: list[str], specification: dict[str, Any]) -> subprocess.Popen[bytes]:
    first_signal = specification["stop"][0][0]
    as_user = specification["user"] is not None
    return subprocess.Popen(
        argv,
        stdin=subprocess.DEVNULL,
        user=specification["user"],
        group=specification["group"],
        extra_groups=[] if as_user else None,
        process_group=0,
        # Safe, because this process has only one thread.
        preexec_fn=_die_with_parent(first_signal),
    )


class Supervision:
    """Waits until the program exits, and stops it on request."""

    def __init__(self, child: subprocess.Popen[bytes], stages: Iterable[tuple[int, float]], signals: int) -> None:
        self._child = child
        self._stages = iter(stages)
        self._signals = signals
        self._sources = [sys.stdin.fileno(), signals]
        self._deadline: float | None = None  # of the current stop stage

    def wait(self) -> int:
        """Wait until the program exits; return its status as `Popen` does."""
        while (status := self._child.poll()) is None:
            timeout = None if self._deadline is None else max(0.0, self._deadline - time.monotonic())
            readable, _, _ = select.select(self._sources, [], [], timeout)
            for source in readable:
                self._handle(source, os.read(source, 512))
            if self._deadline is not None and time.monotonic() >= self._deadline:
                self._next_stage()
        return status

    def _handle(self, source: int, received: bytes) -> None:
        if source == self._signals:
            should_stop = any(number != signal.SIGCHLD for number in received)
        else:
            should_stop = not received
            for number in received:
                signal_group(self._child, number)
        if not received:
            self._sources.remove(source)
        if should_stop and self._deadline is None:
            self._next_stage()

    def _next_stage(self) -> None:
        number, seconds = next(self._stages, (signal.SIGKILL, 60.0))
        self._deadline = time.monotonic() + seconds
        signal_group(self._child, signal.SIGCONT)  # a paused program can't react
        self._child.send_signal(number)


def signal_group(child: subprocess.Popen[bytes], number: int) -> None:
    """Send a signal to the program's process group."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, number)


def end_group(child: subprocess.Popen[bytes]) -> None:
    """Kill what is left of the program's process group, and wait until it is gone."""
    deadline = time.monotonic() + 1.0  # zombies stay visible if process 1 never reaps them
    with contextlib.suppress(ProcessLookupError, PermissionError):
        while time.monotonic() < deadline:
            os.killpg(child.pid, signal.SIGKILL)
            time.sleep(0.002)


def main() -> int:
    argv, specification = sys.argv[2:], json.loads(sys.argv[1])
    os.umask(0o077)  # files that the program writes are private
    wakeup_read, wakeup_write = os.pipe()
    os.set_blocking(wakeup_read, False)
    os.set_blocking(wakeup_write, False)
    signal.set_wakeup_fd(wakeup_write, warn_on_full_buffer=False)
    for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: None)
    try:
        child = _start(argv, specification)
    except OSError as error:
        print(f"can't start {argv[0]}: {error.strerror}", file=sys.stderr)
        return 127
    status = Supervision(child, specification["stop"], wakeup_read).wait()
    end_group(child)
    return status if status >= 0 else 128 - status


if __name__ == "__main__":
    # os._exit skips the interpreter's cleanup: readers wait for the end of our output.
    status = main()
    sys.stderr.flush()
    os._exit(status)
