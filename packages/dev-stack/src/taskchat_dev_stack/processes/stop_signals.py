"""When a program of this package is to stop: signals, the end of its input, the end of who started it."""

import os
import select
import signal
import stat
import sys
from collections.abc import Callable
from types import TracebackType
from typing import Self

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
LOOK_EVERY_SECONDS = 0.1


class StopSignals:
    """Within it, the first Ctrl-C, SIGTERM or SIGHUP raises KeyboardInterrupt; further ones do nothing."""

    def __init__(self) -> None:
        self._heard = False

    def __enter__(self) -> Self:
        for number in SIGNALS:
            signal.signal(number, self._hear)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.ignore()

    def ignore(self) -> None:
        """From here on signals do nothing: the shutdown has begun and nothing may break it."""
        self._heard = True

    def _hear(self, *_: object) -> None:
        if not self._heard:
            self._heard = True
            raise KeyboardInterrupt


def wait_for_stop(check: Callable[[], None], *, watch_input: bool) -> None:
    """Returns when we are to stop though no signal came; until then calls `check` again and again.

    That is when make started us and is gone: killed, it passes on no signal. And, with `watch_input`, when standard
    input is a pipe and ends: the program that held the other end is gone.
    """
    started_by_make = "MAKELEVEL" in os.environ
    parent = os.getppid()
    inputs = [sys.stdin.fileno()] if watch_input and _input_is_a_pipe() else []
    while not (started_by_make and os.getppid() != parent):
        check()
        readable, _, _ = select.select(inputs, [], [], LOOK_EVERY_SECONDS)
        if readable and not os.read(readable[0], 4096):
            return


def _input_is_a_pipe() -> bool:
    if sys.stdin is None:
        return False
    mode = os.fstat(sys.stdin.fileno()).st_mode
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)
