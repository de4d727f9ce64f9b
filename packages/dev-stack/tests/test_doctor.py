"""`make doctor` on setups with one fault: it says how to fix that one."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread

import asyncpg
import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from support.http_server import HttpServer
from support.model_server import Call as ModelCall
from support.model_server import ModelServer
from support.model_server import Reply as ModelReply
from support.processes import StartProgram
from taskchat.database.url import url_for_role
from taskchat.doctor import examine
from taskchat.findings import Finding, Report, parse_finding
from taskchat.settings import Settings
from taskchat_dev_stack.doctor import Options, _examine_gateway, _process, _watch, examine_all
from taskchat_dev_stack.processes.files import file_lock
from taskchat_dev_stack.processes.ports import reserve_port
from taskchat_dev_stack.programs import SETTINGS
from taskchat_dev_stack.repository import ROOT
from taskchat_dev_stack.running import LOCK
from taskchat_dev_stack.settings import StackSettings
from taskchat_dev_stack.stack import Stack

SECRET = "only-for-tests-only-for-tests-only-for-tests"
AUDIENCE = "chat-api"


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    """Both services. auth-service trusts no proxy on this machine."""
    env = {"TRUSTED_PROXIES": "192.0.2.1"}
    with Stack(StackSettings(web=None, better_auth_secret=SECRET, env=env)) as stack:
        yield stack


@pytest.fixture
def environment(stack: Stack) -> dict[str, str]:
    """The settings of a working deployment."""
    admin_url = stack.database.admin_url
    assert admin_url is not None
    auth, api = (
        url_for_role(admin_url, role, (stack.data / "secrets" / f"{role}_password").read_text(encoding="utf-8"))
        for role in ("auth_service", "chat_api")
    )
    return {
        "AUTH_DATABASE_URL": auth,
        "API_DATABASE_URL": api,
        "BETTER_AUTH_SECRET": SECRET,
        "PUBLIC_URL": stack.addresses.auth_url,  # there is no gateway
        "JWT_ISSUER": stack.addresses.public_url,
        "JWKS_URL": f"{stack.addresses.auth_url}/api/auth/jwks",
    }


def doctor(environment: dict[str, str], *options: str) -> tuple[int, list[str]]:
    """Run `make doctor`; return its exit status and the lines marked failed."""
    command = [sys.executable, "-m", "taskchat_dev_stack.doctor", "--env-file", "/nowhere/.env", *options]
    done = run(command, environment)
    assert done.stderr == ""
    return done.returncode, [line for line in done.stdout.splitlines() if line.startswith("failed")]


def problems_of_api(environment: dict[str, str]) -> list[str]:
    """Run the api's doctor on these settings; return the messages marked failed."""
    settings = Settings.model_validate({name.lower(): value for name, value in environment.items()})

    findings: list[Finding] = []

    async def run() -> None:
        token: asyncio.Future[str | None] = asyncio.get_running_loop().create_future()
        token.set_result(None)
        await examine(settings, token, findings.append)

    asyncio.run(run())
    return [finding.message for finding in findings if finding.status == "failed"]


def problems_of_auth_service(environment: dict[str, str]) -> list[str]:
    """Run auth-service's doctor on these settings; return the messages marked failed."""
    done = run(["node", "auth-service/src/commands/doctor.ts", "--json"], environment)
    findings = [parse_finding(line) for line in done.stdout.splitlines()]
    failed = [finding.message for finding in findings if finding is not None and finding.status == "failed"]
    assert (done.returncode, None in findings) == (int(bool(failed)), False), done.stderr
    return failed


def run(command: list[str], environment: dict[str, str], told: str = "") -> subprocess.CompletedProcess[str]:
    inherited = {name: value for name, value in os.environ.items() if name not in SETTINGS}
    return subprocess.run(
        command,
        input=told,
        env={**inherited, "NODE_COMPILE_CACHE": str(ROOT / "node_modules/.cache/node-compile"), **environment},
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )


def execute(stack: Stack, *statements: str) -> None:
    async def run() -> None:
        connection = await asyncpg.connect(stack.database.admin_url)
        for statement in statements:
            await connection.execute(statement)
        await connection.close()

    asyncio.run(run())


@contextmanager
def damaged(stack: Stack, damage: str, repair: str) -> Iterator[None]:
    """Damage the database and repair it at the end."""
    execute(stack, damage)
    try:
        yield
    finally:
        execute(stack, repair)


