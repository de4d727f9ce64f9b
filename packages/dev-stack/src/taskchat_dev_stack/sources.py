"""Notices changes of source files, and restarts the services that run them."""

import contextlib
import hashlib
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path

from taskchat_dev_stack.errors import DevStackError
from taskchat_dev_stack.processes.services import Services
from taskchat_dev_stack.terminal import Terminal

POLL_SECONDS = 0.5


class Sources:
    """Source files, polled twice a second, which takes a millisecond."""

    def __init__(self, files: Callable[[], Iterable[Path]]) -> None:
        self._files = files
        self._handled = self._seen = ""
        self._next_poll = 0.0

    def accept(self) -> str:
        """Take the current state as the known one; return its fingerprint."""
        self._handled = self._seen = self._fingerprint()
        return self._seen

    def poll(self) -> str | None:
        """Return the new fingerprint once after a change, when no editor is still writing; otherwise None."""
        if time.monotonic() < self._next_poll:
            return None
        self._next_poll = time.monotonic() + POLL_SECONDS
        before, self._seen = self._seen, self._fingerprint()
        if not self._seen == before != self._handled:
            return None
        self._handled = self._seen
        return self._seen

    def _fingerprint(self) -> str:
        """Hash the names, sizes and modification times."""
        digest = hashlib.sha256()
        for path in sorted(self._files()):
            with contextlib.suppress(FileNotFoundError):
                stat = path.stat()
                digest.update(os.fsencode(path) + f"\0{stat.st_size}\0{stat.st_mtime_ns}\n".encode())
        return digest.hexdigest()


class Reload:
    """Restarts each service whose code has changed; one that does not start waits for the next change."""

    def __init__(self, services: Services, terminal: Terminal, folders: Mapping[str, Iterable[Path]]) -> None:
        """Take the current code as the running one.

        Args:
            folders: the folders with each service's code.
        """
        self._services = services
        self._terminal = terminal
        self._sources = {name: Sources(partial(_code_in, tuple(paths))) for name, paths in folders.items()}
        for sources in self._sources.values():
            sources.accept()

    def check(self) -> None:
        """Restart what has changed. Call it repeatedly; it waits until a restarted service is ready."""
        for name, sources in self._sources.items():
            if sources.poll() is None:
                continue
            started = time.monotonic()
            try:
                self._services.restart(name)
            except DevStackError as error:
                self._services.stop(name)
                self._terminal.say(f"[{name}] {error}")
            else:
                self._terminal.say(f"[{name}] restarted in {time.monotonic() - started:.1f} s")


def _code_in(folders: Iterable[Path]) -> Iterator[Path]:
    for top in folders:
        for folder, _, names in os.walk(top):
            yield from (
                Path(folder, name)
                for name in names
                if name.endswith((".py", ".sql", ".ts", ".txt", ".toml")) and not name.endswith(".test.ts")
            )
