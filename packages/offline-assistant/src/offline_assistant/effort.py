"""The limit on the CPU time of one step.

All turns of a process share one event loop, so a slow step delays every other one. Code that works through a message
announces each piece of work with `spend`; once the step's time is used up, the next piece is refused.
"""

from contextvars import ContextVar
from time import thread_time

CPU_SECONDS_PER_STEP = 0.05
MIN_PIECES = 30  # fewer are never refused: a garbage collection must not make a short message too long
_spent: ContextVar[tuple[float, int]] = ContextVar("spent")


class TooMuchWork(Exception):
    """The step's CPU time is used up."""


def begin_step() -> None:
    _spent.set((thread_time(), 0))


def spend() -> None:
    """Announce a piece of work. Raises TooMuchWork once the step has used up its time."""
    began, pieces = _spent.get()
    _spent.set((began, pieces + 1))
    if pieces >= MIN_PIECES and thread_time() - began > CPU_SECONDS_PER_STEP:
        raise TooMuchWork