@contextmanager
def answering(status: int, body: str = "") -> Iterator[str]:
    """A server that answers all requests alike."""

    def answer(_request: Request) -> Response:
        return Response(body, status)

    with HttpServer(Starlette(routes=[Route("/{path:path}", answer, methods=["GET", "POST"])])) as server:
        yield server.url


@contextmanager
def gateway_to(url: str) -> Iterator[str]:
    """A proxy that sends X-Forwarded-For."""

    async def forward(request: Request) -> Response:
        async with httpx.AsyncClient() as client:
            answer = await client.get(url + request.url.path, headers={"x-forwarded-for": "198.51.100.7"})
        return Response(answer.content, answer.status_code, answer.headers)

    with HttpServer(Starlette(routes=[Route("/{path:path}", forward)])) as server:
        yield server.url


def test_a_working_deployment(environment: dict[str, str]) -> None:
    assert doctor(environment) == (0, [])


class TestSettings:
    """Each service's doctor finds what is wrong with its own settings."""

    @pytest.mark.parametrize(
        ("name", "value", "complaint"),
        [
            (
                "API_DATABASE_URL",
                "postgresql://chat_api:pw@127.0.0.1:1/taskchat",
                "API_DATABASE_URL: nothing listens at",
            ),
            ("API_DATABASE_URL", "{AUTH_DATABASE_URL}", "can read accounts and sessions: connect as chat_api"),
            ("JWKS_URL", "http://127.0.0.1:1/api/auth/jwks", "JWKS_URL does not answer: start auth-service"),
            ("JWKS_URL", "{PUBLIC_URL}/api/auth/config", "JWKS_URL answers with something that is no key set"),
        ],
    )
    def test_of_the_api(self, environment: dict[str, str], name: str, value: str, complaint: str) -> None:
        [problem] = problems_of_api(environment | {name: value.format(**environment)})
        assert complaint in problem

    @pytest.mark.parametrize(
        ("name", "value", "complaint"),
        [
            ("AUTH_DATABASE_URL", "{AUTH_DATABASE_URL}-no", "AUTH_DATABASE_URL: there is no such database at"),
            ("AUTH_DATABASE_URL", "{AUTH_DATABASE_URL}?sslmode=require", "has no TLS: turn it on there, or add"),
            ("BETTER_AUTH_SECRET", "another-secret-another-secret-another", "was made with another BETTER_AUTH_SECRET"),
        ],
    )
    def test_of_auth_service(self, environment: dict[str, str], name: str, value: str, complaint: str) -> None:
        [problem] = problems_of_auth_service(environment | {name: value.format(**environment)})
        assert complaint in problem

    def test_both_services_problems_reach_the_doctor_of_the_stack(self, environment: dict[str, str]) -> None:
        unreachable = dict.fromkeys(("AUTH_DATABASE_URL", "API_DATABASE_URL"), "postgresql://u:pw@127.0.0.1:1/d")
        status, lines = doctor(environment | unreachable)
        assert (status, len(lines)) == (1, 2)
        assert all(any(f"{name}: nothing listens at" in line for line in lines) for name in unreachable)

    def test_a_problem_of_auth_service_is_not_one_of_the_api(self, environment: dict[str, str]) -> None:
        """The api's doctor, which reads the findings of auth-service's, fails with it."""
        problem = "the test email was not sent: give an email address, such as you@example.com"
        assert doctor(environment, "--mail", "nobody") == (1, [f"failed  auth-service: {problem}"])


