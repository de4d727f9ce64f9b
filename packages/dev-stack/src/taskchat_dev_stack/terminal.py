"""What a developer sees: each step and how long it took, then only what deserves attention."""

import contextlib
import os
import threading
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, TextIO

from taskchat_dev_stack.processes.logs import format_for_terminal

LOOK_EVERY_SECONDS = 0.2


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


class LogTail:
    """Follows log files from their beginning, on a thread of its own, also when they are begun anew."""

    def __init__(self, terminal: Terminal, logs: Mapping[str, Path], whole: Collection[str] = ()) -> None:
        """Starts at once.

        Args:
            terminal: gets the lines.
            logs: the files, by the name that stands before their lines.
            whole: the names of those that log no JSON, but say only what should be seen.
        """
        self._terminal = terminal
        self._whole = whole
        self._files = [_LogFile(name, path) for name, path in logs.items()]
        self._stopped = threading.Event()
        # A daemon: no error elsewhere may keep the process alive for its sake.
        self._thread = threading.Thread(target=self._run, name="log-tail", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Ends the thread."""
        self._stopped.set()
        self._thread.join()
        for file in self._files:
            file.close()

    def _run(self) -> None:
        while not self._stopped.wait(LOOK_EVERY_SECONDS):
            for file in self._files:
                for line in file.new_lines():
                    if (text := format_for_terminal(line, whole=file.name in self._whole)) is not None:
                        self._terminal.say(f"[{file.name}] {text}")


class _LogFile:
    def __init__(self, name: str, path: Path) -> None:
        self.name = name
        self._path = path
        self._file: BinaryIO | None = None
        self._unfinished = b""

    def new_lines(self) -> list[str]:
        """The whole lines written since the last look."""
        if self._file is None:
            self._file = self._path.open("rb") if self._path.exists() else None
        if self._file is None:
            return []
        *lines, self._unfinished = (self._unfinished + self._file.read()).split(b"\n")
        if not lines and not self._is_current(self._file):
            self.close()
        return [line.decode(errors="replace") for line in lines]

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
        self._file, self._unfinished = None, b""

    def _is_current(self, file: BinaryIO) -> bool:
        return self._path.exists() and os.path.samestat(self._path.stat(), os.fstat(file.fileno()))
