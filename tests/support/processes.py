"""Processes that a test starts: which they are, and that none is left. Reads /proc, so Linux only."""

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True)
class Process:
    """A process for as long as it lives: its id may be used again, but not with the same start."""

    pid: int
    started: str

    @property
    def is_alive(self) -> bool:
        return _read(self.pid) == self

    @property
    def argv(self) -> list[str]:
        """Its command line."""
        return Path(f"/proc/{self.pid}/cmdline").read_text().split("\0")[:-1]


def descendants(pid: int) -> set[Process]:
    """The process and all that it has started, directly or not."""
    found: set[Process] = set()
    parents = dict(_all())
    generation = {process for process in parents if process.pid == pid}
    while generation:
        found |= generation
        pids = {process.pid for process in generation}
        generation = {process for process, parent in parents.items() if parent in pids} - found
    return found


def eventually(condition: Callable[[], object], seconds: float = 10.0) -> None:
    """Waits until the condition holds.

    Raises:
        AssertionError: it does not hold in time.
    """
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds} s"
        time.sleep(0.02)


def none_alive(processes: set[Process]) -> bool:
    return not any(process.is_alive for process in processes)


def _all() -> Iterator[tuple[Process, int]]:
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (found := _stat(int(entry.name))) is not None:
            yield found


def _read(pid: int) -> Process | None:
    found = _stat(pid)
    return None if found is None else found[0]


def _stat(pid: int) -> tuple[Process, int] | None:
    """The process and its parent's id; None for one that has ended, also when nobody has noted its end yet."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The name in brackets may hold anything; the fields are counted from behind it: state, parent, … start.
    fields = text.rpartition(")")[2].split()
    return None if fields[0] in "ZX" else (Process(pid, fields[19]), int(fields[1]))


class Program(subprocess.Popen[str]):
    """A program that talks to its test through pipes."""

    def __init__(self, *argv: str | Path, **env: str) -> None:
        """Starts it with our environment and what `env` adds."""
        pipe = subprocess.PIPE
        super().__init__(argv, stdin=pipe, stdout=pipe, stderr=pipe, text=True, env={**os.environ, **env})

    def next_line(self) -> str:
        """The next line of its standard output; empty when it has ended."""
        assert self.stdout is not None
        return self.stdout.readline().rstrip("\n")

    def lines(self) -> Iterator[str]:
        """The further lines of its standard output, until it ends."""
        assert self.stdout is not None
        for line in self.stdout:
            yield line.rstrip("\n")

    def end_input(self) -> None:
        assert self.stdin is not None
        self.stdin.close()


class StartProgram(Protocol):
    """Starts a program; it is killed at the end of the test."""

    def __call__(self, *argv: str | Path, **env: str) -> Program: ...