class TestDatabase:
    """Each service's doctor finds what is wrong in the database."""

    @pytest.mark.parametrize(
        ("damage", "repair", "complaint"),
        [
            (
                "grant select on auth.account to chat_api",
                "revoke select on auth.account from chat_api",
                "can read accounts and sessions: connect as chat_api, or revoke what it was granted",
            ),
            (
                "grant create on schema public to chat_api",
                "revoke create on schema public from chat_api",
                "the role in API_DATABASE_URL can create objects in a schema or database: connect as chat_api, or run",
            ),
            (
                "grant chat_owner to chat_api",
                "revoke chat_owner from chat_api",
                "the role in API_DATABASE_URL is a member of another role",
            ),
            (
                "create table public.kept (); alter table public.kept owner to chat_api",
                "drop table public.kept",
                "the role in API_DATABASE_URL owns objects in the database",
            ),
            (
                'grant references (id) on auth."user" to chat_api',
                'revoke references (id) on auth."user" from chat_api',
                "the role in API_DATABASE_URL has more than SELECT, INSERT, UPDATE and DELETE on a table",
            ),
            (
                "revoke execute on all functions in schema chat from chat_api",
                "grant execute on all functions in schema chat to chat_api",
                "the role in API_DATABASE_URL lacks privileges in schema chat",
            ),
            (
                "update chat.alembic_version set version_num = 'old:' || version_num",
                "update chat.alembic_version set version_num = substr(version_num, 5)",
                "schema chat is not that of this version: run the migrations of the api",
            ),
        ],
    )
    def test_of_the_api(
        self, stack: Stack, environment: dict[str, str], damage: str, repair: str, complaint: str
    ) -> None:
        with damaged(stack, damage, repair):
            [problem] = problems_of_api(environment)
        assert complaint in problem

    @pytest.mark.parametrize(
        ("damage", "repair", "complaint"),
        [
            (
                "grant select on chat.task to auth_service",
                "revoke select on chat.task from auth_service",
                "the role in AUTH_DATABASE_URL can read conversations and tasks",
            ),
            (
                "alter role auth_service createrole",
                "alter role auth_service nocreaterole",
                "the role in AUTH_DATABASE_URL has the attributes of an administrator",
            ),
            (
                "grant auth_owner to auth_service",
                "revoke auth_owner from auth_service",
                "the role in AUTH_DATABASE_URL is a member of another role",
            ),
            (
                "create type public.kept as (id uuid); alter type public.kept owner to auth_service",
                "drop type public.kept",
                "the role in AUTH_DATABASE_URL owns objects in the database",
            ),
            (
                "grant create on schema auth to auth_service",
                "revoke create on schema auth from auth_service",
                "the role in AUTH_DATABASE_URL can create objects in a schema or database",
            ),
            (
                "grant trigger on auth.session to auth_service",
                "revoke trigger on auth.session from auth_service",
                "the role in AUTH_DATABASE_URL has more than SELECT, INSERT, UPDATE and DELETE on a table",
            ),
            (
                "alter table auth.verification rename to elsewhere",
                "alter table auth.elsewhere rename to verification",
                "schema auth is not that of this version: run the migrations of auth-service",
            ),
            (
                "create table public.kept as table auth.jwks; delete from auth.jwks",
                "insert into auth.jwks select * from public.kept; drop table public.kept",
                "there is no signing key: run the migrations of auth-service",
            ),
        ],
    )
    def test_of_auth_service(
        self, stack: Stack, environment: dict[str, str], damage: str, repair: str, complaint: str
    ) -> None:
        with damaged(stack, damage, repair):
            [problem] = problems_of_auth_service(environment)
            # The api needs auth-service's keys, and nothing else of its schema.
            assert [problem for problem in problems_of_api(environment) if "JWKS_URL" not in problem] == []
        assert complaint in problem


@pytest.mark.parametrize(("setting", "other"), [("JWT_ISSUER", "https://other.example.com"), ("JWT_AUDIENCE", "other")])
def test_a_token_shows_that_the_services_disagree(environment: dict[str, str], setting: str, other: str) -> None:
    found = run(["node", "auth-service/src/commands/doctor.ts", "--json"], environment)
    command = [sys.executable, "-m", "taskchat.doctor", "--with", "-"]
    assert run(command, environment, found.stdout).returncode == 0
    done = run(command, environment | {setting: other}, found.stdout)
    [line] = [line for line in done.stdout.splitlines() if line.startswith("failed")]
    assert (done.returncode, f"the api expects {other}: set one {setting} for both" in line) == (1, True), line


def test_a_gateway_that_auth_service_does_not_trust(stack: Stack, environment: dict[str, str]) -> None:
    with gateway_to(stack.addresses.auth_url) as url:
        status, [line] = doctor(environment | {"PUBLIC_URL": url})
    assert (status, "Set TRUSTED_PROXIES to the gateway's address" in line) == (1, True), line


def test_a_model_that_refuses_the_key(environment: dict[str, str]) -> None:
    with answering(401, "{}") as url:
        model = {"OPENAI_BASE_URL": url, "OPENAI_API_KEY": "key-of-the-tests"}
        answers = [doctor(environment | model, *options) for options in ([], ["--ask-model"])]
    for status, [line] in answers:
        assert (status, "refuses OPENAI_API_KEY: set another key" in line) == (1, True), line
        assert "key-of-the-tests" not in line


