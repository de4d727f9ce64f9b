"""What a developer sees: each step and how long it took, then only what deserves attention."""

import contextlib
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO


class Terminal:
    """Lines on a stream, from several threads; nowhere when the stream is None."""

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream
        self._lock = threading.Lock()
        self._line_is_open = False

    @property
    def is_shown(self) -> bool:
        """Whether anybody reads it."""
        return self._stream is not None

    def say(self, text: str) -> None:
        """One whole line."""
        with self._lock:
            self._write(("\n" if self._line_is_open else "") + f"{text}\n")
            self._line_is_open = False

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Names the step when it starts, and on the same line, if nothing came between, how long it took."""
        started = time.monotonic()
        with self._lock:
            self._write(f"  {name:<22}")
            self._line_is_open = True
        try:
            yield
        except BaseException:
            with self._lock:
                self._write("\n" if self._line_is_open else "")
                self._line_is_open = False
            raise
        with self._lock:
            self._write(f"{'' if self._line_is_open else f'  {name:<22}'}{time.monotonic() - started:5.1f} s\n")
            self._line_is_open = False

    def _write(self, text: str) -> None:
        # A terminal that was closed must not break the shutdown that its closing has begun.
        with contextlib.suppress(OSError, ValueError):
            if self._stream is not None:
                self._stream.write(text)
                self._stream.flush()
