"""When to stop: on signals, at the end of standard input, or when make has exited."""

import os
import select
import signal
import stat
import sys
from collections.abc import Callable
from types import TracebackType
from typing import Self

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
POLL_SECONDS = 0.1


class StopSignals:
    """Raises KeyboardInterrupt on the first Ctrl-C, SIGTERM or SIGHUP; ignores further ones."""

    def __init__(self) -> None:
        self._received = False

    def __enter__(self) -> Self:
        for number in SIGNALS:
            signal.signal(number, self._receive)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.ignore()

    def ignore(self) -> None:
        """Ignore all further signals, so that they can't interrupt the shutdown."""
        self._received = True

    def _receive(self, *_: object) -> None:
        if not self._received:
            self._received = True
            raise KeyboardInterrupt


def wait_for_stop(check: Callable[[], None], *, watch_input: bool) -> None:
    """Call `check` repeatedly; return when it is time to stop without a signal.

    - A killed make passes on no signal, so we stop when the make that started us has exited.
    - With `watch_input`, we stop when standard input is a pipe and ends, because the program at its other end is gone.
    """
    started_by_make = "MAKELEVEL" in os.environ
    parent = os.getppid()
    inputs = [sys.stdin.fileno()] if watch_input and _input_is_a_pipe() else []
    while not (started_by_make and os.getppid() != parent):
        check()
        readable, _, _ = select.select(inputs, [], [], POLL_SECONDS)
        if readable and not os.read(readable[0], 4096):
            return


def _input_is_a_pipe() -> bool:
    if sys.stdin is None:
        return False
    mode = os.fstat(sys.stdin.fileno()).st_mode
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)
