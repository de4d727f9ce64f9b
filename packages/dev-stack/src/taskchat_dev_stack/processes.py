"""Child processes that end with the process that started them."""

import json
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

GUARD = Path(__file__).with_name("guard.py")


@dataclass(frozen=True)
class Account:
    """The user and group that a program runs as."""

    user: int
    group: int


@dataclass(frozen=True)
class StopStage:
    """A signal, and the seconds it may take to work before the next one follows."""

    signal: signal.Signals
    seconds: float


class GuardedProcess:
    """A program under a guard (guard.py): it is stopped when we ask for it, and when we are gone."""

    def __init__(
        self,
        argv: Sequence[str | Path],
        *,
        stop: Sequence[StopStage],
        account: Account | None = None,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        output: int | IO[bytes] = subprocess.PIPE,
        keep_open: Sequence[int] = (),
    ) -> None:
        """Starts the program; standard output and error both go to `output`.

        Args:
            argv: the program and its arguments.
            stop: the signals that stop it, in order; SIGKILL follows the last.
            account: who it runs as; needs root.
            env: the whole environment, ours when left out.
            cwd: the working folder, ours when left out.
            output: where its output goes; a pipe unless told otherwise, to be read from `output`.
            keep_open: file descriptors, locks for example, that the guard keeps open until the program has ended.
        """
        specification = {
            "argv": [str(part) for part in argv],
            "stop": [[int(stage.signal), stage.seconds] for stage in stop],
            "user": account and account.user,
            "group": account and account.group,
        }
        self._seconds_to_stop = sum(stage.seconds for stage in stop)
        self._guard = subprocess.Popen(
            # -I -S: nothing but the standard library, so that the guard is up at once.
            [sys.executable, "-I", "-S", GUARD, json.dumps(specification)],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=env,
            cwd=cwd,
            start_new_session=True,  # out of reach of the terminal's Ctrl-C: stopping is our decision
            pass_fds=keep_open,
        )

    @property
    def output(self) -> IO[bytes]:
        """The pipe with the program's output, when it was started with one."""
        assert self._guard.stdout is not None
        return self._guard.stdout

    @property
    def pid(self) -> int:
        """The guard's process id."""
        return self._guard.pid

    def poll(self) -> int | None:
        """The exit status (128 + n after signal n), None while the program runs."""
        return self._guard.poll()

    def request_stop(self) -> None:
        """Begins to stop the program without waiting for its end."""
        assert self._guard.stdin is not None
        self._guard.stdin.close()

    def stop(self) -> int:
        """Stops the program and waits for its end, which is certain: SIGKILL comes last."""
        self.request_stop()
        try:
            return self._guard.wait(self._seconds_to_stop + 10)
        except subprocess.TimeoutExpired:
            self._guard.kill()  # on Linux the program dies with its guard
            return self._guard.wait()
        finally:
            if self._guard.stdout is not None and self._guard.stdout.closed is False:
                self._guard.stdout.close()
