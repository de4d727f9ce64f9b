"""`make dev` and the stack for tests, from start to stop, with the real services."""

import asyncio
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from support.model_server import Hold, ModelServer, Reply
from support.processes import ASCII_ONLY, Program, StartProgram, descendants, eventually, none_alive, programs
from taskchat_dev_stack.processes.ports import reserve_port
from taskchat_dev_stack.programs import SETTINGS
from taskchat_dev_stack.repository import ROOT

MAKE_DEV = [sys.executable, "-m", "taskchat_dev_stack", "--env-file", "/dev/null"]
SERVE = [sys.executable, "-m", "taskchat_dev_stack.serve", "--web", "none"]
NO_SETTINGS = dict.fromkeys(SETTINGS, "")
ALICE = {"name": "Alice", "email": "alice@example.com", "password": "correct horse battery"}

StartDev = Callable[..., Program]


@pytest.fixture
def start_dev(start_program: StartProgram, folder: Path) -> StartDev:
    """Starts `make dev` with its own port and data, ignoring the machine's settings."""

    def start(*before: str, **env: str) -> Program:
        return start_program(*before, *MAKE_DEV, **{**NO_SETTINGS, "TASKCHAT_DATA": str(folder), **env})

    return start


def ready(program: Program) -> str:
    """Wait until the program is ready; return the URL it prints."""
    for line in program.lines():
        if found := re.fullmatch(r"Taskchat is ready after \d+ s:  (\S+)", line):
            return found[1]
    raise AssertionError(program.communicate()[1])


def errors_of(program: Program) -> list[str]:
    """Wait until the program fails; return its standard error."""
    assert program.wait(60) == 1  # before communicate(), which ends its input and so stops it
    return program.communicate()[1].splitlines()


def sign_in(client: httpx.Client, path: str) -> None:
    """Sign Alice up or in, and get her tasks through the gateway with that session's token."""
    origin = {"origin": str(client.base_url).rstrip("/")}
    answer = client.post(f"/api/auth/{path}/email", json=ALICE, headers=origin)
    assert answer.status_code == 200, answer.text
    token = client.get("/api/auth/token").json()["token"]
    tasks = client.get(f"/api/{answer.json()['user']['id']}/tasks", headers={"authorization": f"Bearer {token}"})
    assert tasks.status_code == 200, tasks.text


def run_readme_commands(url: str) -> dict[str, object]:
    """Run the README's commands for a shell; return the assistant's answer."""
    blocks = (ROOT / "README.md").read_text(encoding="utf-8").split("```\n")
    [commands] = [block for block in blocks if "Idempotency-Key" in block and block.startswith("origin=")]
    commands = commands.replace("http://localhost:3000", url)
    done = subprocess.run(["sh", "-c", commands], stdout=subprocess.PIPE, encoding="utf-8", check=True)
    answer: dict[str, object] = json.loads(done.stdout)
    return answer


class TestMakeDev:
    """A stack that is stopped, then killed, then started by a make that is killed."""

    def test_start_stop_and_start_again(self, start_dev: StartDev) -> None:
        port = str(reserve_port())
        first = start_dev(PORT=port)
        url = ready(first)
        assert url == f"http://localhost:{port}"
        with httpx.Client(base_url=url, trust_env=False) as client:
            assert "<html" in client.get("/", headers={"accept": "text/html"}).text
            sign_in(client, "sign-up")
        assert "Added" in str(run_readme_commands(url)["response"])
        self._refuses_a_second_one(first, start_dev(PORT=port), url)

        processes = descendants(first.pid)
        began = time.monotonic()
        first.terminate()
        assert "stopping" in first.lines()
        first.send_signal(signal.SIGINT)  # further signals are ignored
        first.terminate()
        assert first.wait(60) == 0
        assert time.monotonic() - began < 5
        assert none_alive(processes)

        second = start_dev(PORT=port, **ASCII_ONLY)
        with httpx.Client(base_url=ready(second), trust_env=False) as client:
            sign_in(client, "sign-in")
        assert "Added" in str(run_readme_commands(url)["response"])
        processes = descendants(second.pid)
        second.kill()
        second.wait()

        third = start_dev(
            "sh", "-c", '"$@" & wait', "sh", PORT=port, MAKELEVEL="1"
        )  # it waits for the killed stack's services
        with httpx.Client(base_url=ready(third), trust_env=False) as client:
            sign_in(client, "sign-in")
        assert none_alive(processes)
        processes = descendants(third.pid)
        third.kill()
        eventually(lambda: none_alive(processes))

    def _refuses_a_second_one(self, first: Program, second: Program, url: str) -> None:
        [error] = errors_of(second)
        assert re.fullmatch(rf"error: Taskchat is already running with \S+: {url} \(process {first.pid}\)\. .*", error)


