"""Child processes that end with the process that started them."""

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

SUPERVISOR = Path(__file__).with_name("supervisor.py")
# Paths, language, time zone and certificates. Other variables may hold tokens of other tools.
NEEDED_BY_ALL = {
    *("PATH", "HOME", "USER", "LOGNAME", "TMPDIR", "LANG", "LANGUAGE", "LC_ALL", "LC_CTYPE", "TZ"),
    *("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SSL_CERT_FILE", "SSL_CERT_DIR"),
}


def minimal_environment() -> dict[str, str]:
    """The variables of our environment that every program may have; none of them is a secret."""
    return {name: value for name, value in os.environ.items() if name in NEEDED_BY_ALL}


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


class SupervisedProcess:
    """A program under a supervisor (supervisor.py): it is stopped when we ask for it, and when we are gone."""

    def __init__(
        self,
        argv: Sequence[str | Path],
        *,
        output: IO[bytes],
        stop: Sequence[StopStage],
        account: Account | None = None,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        keep_open: Sequence[int] = (),
    ) -> None:
        """Starts the program.

        Args:
            argv: the program and its arguments.
            output: the file that gets its standard output and error. A file and no pipe: what the program says
                while it ends is kept when we are gone, and nobody who reads slowly can hold it up.
            stop: the signals that stop it, in order; SIGKILL follows the last.
            account: who it runs as; needs root.
            env: the whole environment; the least that a program needs when left out.
            cwd: the working folder, ours when left out.
            keep_open: file descriptors, locks for example, that the supervisor keeps open until the program has ended.
        """
        specification = {
            "argv": [str(part) for part in argv],
            "stop": [[int(stage.signal), stage.seconds] for stage in stop],
            "user": account.user if account else None,
            "group": account.group if account else None,
        }
        self._seconds_to_stop = sum(stage.seconds for stage in stop)
        self._supervisor = subprocess.Popen(
            # -I -S: nothing but the standard library, so that the supervisor is up at once.
            [sys.executable, "-I", "-S", SUPERVISOR, json.dumps(specification)],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            bufsize=0,
            env=minimal_environment() if env is None else env,
            cwd=cwd,
            start_new_session=True,  # out of reach of the terminal's Ctrl-C: stopping is our decision
            pass_fds=keep_open,
        )

    @property
    def pid(self) -> int:
        """The supervisor's process id; the program's is that of its only child."""
        return self._supervisor.pid

    def poll(self) -> int | None:
        """The exit status (128 + n after signal n), None while the program runs."""
        return self._supervisor.poll()

    def wait(self) -> int:
        """Waits for the program to end by itself; its exit status."""
        return self._supervisor.wait()

    def send_signal(self, number: signal.Signals) -> None:
        """Sends a signal to the program and to all that it has started. Harmless when it has ended."""
        assert self._supervisor.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._supervisor.stdin.write(bytes([number]))

    def request_stop(self) -> None:
        """Begins to stop the program without waiting for its end."""
        assert self._supervisor.stdin is not None
        self._supervisor.stdin.close()

    def wait_stopped(self) -> int:
        """Waits for the end of a program that was told to stop, which is certain: SIGKILL comes last."""
        try:
            return self._supervisor.wait(self._seconds_to_stop + 5)
        except subprocess.TimeoutExpired:
            self._supervisor.kill()
            return self._supervisor.wait()

    def stop(self) -> int:
        """Stops the program and waits for its end."""
        self.request_stop()
        return self.wait_stopped()
