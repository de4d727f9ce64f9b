"""Supervised services, with small programs instead of the real ones."""

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from support.processes import Process, StartProgram, descendants, eventually, none_alive
from taskchat_dev_stack.errors import DevStackError
from taskchat_dev_stack.processes import services as services_module
from taskchat_dev_stack.processes.ports import reserve_port
from taskchat_dev_stack.processes.services import Service, Services
from taskchat_dev_stack.processes.supervised import StopStage, SupervisedProcess

SERVER = """
import http.server, sys
class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(int(self.path[1:]))
        self.end_headers()
    def log_message(self, *_):
        pass
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Answer).serve_forever()
"""
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
POLITE = """
import signal, sys, time
def end(*_):
    print("bye", flush=True)
    sys.exit()
signal.signal(signal.SIGTERM, end)
print("up", flush=True)
time.sleep(60)
"""
# Prints at its stop whether the process with the given pid still runs.
LOOKS_FOR = """
import pathlib, signal, sys, time
def end(*_):
    pid = pathlib.Path(sys.argv[1]).read_text()
    print("running" if pathlib.Path("/proc", pid).exists() else "gone", flush=True)
    sys.exit()
signal.signal(signal.SIGTERM, end)
print("up", flush=True)
time.sleep(60)
"""
# Stops only once a file exists.
WAITS_FOR = """
import os, pathlib, signal, sys, time
pathlib.Path(sys.argv[2]).write_text(str(os.getpid()))
def end(*_):
    print("stopping", flush=True)
    while not pathlib.Path(sys.argv[1]).exists():
        time.sleep(0.01)
    sys.exit()
signal.signal(signal.SIGTERM, end)
print("up", flush=True)
time.sleep(60)
"""
# A program with a child and a grandchild, all of which ignore SIGTERM.
CHILD = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {STUBBORN!r}])"
FAMILY = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {CHILD!r}]); {STUBBORN}"

MakeService = Callable[..., Service]
Started = Callable[[], set[Process]]


@pytest.fixture
def make_service(tmp_path: Path) -> MakeService:
    """A service that runs Python code."""

    def make(
        code: str, *arguments: object, name: str = "service", ready: tuple[str, ...] = (), stop_seconds: float = 0.3
    ) -> Service:
        argv = [sys.executable, "-c", code, *map(str, arguments)]
        return Service(name, argv, dict(os.environ), tmp_path, stop_seconds, ready)

    return make


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    services = Services(tmp_path / "logs")
    yield services
    services.stop()


@pytest.fixture
def started() -> Started:
    """The running processes that the test has started."""
    before = descendants(os.getpid())
    return lambda: descendants(os.getpid()) - before


