"""Runs one program and makes sure that it never outlives the process that started it.

Started as a script of its own (standard library only, so that it is up in a few milliseconds). The starter holds
the other end of this process' standard input. End of file there, because the starter closed it or because it was
killed, means: stop the program. So an orderly stop and the death of the starter take the same path, on Linux and
macOS alike.

A byte that comes in before is the number of a signal to pass on to the program and all that it has started.

Usage: python supervisor.py SPECIFICATION, a JSON object:
    argv: the program and its arguments
    stop: [[signal, seconds], ...]: how to stop it; each signal gets its seconds, then comes SIGKILL
    user, group: numeric ids to run it as, or null

Exit status: the program's own; 128 + n when signal n ended it; 127 when it could not be started.
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
    """What the child runs before exec so that a killed supervisor takes it along (Linux only)."""
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None).prctl
    supervisor = os.getpid()

    def bind() -> None:
        prctl(PR_SET_PDEATHSIG, with_signal)
        if os.getppid() != supervisor:
            os._exit(1)

    return bind


def _start(specification: dict[str, Any]) -> subprocess.Popen[bytes]:
    first_signal = specification["stop"][0][0]
    as_user = specification["user"] is not None
    return subprocess.Popen(
        specification["argv"],
        stdin=subprocess.DEVNULL,
        user=specification["user"],
        group=specification["group"],
        extra_groups=[] if as_user else None,
        process_group=0,
        # This process has one thread, so running Python between fork and exec is safe.
        preexec_fn=_die_with_parent(first_signal),
    )


class Watch:
    """Waits for the end of the program, and brings it about when told to."""

    def __init__(self, child: subprocess.Popen[bytes], stages: Iterable[tuple[int, float]], signals: int) -> None:
        self._child = child
        self._stages = iter(stages)
        self._signals = signals
        self._sources = [sys.stdin.fileno(), signals]
        self._deadline: float | None = None  # of the present stage of stopping

    def wait(self) -> int:
        """The program's status as `Popen` gives it."""
        while (status := self._child.poll()) is None:
            timeout = None if self._deadline is None else max(0.0, self._deadline - time.monotonic())
            readable, _, _ = select.select(self._sources, [], [], timeout)
            for source in readable:
                self._take_order(source, os.read(source, 512))
            if self._deadline is not None and time.monotonic() >= self._deadline:
                self._next_stage()
        return status

    def _take_order(self, source: int, order: bytes) -> None:
        if source == self._signals:
            told_to_stop = any(number != signal.SIGCHLD for number in order)
        else:
            told_to_stop = not order
            for number in order:
                signal_group(self._child, number)
        if not order:
            self._sources.remove(source)
        if told_to_stop and self._deadline is None:
            self._next_stage()

    def _next_stage(self) -> None:
        number, seconds = next(self._stages, (signal.SIGKILL, 60.0))
        self._deadline = time.monotonic() + seconds
        signal_group(self._child, signal.SIGCONT)  # a paused program would not notice
        self._child.send_signal(number)


def signal_group(child: subprocess.Popen[bytes], number: int) -> None:
    """Signals the program and what it has started: all that is in its process group."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, number)


def end_group(child: subprocess.Popen[bytes]) -> None:
    """Kills what the program has left behind, and sees it gone."""
    deadline = time.monotonic() + 1.0  # forever visible are dead ones that an idle process 1 does not collect
    with contextlib.suppress(ProcessLookupError, PermissionError):
        while time.monotonic() < deadline:
            os.killpg(child.pid, signal.SIGKILL)
            time.sleep(0.002)


def main() -> int:
    specification = json.loads(sys.argv[1])
    os.umask(0o077)  # only we may read the files that our programs write, whatever our own umask is
    wakeup_read, wakeup_write = os.pipe()
    os.set_blocking(wakeup_read, False)
    os.set_blocking(wakeup_write, False)
    signal.set_wakeup_fd(wakeup_write, warn_on_full_buffer=False)
    for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: None)
    try:
        child = _start(specification)
    except OSError as error:
        print(f"cannot start {specification['argv'][0]}: {error.strerror}", file=sys.stderr)
        return 127
    status = Watch(child, specification["stop"], wakeup_read).wait()
    end_group(child)
    return status if status >= 0 else 128 - status


if __name__ == "__main__":
    # os._exit: nothing is left to clean up, and a reader waits for the end of our output.
    status = main()
    sys.stderr.flush()
    os._exit(status)
