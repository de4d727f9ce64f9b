"""Runs services side by side: their logs, when they are ready, that none of them dies unnoticed."""

import signal
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from taskchat_dev_stack.errors import DevStackError
from taskchat_dev_stack.processes.logs import last_error, open_log
from taskchat_dev_stack.processes.supervised import StopStage, SupervisedProcess

READY_SECONDS = 60.0
LOOK_EVERY_SECONDS = 0.05


@dataclass(frozen=True)
class Service:
    """A program that runs until it is stopped, or, as a migration, to its end.

    Attributes:
        name: names it on the terminal and its log file.
        ready: the URLs that answer 200 when it is ready.
        stop_seconds: how long it may take to end after SIGTERM; then it is killed.
        stops_last: whether it is stopped only when the others have ended, because it passes on their last answers.
    """

    name: str
    argv: Sequence[str | Path]
    env: Mapping[str, str] = field(repr=False)  # it has secrets
    cwd: Path
    stop_seconds: float = 4.0
    ready: Sequence[str] = ()
    stops_last: bool = False


class Services:
    """The services of one stack.

    Attributes:
        logs: the folder with a log file for each.
        keep_open: file descriptors, a lock for example, that stay open until the last service has ended.
    """

    def __init__(self, logs: Path) -> None:
        """Starts nothing yet; `logs` is the folder for their log files."""
        self.logs = logs
        self.keep_open: Sequence[int] = ()
        self._known: dict[str, Service] = {}
        self._running: dict[str, SupervisedProcess] = {}

    @property
    def names(self) -> list[str]:
        """Those that run, in the order in which they were started."""
        return list(self._running)

    def log(self, name: str) -> Path:
        """The log file of a service, begun anew at each start; the one before is kept beside it."""
        return self.logs / f"{name}.log"

    def start(self, service: Service) -> None:
        """Starts a service without waiting until it is ready."""
        self._known[service.name] = service
        self._running[service.name] = self._launch(service)

    def restart(self, name: str) -> None:
        """Starts a service that was stopped or has died, as it was before, and waits until it is ready."""
        self.stop(name)
        self.start(self._known[name])
        self.wait_until_ready(name)

    def begin(self, task: Service) -> SupervisedProcess:
        """Starts a program that ends by itself. It is the caller's to wait for, and to stop."""
        return self._launch(task)

    def run_to_completion(self, task: Service) -> None:
        """Runs a program that ends by itself, such as a migration.

        Raises:
            DevStackError: it failed, or a service has ended meanwhile.
        """
        process = self.begin(task)
        try:
            while (status := process.poll()) is None:
                self.check()
                time.sleep(LOOK_EVERY_SECONDS)
        finally:
            process.stop()
        if status != 0:
            raise DevStackError(self._exit_reason(task.name, status))

    def wait_until_ready(self, name: str) -> None:
        """Waits until a service that was started answers at its URLs, with an eye on all of them.

        Raises:
            DevStackError: one has ended, or this one is not ready in time.
        """
        deadline = time.monotonic() + READY_SECONDS
        # Ours are on this machine: a proxy of the environment has no part in it.
        with httpx.Client(trust_env=False, timeout=5, headers={"accept": "text/html, */*"}) as client:
            for url in self._known[name].ready:
                while (answer := _answer(client, url)) is not None:
                    self.check()
                    if time.monotonic() > deadline:
                        why = f"{url}: {answer} (log: {self.log(name)})"
                        raise DevStackError(f"{name} is not ready after {READY_SECONDS:.0f} s: {why}")
                    time.sleep(LOOK_EVERY_SECONDS)

    def check(self) -> None:
        """Does nothing while all services run.

        Raises:
            DevStackError: one has ended though nobody stopped it.
        """
        for name, process in self._running.items():
            if (status := process.poll()) is not None:
                raise DevStackError(self._exit_reason(name, status))

    def send_signal(self, name: str, number: signal.Signals) -> None:
        """Sends a signal to a service and all that it has started: SIGSTOP, SIGCONT, SIGKILL."""
        self._running[name].send_signal(number)

    def stop(self, *names: str) -> None:
        """Stops these services, or all when none is named: at the same time, but for those that stop last."""
        chosen = [name for name in names or self._running if name in self._running]
        for is_last in (False, True):
            stage = [name for name in chosen if self._known[name].stops_last is is_last]
            for name in stage:
                self._running[name].request_stop()
            for name in stage:
                self._running[name].wait_stopped()
                del self._running[name]

    def _launch(self, service: Service) -> SupervisedProcess:
        with open_log(self.log(service.name)) as output:
            return SupervisedProcess(
                service.argv,
                output=output,
                stop=[StopStage(signal.SIGTERM, service.stop_seconds)],
                env=service.env,
                cwd=service.cwd,
                keep_open=self.keep_open,
            )

    def _exit_reason(self, name: str, status: int) -> str:
        log = self.log(name)
        reason = last_error(log.read_text(errors="replace").splitlines())
        return f"{name} has ended with status {status}: {reason} (log: {log})"


def _answer(client: httpx.Client, url: str) -> str | None:
    """None for the answer 200; else what came instead."""
    try:
        response = client.get(url)
    except httpx.HTTPError as error:
        return str(error) or type(error).__name__
    return None if response.status_code == 200 else f"status {response.status_code}"
