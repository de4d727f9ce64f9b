"""How much CPU time the offline assistant may take for one turn, and how much work it has done.

All turns of a process share one event loop, so the CPU time of one turn makes every other turn wait. Each piece of work
(reading a clause, looking for a title) is bounded by itself and announced with `spend` before it is done. Once the
turn's time is used up, the next piece is refused.

The clock is the thread's CPU time, not the time of day: no message is too long because the machine is busy.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from time import thread_time

CPU_SECONDS_PER_TURN = 0.2
MIN_PIECES = 30
"""A step of so little work is never refused: a garbage collection must not make a short message too long."""


class TooMuchWork(Exception):
    """The turn's CPU time is used up."""


@dataclass(slots=True)
class Effort:
    """The CPU time and the work of one turn.

    Attributes:
        cpu_seconds: CPU time left when the step began.
        pieces: pieces of work begun in the step.
    """

    cpu_seconds: float = CPU_SECONDS_PER_TURN
    pieces: int = 0
    step_began: float = 0.0

    def spend(self) -> None:
        self.pieces += 1
        if self.pieces > MIN_PIECES and thread_time() - self.step_began > self.cpu_seconds:
            raise TooMuchWork


_of_turn: ContextVar[Effort | None] = ContextVar("effort_of_turn", default=None)
_of_step: ContextVar[Effort | None] = ContextVar("effort_of_step", default=None)


def begin_turn(*, cpu_seconds: float | None = None) -> None:
    """Let all steps that follow in this context, and in the tasks made in it, share the time of one turn."""
    _of_turn.set(Effort(CPU_SECONDS_PER_TURN if cpu_seconds is None else cpu_seconds))


@contextmanager
def step() -> Iterator[Effort]:
    """Count the work inside as one step of the current turn; without `begin_turn`, as a turn of its own."""
    effort = _of_turn.get() or Effort()
    effort.pieces, effort.step_began = 0, thread_time()
    token = _of_step.set(effort)
    try:
        yield effort
    finally:
        _of_step.reset(token)
        effort.cpu_seconds -= thread_time() - effort.step_began


def spend() -> None:
    """Announce a piece of work.

    Raises:
        TooMuchWork: there is no time left for it.
    """
    if effort := _of_step.get():
        effort.spend()