def test_a_working_model(environment: dict[str, str]) -> None:
    with ModelServer() as model:
        model.script(ModelReply(calls=(ModelCall("list_tasks", {"status": "open"}),)), ModelReply("One."))
        assert doctor(environment | {"OPENAI_BASE_URL": model.base_url}, "--ask-model") == (0, [])
        model.assert_complete()


class TestMakeDev:
    def test_before_the_first_start(self, tmp_path: Path) -> None:
        """It looks at what it can, and leaves nothing."""
        environment = {"PORT": str(reserve_port()), "TASKCHAT_DATA": str(tmp_path / "data"), "OPENAI_MODEL": " "}
        assert doctor(environment) == (1, ["failed  api: OPENAI_MODEL: String should have at least 1 character"])
        assert list(tmp_path.iterdir()) == []

    def test_a_test_email_before_the_first_start(self, folder: Path) -> None:
        environment = {"PORT": str(reserve_port()), "TASKCHAT_DATA": str(folder)}
        assert doctor(environment, "--mail", "you@example.com") == (0, [])
        [mail] = (folder / "mail").iterdir()
        assert "To: you@example.com" in mail.read_text(encoding="utf-8")

    def test_an_endless_answer_on_its_port(self, folder: Path) -> None:
        with serving_bytes(ENDLESS) as port:
            assert_port_is_taken(port, folder)

    def test_another_taskchat_on_its_port(self, stack: Stack, folder: Path) -> None:
        """For example one in containers."""
        with gateway_to(stack.addresses.auth_url) as url:
            assert_port_is_taken(int(url.rpartition(":")[2]), folder)

    def test_a_stopped_one(self, folder: Path) -> None:
        with Stack(StackSettings(web=None, data=folder)):
            pass
        # Files that a killed server may leave. The process id is now another program's.
        (folder / "postgres" / "postmaster.pid").write_bytes(b"%d\n\xff\n1\n5\n\n\n\nready\n" % os.getpid())
        assert doctor({"PORT": str(reserve_port()), "TASKCHAT_DATA": str(folder)}) == (0, [])

    def test_a_running_one_with_settings_of_another_shell(self, folder: Path) -> None:
        key = "key-of-the-other-shell"
        given = {"OPENAI_API_KEY": key, "OPENAI_MODEL": "theirs", "SHUTDOWN_GRACE_SECONDS": "1"}
        ours = {"PORT": str(reserve_port()), "TASKCHAT_DATA": str(folder), "SHUTDOWN_GRACE_SECONDS": "1"}
        with answering(401, "{}") as url:
            settings = StackSettings(web=None, data=folder, env={**given, **ours, "OPENAI_BASE_URL": url})
            with Stack(settings) as stack:
                lines = doctor_lines(ours)
                stored = {file: file.read_bytes() for file in folder.rglob("*") if file.is_file()}
                assert lines[0] == f"ok      make dev: running at {stack.addresses.public_url}"
        assert "started with other settings" in lines[1]
        assert ": OPENAI_API_KEY, OPENAI_BASE_URL, OPENAI_MODEL. Its own" in lines[1]
        assert [line for line in lines if line.startswith("failed")] == [
            "failed  api: the model's server refuses OPENAI_API_KEY: set another key"
        ]
        assert [file for file, content in stored.items() if key.encode() in content] == []

    def test_one_that_is_starting(self, folder: Path) -> None:
        with file_lock(folder / LOCK, "", "http://localhost:3000"):
            status, [line] = doctor({"TASKCHAT_DATA": str(folder)})
        assert (status, f"process {os.getpid()} is starting or stopping" in line) == (1, True), line

    def test_an_unreachable_database_of_the_user(self, folder: Path) -> None:
        url = "postgresql://owner:secret@127.0.0.1:1/taskchat"
        environment = {"PORT": str(reserve_port()), "TASKCHAT_DATA": str(folder), "DATABASE_URL": url}
        status, [line] = doctor(environment)
        assert (status, "DATABASE_URL: nothing listens at 127.0.0.1:1" in line) == (1, True), line

    @pytest.mark.parametrize("content", [b"OPENAI_MODEL=\xff\xfe\n", b"not a setting\n", None])
    def test_an_unreadable_env_file(self, tmp_path: Path, content: bytes | None) -> None:
        if content is None:
            (tmp_path / ".env").mkdir()
        else:
            (tmp_path / ".env").write_bytes(content)
        report = Report()
        examine_all(tmp_path / ".env", Options(), report)
        assert report.has_failed

    def test_a_data_folder_that_is_none(self, tmp_path: Path) -> None:
        (tmp_path / "data").write_text("", encoding="utf-8")
        status, [line] = doctor({"PORT": str(reserve_port()), "TASKCHAT_DATA": str(tmp_path / "data")})
        assert (status, f"can't write to {tmp_path / 'data'}" in line) == (1, True), line


