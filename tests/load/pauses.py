"""How the machine interrupts a program that could run: no server on it has a shorter tail."""

import multiprocessing
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import pairwise, takewhile

import psutil

from load.processes import pin

SHORTEST_SECONDS = 0.003
"""Pauses below this are the scheduler's turns and the kernel's own work."""


@dataclass(frozen=True)
class Pauses:
    """The pauses of the processor that has the longest one."""

    per_second: float
    longest_milliseconds: float

    def __str__(self) -> str:
        return f"{self.per_second:.1f} a second, the longest of {self.longest_milliseconds:.0f} ms"


def measure_pauses(processors: Sequence[int], seconds: float) -> Pauses:
    """Keep each processor busy with a program that only reads the clock, all of them at the same time."""
    with ProcessPoolExecutor(len(processors), multiprocessing.get_context("spawn")) as pool:
        return max(pool.map(partial(_watch, seconds=seconds), processors), key=lambda found: found.longest_milliseconds)


def _watch(processor: int, seconds: float) -> Pauses:
    pin(psutil.Process(), [processor])
    end = time.perf_counter() + seconds
    pauses = pauses_between(takewhile(lambda now: now < end, iter(time.perf_counter, None)))
    return Pauses(len(pauses) / seconds, max(pauses, default=0) * 1000)


def pauses_between(readings: Iterable[float]) -> list[float]:
    """The pauses between readings of the clock, in seconds."""
    return [after - before for before, after in pairwise(readings) if after - before > SHORTEST_SECONDS]