class TestTurnUnderWay:
    """A turn that is running when the stack is stopped."""

    @pytest.fixture
    def model(self) -> Iterator[ModelServer]:
        with ModelServer() as model:
            yield model

    @pytest.mark.parametrize(("number", "hot"), [(signal.SIGINT, "0"), (signal.SIGTERM, "1")], ids=["built", "hot"])
    async def test_gets_its_answer_through_the_origin(
        self, start_dev: StartDev, model: ModelServer, number: signal.Signals, hot: str
    ) -> None:
        held = Hold(Reply("done"))
        model.script(held)
        env = {"OPENAI_BASE_URL": model.base_url, "SHUTDOWN_GRACE_SECONDS": "60", "HOT": hot}
        program = start_dev(PORT=str(reserve_port()), **env)
        url = ready(program)
        processes = descendants(program.pid)
        [api] = programs(program.pid, "taskchat")
        api_port = int(api.argv[api.argv.index("--port") + 1])
        async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=60) as client:
            answer = await client.post("/api/auth/sign-up/email", json=ALICE, headers={"origin": url})
            token = (await client.get("/api/auth/token")).json()["token"]
            turn = asyncio.create_task(
                client.post(
                    f"/api/{answer.json()['user']['id']}/chat",
                    json={"message": "hello"},
                    headers={"authorization": f"Bearer {token}"},
                )
            )
            await held.arrival()
            program.send_signal(number)
            await asyncio.to_thread(
                eventually, lambda: not listens(api_port), 60
            )  # the api is stopping, and finishes the turn
            held.release()
            answered = await turn
        assert (answered.status_code, answered.json()["response"]) == (200, "done")
        assert await asyncio.to_thread(program.wait, 90) == 0
        assert none_alive(processes)


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class TestProxies:
    @pytest.mark.parametrize("proxy", ["socks://127.0.0.1:1", "nonsense:::"])
    def test_a_proxy_that_nobody_needs_stops_nothing(self, start_dev: StartDev, proxy: str) -> None:
        kinds = ("all_proxy", "http_proxy", "https_proxy")
        proxies = {name: proxy for kind in kinds for name in (kind, kind.upper())}
        url = ready(start_dev(PORT=str(reserve_port()), NODE_USE_ENV_PROXY="1", **proxies))
        with httpx.Client(base_url=url, trust_env=False, timeout=30) as client:
            assert client.get("/api/health").json()["status"] == "ok"
            sign_in(client, "sign-up")

    def test_one_that_the_model_needs_is_named(self, start_dev: StartDev) -> None:
        *_, error = errors_of(
            start_dev(PORT=str(reserve_port()), OPENAI_API_KEY="key", ALL_PROXY="socks://127.0.0.1:1")
        )
        assert "ALL_PROXY: SOCKS proxies can't be used; set HTTPS_PROXY to an HTTP proxy" in error


class TestRefusals:
    def test_a_port_in_use(self, start_dev: StartDev, folder: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
            [error] = errors_of(start_dev(PORT=str(port)))
        assert error == (f"error: port {port} is in use. Stop its program, or choose another port: PORT={port + 1}")
        assert not (folder / "postgres").exists()

    @pytest.mark.skipif(not socket.has_ipv6, reason="the machine has no IPv6")
    def test_a_port_in_use_on_ipv6(self, start_dev: StartDev) -> None:
        with socket.create_server(("::1", 0), family=socket.AF_INET6) as listener:
            port = listener.getsockname()[1]
            [error] = errors_of(start_dev(PORT=str(port)))
        assert f"port {port} is in use" in error

    def test_an_unreachable_database(self, start_dev: StartDev, folder: Path) -> None:
        url = "postgresql://owner:secret@127.0.0.1:1/taskchat"
        [error] = errors_of(start_dev(PORT=str(reserve_port()), DATABASE_URL=url))
        assert (
            error == "error: DATABASE_URL: nothing listens at 127.0.0.1:1: start the database, or correct the address."
        )
        assert not (folder / "postgres").exists()

    def test_an_unreachable_database_of_a_service(self, start_dev: StartDev) -> None:
        names = ("AUTH", "API", "AUTH_MIGRATION", "API_MIGRATION")
        urls = {f"{name}_DATABASE_URL": "postgresql://role:secret@127.0.0.1:1/taskchat" for name in names}
        [error] = errors_of(start_dev(PORT=str(reserve_port()), **urls))
        assert error.startswith("error: AUTH_DATABASE_URL: nothing listens at 127.0.0.1:1:")

    def test_missing_urls_of_the_schema_owners(self, start_dev: StartDev) -> None:
        urls = {f"{name}_DATABASE_URL": "postgresql://role:secret@127.0.0.1:1/taskchat" for name in ("AUTH", "API")}
        [error] = errors_of(start_dev(PORT=str(reserve_port()), **urls))
        assert error.startswith("error: AUTH_MIGRATION_DATABASE_URL is missing. With AUTH_DATABASE_URL and")

    def test_an_invalid_setting(self, start_dev: StartDev) -> None:
        [error] = errors_of(start_dev(PORT="no number"))
        assert error == "error: PORT is 'no number', but must be a whole number from 1 to 65535."

    def test_an_unwritable_data_folder(self, start_dev: StartDev, folder: Path) -> None:
        (folder / "file").write_text("", encoding="utf-8")
        [error] = errors_of(start_dev(TASKCHAT_DATA=str(folder / "file")))
        assert error.startswith(f"error: can't write to {folder}/file: File exists.")


class TestServe:
    def test_a_service_that_dies_stops_the_stack(self, start_program: StartProgram) -> None:
        program = start_program(*SERVE)
        assert json.loads(program.next_line())["auth_url"]
        processes = descendants(program.pid)
        [auth] = programs(program.pid, "auth-service/src/main.ts")
        os.kill(auth.pid, signal.SIGKILL)
        *_, error = errors_of(program)
        assert re.match(r"error: auth exited with status 137: .* \(log: .*/logs/auth\.log\)$", error)
        assert none_alive(processes)

    def test_a_service_that_does_not_start(self, start_program: StartProgram) -> None:
        *_, error = errors_of(start_program(*SERVE, "--env", "TURNS_PER_MINUTE=many"))
        assert error.startswith("error: api exited with status 1: TURNS_PER_MINUTE:")