class TestReadiness:
    def test_it_waits_for_status_200(self, services: Services, make_service: MakeService) -> None:
        port = reserve_port()
        services.start(make_service(SERVER, port, ready=(f"http://127.0.0.1:{port}/200",)))
        services.wait_until_ready("service")

    def test_another_status_is_not_ready(
        self, services: Services, make_service: MakeService, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(services_module, "READY_SECONDS", 1.0)
        port = reserve_port()
        services.start(make_service(SERVER, port, ready=(f"http://127.0.0.1:{port}/503",)))
        with pytest.raises(DevStackError, match=r"^service is not ready after 1 s: .*/503: status 503 \(log: .*\)$"):
            services.wait_until_ready("service")

    def test_proxies_from_the_environment_are_ignored(
        self, services: Services, make_service: MakeService, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
        port = reserve_port()
        services.start(make_service(SERVER, port, ready=(f"http://127.0.0.1:{port}/200",)))
        services.wait_until_ready("service")


class TestDeath:
    def test_during_the_wait_for_another(self, services: Services, make_service: MakeService) -> None:
        services.start(make_service(SERVER, reserve_port(), name="slow", ready=("http://127.0.0.1:1/",)))
        services.start(make_service("raise ValueError('of no use')", name="dead"))
        with pytest.raises(DevStackError) as death:
            services.wait_until_ready("slow")
        log = services.log("dead")
        assert str(death.value) == f"dead exited with status 1: ValueError: of no use (log: {log})"

    def test_with_status_0_too(self, services: Services, make_service: MakeService) -> None:
        services.start(make_service("print('bye')"))
        with pytest.raises(DevStackError, match="service exited with status 0: bye"):
            eventually(services.check)

    def test_by_a_signal(self, services: Services, make_service: MakeService) -> None:
        services.start(make_service("import time; time.sleep(60)"))
        services.check()
        services.send_signal("service", signal.SIGKILL)
        with pytest.raises(DevStackError, match="service exited with status 137"):
            eventually(services.check)

    def test_a_program_that_does_not_exist(self, services: Services, tmp_path: Path) -> None:
        services.start(Service("service", ["/nowhere/program"], {}, tmp_path))
        with pytest.raises(DevStackError, match="can't start /nowhere/program: No such file or directory"):
            eventually(services.check)

    def test_a_failing_task(self, services: Services, make_service: MakeService) -> None:
        with pytest.raises(DevStackError, match=r"^migration exited with status 3: the reason"):
            services.run_to_completion(make_service("import sys; print('the reason'); sys.exit(3)", name="migration"))

    def test_a_successful_task(self, services: Services, make_service: MakeService) -> None:
        services.run_to_completion(make_service("print('done')"))
        assert services.names == []
        assert services.log("service").read_text(encoding="utf-8") == "done\n"


class TestStop:
    def test_a_service_and_its_descendants(
        self, services: Services, make_service: MakeService, started: Started
    ) -> None:
        services.start(make_service(FAMILY))
        eventually(lambda: services.log("service").read_text(encoding="utf-8") == "up\nup\n")
        processes = started()
        assert len(processes) == 4  # the supervisor, the service, its child, its grandchild
        services.stop()
        assert none_alive(processes)
        services.check()

    def test_all_at_the_same_time(self, services: Services, make_service: MakeService) -> None:
        for number in range(3):
            services.start(make_service(STUBBORN, name=f"service-{number}", stop_seconds=2.0))
        eventually(lambda: all(services.log(name).read_text(encoding="utf-8") == "up\n" for name in services.names))
        began = time.monotonic()
        services.stop()
        assert time.monotonic() - began < 5  # one after the other, they would take 6 s

    def test_a_service_that_stops_last_outlives_the_others(
        self, services: Services, make_service: MakeService, tmp_path: Path
    ) -> None:
        may_end, pid = tmp_path / "may-end", tmp_path / "pid"
        services.start(replace(make_service(LOOKS_FOR, pid, name="gateway", stop_seconds=9.0), stops_last=True))
        services.start(make_service(WAITS_FOR, may_end, pid, name="api", stop_seconds=9.0))
        eventually(lambda: all(services.log(name).read_text(encoding="utf-8") == "up\n" for name in services.names))
        with ThreadPoolExecutor() as threads:
            stopping = threads.submit(services.stop)
            eventually(lambda: services.log("api").read_text(encoding="utf-8") == "up\nstopping\n")
            assert services.log("gateway").read_text(encoding="utf-8") == "up\n"
            may_end.touch()
            stopping.result()
        assert services.log("gateway").read_text(encoding="utf-8") == "up\ngone\n"

    def test_a_paused_service(self, services: Services, make_service: MakeService) -> None:
        services.start(make_service(POLITE))
        eventually(lambda: services.log("service").read_text(encoding="utf-8") == "up\n")
        services.send_signal("service", signal.SIGSTOP)
        services.stop()
        assert services.log("service").read_text(encoding="utf-8") == "up\nbye\n"

    def test_one_and_restart_it(self, services: Services, make_service: MakeService) -> None:
        port = reserve_port()
        services.start(make_service(SERVER, port, ready=(f"http://127.0.0.1:{port}/200",)))
        services.wait_until_ready("service")
        services.stop("service")
        services.check()
        services.restart("service")
        services.send_signal("service", signal.SIGKILL)
        services.restart("service")
        services.check()


class TestLogs:
    def test_the_previous_log_is_kept(self, services: Services, make_service: MakeService) -> None:
        for text in ("one", "two", "three"):
            services.run_to_completion(make_service(f"print('{text}')"))
        log = services.log("service")
        assert (log.read_text(encoding="utf-8"), log.with_suffix(".previous.log").read_text(encoding="utf-8")) == (
            "three\n",
            "two\n",
        )


class TestKilledOwner:
    OWNER = """
import sys
from pathlib import Path
from taskchat_dev_stack.processes.services import Service, Services
services = Services(Path(sys.argv[1]))
services.start(Service("service", [sys.executable, "-c", sys.argv[2]], {}, Path("/"), stop_seconds=0.3))
print("started", flush=True)
sys.stdin.read()
"""

    def test_no_service_is_left(self, start_program: StartProgram, tmp_path: Path) -> None:
        owner = start_program(sys.executable, "-c", self.OWNER, tmp_path, FAMILY)
        assert owner.next_line() == "started"
        eventually(lambda: (tmp_path / "service.log").read_text(encoding="utf-8") == "up\nup\n")
        processes = descendants(owner.pid)
        assert len(processes) == 5
        owner.kill()
        eventually(lambda: none_alive(processes))

    def test_no_service_is_left_when_its_supervisor_is_killed(self, tmp_path: Path) -> None:
        code = "print('up', flush=True); import time; time.sleep(60)"
        log = tmp_path / "log"
        with log.open("wb") as output:
            stop = [StopStage(signal.SIGTERM, 1)]
            process = SupervisedProcess([sys.executable, "-c", code], output=output, stop=stop)
        eventually(log.read_text)
        processes = descendants(process.pid)
        os.kill(process.pid, signal.SIGKILL)
        eventually(lambda: none_alive(processes))
        process.stop()
