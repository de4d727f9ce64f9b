"""Runs one program and makes sure that it never outlives the process that started it.

Started as a script of its own (standard library only, so that it is up in a few milliseconds). The starter holds
the other end of this process' standard input. End of file there, because the starter closed it or because it was
killed, means: stop the program. So an orderly stop and the death of the starter take the same path, on Linux and
macOS alike.

Usage: python guard.py SPECIFICATION, a JSON object:
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
from collections.abc import Callable
from typing import Any

PR_SET_PDEATHSIG = 1


def _die_with_parent(with_signal: int) -> Callable[[], None] | None:
    """What the child runs before exec so that a killed guard takes it along (Linux only)."""
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None).prctl
    guard = os.getpid()

    def bind() -> None:
        prctl(PR_SET_PDEATHSIG, with_signal)
        if os.getppid() != guard:
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


def _watch(child: subprocess.Popen[bytes], stages: list[tuple[int, float]], wakeup: int) -> int:
    """Waits for the child's end; after end of file on standard input, or a signal, brings it about."""
    orders: list[int] = [sys.stdin.fileno(), wakeup]
    stopping, deadline = False, 0.0
    while (status := child.poll()) is None:
        timeout = max(0.0, deadline - time.monotonic()) if stopping else None
        readable, _, _ = select.select(orders, [], [], timeout)
        asked = False
        for source in readable:
            received = os.read(source, 512)
            if source == wakeup:
                asked |= any(number != signal.SIGCHLD for number in received)
            elif not received:
                orders.remove(source)
                asked = True
        overdue = stopping and time.monotonic() >= deadline
        if overdue or (asked and not stopping):
            number, seconds = stages.pop(0) if stages else (signal.SIGKILL, 60.0)
            stopping, deadline = True, time.monotonic() + seconds
            child.send_signal(number)
    return status


def main() -> int:
    specification = json.loads(sys.argv[1])
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
    status = _watch(child, [(number, seconds) for number, seconds in specification["stop"]], wakeup_read)
    # What the program itself has started and left behind is in its process group.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)
    return status if status >= 0 else 128 - status


if __name__ == "__main__":
    # os._exit: nothing is left to clean up, and a reader waits for the end of our output.
    status = main()
    sys.stderr.flush()
    os._exit(status)
