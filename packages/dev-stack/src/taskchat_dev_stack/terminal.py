"""Progress of the start, then warnings and errors from the services' logs."""

import contextlib
import os
import threading
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, TextIO

from taskchat_dev_stack.processes.logs import format_for_terminal

POLL_SECONDS = 0.2


class Terminal:
    """Writes lines to a stream from several threads. Silent when the stream is None."""

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream
        self._lock = threading.Lock()
        self._line_is_open = False

    @property
    def is_shown(self) -> bool:
        """Whether the output goes anywhere."""
        return self._stream is not None

    def say(self, text: str) -> None:
        """Print one line."""
        with self._lock:
            self._write(("\n" if self._line_is_open else "") + f"{text}\n")
            self._line_is_open = False

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Print the step's name, then its duration, on the same line if no other line came in between."""
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
        # Closing the terminal starts the shutdown; a failed write must not interrupt it.
        with contextlib.suppress(OSError, ValueError):
            if self._stream is not None:
                self._stream.write(text)
                self._stream.flush()


class LogTail:
    """Follows log files on a thread, from their first line and across replacements."""

    def __init__(self, terminal: Terminal, logs: Mapping[str, Path], whole: Collection[str] = ()) -> None:
        """Start following.

        Args:
            terminal: shows the lines.
            logs: the files by service name, which prefixes each line.
            whole: services whose logs are plain text and shown in full.
        """
        self._terminal = terminal
        self._whole = whole
        self._files = [_LogFile(name, path) for name, path in logs.items()]
        self._stopped = threading.Event()
        # A daemon thread, so that it cannot keep the process alive after an error.
        self._thread = threading.Thread(target=self._run, name="log-tail", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop the thread."""
        self._stopped.set()
        self._thread.join()
        for file in self._files:
            file.close()

    def _run(self) -> None:
        while not self._stopped.wait(POLL_SECONDS):
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
        """Return the complete lines written since the last call."""
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
