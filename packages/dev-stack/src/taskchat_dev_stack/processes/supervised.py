"""Child processes that stop when we stop them or exit."""

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
# Paths, locale, time zone and certificates. Other variables may contain secrets of other tools.
SAFE_VARIABLES = {
    *("PATH", "HOME", "USER", "LOGNAME", "TMPDIR", "LANG", "LANGUAGE", "LC_ALL", "LC_CTYPE", "TZ"),
    *("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SSL_CERT_FILE", "SSL_CERT_DIR"),
}


def minimal_environment() -> dict[str, str]:
    """Return our environment without anything that could be secret."""
    return {name: value for name, value in os.environ.items() if name in SAFE_VARIABLES}


@dataclass(frozen=True)
class Account:
    """A user and group id to run a program as."""

    user: int
    group: int


@dataclass(frozen=True)
class StopStage:
    """A signal, and the seconds to wait before sending the next one."""

    signal: signal.Signals
    seconds: float


class SupervisedProcess:
    """A program under supervisor.py, which stops it when we ask or when we exit."""

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
        """Start the program.

        Args:
            argv: the program and its arguments.
            output: a file for its standard output and error. Not a pipe, so that the program's last output survives
                us and a slow reader can't block it.
            stop: the signals that stop it, in order; SIGKILL follows the last.
            account: the user to run it as; needs root.
            env: its whole environment; `minimal_environment()` by default.
            cwd: its working directory; ours by default.
            keep_open: file descriptors, such as locks, that stay open until the program has exited.
        """
        specification = {
            "stop": [[int(stage.signal), stage.seconds] for stage in stop],
            "user": account.user if account else None,
            "group": account.group if account else None,
        }
        self._seconds_to_stop = sum(stage.seconds for stage in stop)
        self._supervisor = subprocess.Popen(
            # -I -S: only the standard library, for a quick start.
            [sys.executable, "-I", "-S", SUPERVISOR, json.dumps(specification), *argv],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            bufsize=0,
            env=minimal_environment() if env is None else env,
            cwd=cwd,
            start_new_session=True,  # the terminal's Ctrl-C must not reach it; we decide when it stops
            pass_fds=keep_open,
        )

    @property
    def pid(self) -> int:
        """The supervisor's process id. The program is its only child."""
        return self._supervisor.pid

    def poll(self) -> int | None:
        """Return the exit status (128 + n after signal n), or None while the program runs."""
        return self._supervisor.poll()

    def wait(self) -> int:
        """Wait until the program exits by itself; return its exit status."""
        return self._supervisor.wait()

    def send_signal(self, number: signal.Signals) -> None:
        """Send a signal to the program and its children. Does nothing after it has exited."""
        assert self._supervisor.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._supervisor.stdin.write(bytes([number]))

    def request_stop(self) -> None:
        """Ask the supervisor to stop the program; don't wait."""
        assert self._supervisor.stdin is not None
        self._supervisor.stdin.close()

    def wait_stopped(self) -> int:
        """Wait until a program that was asked to stop has exited, at the latest by SIGKILL."""
        try:
            return self._supervisor.wait(self._seconds_to_stop + 5)
        except subprocess.TimeoutExpired:
            self._supervisor.kill()
            return self._supervisor.wait()

    def stop(self) -> int:
        """Stop the program and wait until it has exited."""
        self.request_stop()
        return self.wait_stopped()
