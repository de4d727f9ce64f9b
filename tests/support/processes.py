"""Processes that a test starts. Reads /proc, so Linux only."""

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

SUPERVISOR = "processes/supervisor.py"
ASCII_ONLY = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
"""Variables that make ASCII the default encoding of Python programs."""


@dataclass(frozen=True)
class Process:
    """A running process. The kernel may reuse its id, but not with the same start time."""

    pid: int
    started: str

    @property
    def is_alive(self) -> bool:
        return _read(self.pid) == self

    @property
    def argv(self) -> list[str]:
        """Its command line."""
        return Path(f"/proc/{self.pid}/cmdline").read_text(encoding="utf-8").split("\0")[:-1]


def programs(pid: int, argument: str) -> list[Process]:
    """Return the descendants with this argument, without their supervisors."""
    supervisors = [process for process in descendants(pid) if any(SUPERVISOR in part for part in process.argv)]
    return [p for p in descendants(pid) if argument in p.argv and p not in supervisors]


def descendants(pid: int) -> set[Process]:
    """Return the process and everything that it started, directly or indirectly."""
    found: set[Process] = set()
    parents = dict(_all())
    generation = {process for process in parents if process.pid == pid}
    while generation:
        found |= generation
        pids = {process.pid for process in generation}
        generation = {process for process, parent in parents.items() if parent in pids} - found
    return found


def eventually(condition: Callable[[], object], seconds: float = 10.0) -> None:
    """Wait until the condition holds.

    Raises:
        AssertionError: if it does not hold in time.
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
    """Return the process and its parent's id; None if it has ended, even as a zombie."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The name in parentheses may contain anything, so count the fields after it: state, parent, … start time.
    fields = text.rpartition(")")[2].split()
    return None if fields[0] in "ZX" else (Process(pid, fields[19]), int(fields[1]))


class Program(subprocess.Popen[str]):
    """A program that the test controls through pipes."""

    def __init__(self, *argv: str | Path, **env: str) -> None:
        """Start the program with our environment and the variables in `env`."""
        pipe = subprocess.PIPE
        super().__init__(argv, stdin=pipe, stdout=pipe, stderr=pipe, encoding="utf-8", env={**os.environ, **env})

    def next_line(self) -> str:
        """Return the next line of its standard output; empty once it has ended."""
        assert self.stdout is not None
        return self.stdout.readline().rstrip("\n")

    def lines(self) -> Iterator[str]:
        """Yield the remaining lines of its standard output."""
        assert self.stdout is not None
        for line in self.stdout:
            yield line.rstrip("\n")

    def end_input(self) -> None:
        assert self.stdin is not None
        self.stdin.close()


class StartProgram(Protocol):
    """Starts a program, which is killed at the end of the test."""

    def __call__(self, *argv: str | Path, **env: str) -> Program: ...
