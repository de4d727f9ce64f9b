"""Shows on the terminal what the services write into their log files and a developer should see."""

import os
import threading
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import BinaryIO

from taskchat_dev_stack.log_lines import for_terminal
from taskchat_dev_stack.terminal import Terminal

LOOK_EVERY_SECONDS = 0.2


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
                    if (text := for_terminal(line, whole=file.name in self._whole)) is not None:
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