def assert_port_is_taken(port: int, folder: Path) -> None:
    status, [line] = doctor({"PORT": str(port), "TASKCHAT_DATA": str(folder)})
    assert (status, f"port {port} is used by something other than this make dev" in line) == (1, True), line


def doctor_lines(environment: dict[str, str]) -> list[str]:
    """Run `make doctor`; return all its lines."""
    done = run([sys.executable, "-m", "taskchat_dev_stack.doctor", "--env-file", "/nowhere/.env"], environment)
    assert done.stderr == ""
    return done.stdout.splitlines()


ENDLESS = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n"
"""The start of an answer whose body never ends."""


@contextmanager
def serving_bytes(answer: bytes) -> Iterator[int]:
    """A server that answers each connection with these bytes and keeps it open; yields its port."""
    connections: list[socket.socket] = []

    def serve(listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                connections.append(listener.accept()[0])
                connections[-1].sendall(answer)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = Thread(target=serve, args=[listener])
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()
            for connection in connections:
                connection.close()


class TestServicesDoctors:
    """Whatever they do, it is one line, and the other one's findings are shown."""

    @pytest.mark.parametrize(
        ("program", "complaint"),
        [
            ("print('Welcome!')", "printed something other than its findings"),
            ("print('x' * 200_000)", "printed something other than its findings"),
            ("import sys; sys.exit('no disk')", "its doctor failed: no disk"),
            ("import os; os.kill(os.getpid(), 9)", "its doctor failed: status -9"),
            ("import time; time.sleep(600)", "took longer than 1 s and was stopped"),
        ],
        ids=["garbage", "a line without end", "a crash", "killed", "a hang"],
    )
    async def test_a_program_that_is_none(
        self, capsys: pytest.CaptureFixture[str], program: str, complaint: str
    ) -> None:
        report = Report()
        async with _process([sys.executable, "-c", program], dict(os.environ)) as process:
            await _watch("api", process, 1, report)
        [line] = capsys.readouterr().out.splitlines()
        assert line.startswith("failed  api: ")
        assert complaint in line

    def test_ctrl_c(self, environment: dict[str, str], start_program: StartProgram) -> None:
        with serving_bytes(b"") as port:
            hanging = {"JWKS_URL": f"http://127.0.0.1:{port}/api/auth/jwks"}
            command = [sys.executable, "-m", "taskchat_dev_stack.doctor", "--env-file", "/nowhere/.env"]
            program = start_program(*command, **{**dict.fromkeys(SETTINGS, ""), **environment, **hanging})
            assert program.next_line() != ""
            program.send_signal(signal.SIGINT)
            _, errors = program.communicate()
        assert (program.returncode, errors) == (130, "interrupted\n")


async def test_an_origin_that_leads_elsewhere(capsys: pytest.CaptureFixture[str]) -> None:
    for body in ("<html>", "null", "7"):
        with answering(200, body) as url:
            await _examine_gateway(url, Report())
        assert capsys.readouterr().out.startswith(f"failed  gateway: {url} leads to something other than auth-service")


@pytest.mark.parametrize(("arguments", "passed_on"), [([], False), (["MAIL=you@example.com"], True)])
def test_only_the_command_line_asks_for_a_test_email(arguments: list[str], passed_on: bool) -> None:
    """Many shells export MAIL, the path of their user's mailbox."""
    make = ["make", "--dry-run", "--no-print-directory", "doctor", *arguments]
    done = run(make, {"MAIL": "/var/mail/me"})
    assert ("--mail" in done.stdout, "--mail=you@example.com" in done.stdout) == (passed_on, passed_on), done.stdout
