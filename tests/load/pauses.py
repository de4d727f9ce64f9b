"""How the machine interrupts a program that could run: no server on it has a shorter tail."""

import multiprocessing
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial

import psutil

from load.processes import pin

SHORTEST_SECONDS = 0.003
"""Pauses below this are the scheduler's turns and the kernel's own work."""


@dataclass(frozen=True)
class Pauses:
    """The pauses of the processor that has the longest one.

    Attributes:
        per_second: how many.
    """

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
    pauses = []
    began = last = time.perf_counter()
    while (now := time.perf_counter()) - began < seconds:
        if now - last > SHORTEST_SECONDS:
            pauses.append(now - last)
        last = now
    return Pauses(len(pauses) / seconds, max(pauses, default=0) * 1000)
