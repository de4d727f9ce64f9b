"""Runs several services: logs, readiness, and noticing when one dies."""

import signal
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import ProxyHandler, Request, build_opener

from taskchat_dev_stack.errors import DevStackError
from taskchat_dev_stack.processes.logs import last_error, open_log
from taskchat_dev_stack.processes.supervised import StopStage, SupervisedProcess

READY_SECONDS = 60.0
POLL_SECONDS = 0.05


@dataclass(frozen=True)
class Service:
    """A program that runs until it is stopped, or a task such as a migration that ends by itself.

    Attributes:
        name: its name on the terminal and of its log file.
        ready: the URLs that answer 200 once it is ready.
        stop_seconds: how long it may take to exit after SIGTERM before it is killed.
        stops_last: stop it after the others, because it passes on their last answers.
    """

    name: str
    argv: Sequence[str | Path]
    env: Mapping[str, str] = field(repr=False)  # contains secrets
    cwd: Path
    stop_seconds: float = 4.0
    ready: Sequence[str] = ()
    stops_last: bool = False


class Services:
    """The services of one stack.

    Attributes:
        logs: the folder with their log files.
        keep_open: file descriptors, such as a lock, that stay open until the last service has exited.
    """

    def __init__(self, logs: Path) -> None:
        """Start nothing yet."""
        self.logs = logs
        self.keep_open: Sequence[int] = ()
        self._known: dict[str, Service] = {}
        self._running: dict[str, SupervisedProcess] = {}

    @property
    def names(self) -> list[str]:
        """The running services, in start order."""
        return list(self._running)

    def log(self, name: str) -> Path:
        """The log file of a service; each start begins a new one and keeps the previous one."""
        return self.logs / f"{name}.log"

    def start(self, service: Service) -> None:
        """Start a service without waiting until it is ready."""
        self._known[service.name] = service
        self._running[service.name] = self._launch(service)

    def restart(self, name: str) -> None:
        """Start a stopped or dead service with its previous settings, and wait until it is ready."""
        self.stop(name)
        self.start(self._known[name])
        self.wait_until_ready(name)

    def start_task(self, task: Service) -> SupervisedProcess:
        """Start a program that ends by itself. The caller waits for it and stops it."""
        return self._launch(task)

    def run_to_completion(self, task: Service) -> None:
        """Run a program that ends by itself, such as a migration.

        Raises:
            DevStackError: it failed, or a service exited meanwhile.
        """
        process = self.start_task(task)
        try:
            while (status := process.poll()) is None:
                self.check()
                time.sleep(POLL_SECONDS)
        finally:
            process.stop()
        if status != 0:
            raise DevStackError(self._exit_reason(task.name, status))

    def wait_until_ready(self, name: str) -> None:
        """Wait until a service answers 200 at its URLs.

        Raises:
            DevStackError: it isn't ready in time, or any service exited.
        """
        deadline = time.monotonic() + READY_SECONDS
        for url in self._known[name].ready:
            while (answer := _answer(url)) is not None:
                self.check()
                if time.monotonic() > deadline:
                    why = f"{url}: {answer} (log: {self.log(name)})"
                    raise DevStackError(f"{name} is not ready after {READY_SECONDS:.0f} s: {why}")
                time.sleep(POLL_SECONDS)

    def check(self) -> None:
        """Check that all services still run.

        Raises:
            DevStackError: one exited unexpectedly.
        """
        for name, process in self._running.items():
            if (status := process.poll()) is not None:
                raise DevStackError(self._exit_reason(name, status))

    def send_signal(self, name: str, number: signal.Signals) -> None:
        """Send a signal such as SIGSTOP, SIGCONT or SIGKILL to a service and its children."""
        self._running[name].send_signal(number)

    def stop(self, *names: str) -> None:
        """Stop these services, or all of them, at the same time except for those that stop last."""
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
        reason = last_error(log.read_text(errors="replace", encoding="utf-8").splitlines())
        return f"{name} exited with status {status}: {reason} (log: {log})"


# Not httpx, whose import takes a quarter of this process's memory. The services run on this machine, so no proxies.
_FETCH = build_opener(ProxyHandler({})).open


def _answer(url: str) -> str | None:
    """Return None if the URL answers 200, or else what happened instead."""
    try:
        with _FETCH(Request(url, headers={"accept": "text/html, */*"}), timeout=5) as response:  # noqa: S310
            return None if response.status == 200 else f"status {response.status}"
    except HTTPError as error:
        return f"status {error.code}"
    except URLError as error:
        return str(error.reason)
    except (OSError, HTTPException) as error:
        return str(error) or type(error).__name__
