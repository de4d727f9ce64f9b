"""docs/without-containers.md and docs/neon.md, typed by somebody whose machine finds an old Node first.

Local servers stand in for Debian's Postgres and for Neon; Neon's has TLS and an owner without superuser rights.
"""

import asyncio
import os
import re
import shlex
import shutil
import stat
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import asyncpg
import httpx
import pytest

from support.certificates import CertificateAuthority
from support.documents import commands, newcomers_environment, type_commands
from support.processes import eventually
from support.repository import clone_repository
from support.system_postgres import PlainPostgres, SystemPrograms, TlsPostgres
from taskchat_dev_stack.processes.files import make_folder
from taskchat_dev_stack.processes.ports import HOST, reserve_port

UNITS, NEON = "docs/without-containers.md", "docs/neon.md"
ORIGIN = "https://tasks.example.com"
NEONS_URL = (
    "postgresql://neondb_owner:npg_…@ep-cool-name-123456-pooler.eu-central-1.aws.neon.tech/neondb"
    "?sslmode=require&channel_binding=require"
)
ACCOUNT = {"name": "Ada", "email": "ada@example.com", "password": str(uuid4())}


@dataclass(frozen=True)
class Machine:
    """A newcomer's machine.

    Attributes:
        environment: of its shell.
        clone: where /opt/taskchat is.
        places: the absolute paths of the documents, and where they are.
        ports: for each default port, a free one.
    """

    environment: dict[str, str]
    clone: Path
    places: dict[str, str]
    ports: dict[str, int]

    def type(self, *names: str, **placeholders: str) -> str:
        """Type code blocks into one shell, in the clone."""
        text = "\n".join(commands(name) for name in names)
        for placeholder, value in {**self.places, **placeholders}.items():
            text = text.replace(placeholder, value)
        return type_commands(text, self.clone, self.environment)

    def url(self, port: str, path: str) -> str:
        return f"http://{HOST}:{self.ports[port]}{path}"


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Machine:
    """A machine on which the first section of docs/without-containers.md has been typed."""
    folder = tmp_path_factory.mktemp("machine")
    old_node = make_folder(folder / "old-node")
    for name in ("node", "npm", "npx"):
        (old_node / name).write_text("#!/bin/sh\necho v20.0.0\n", encoding="utf-8")
        (old_node / name).chmod(0o755)
    ports = {"3001": reserve_port(), "8000": reserve_port(), "8079": reserve_port(), "8080": reserve_port()}
    environment = newcomers_environment(
        AUTH_LISTEN_ADDRESS=f"{HOST}:{ports['3001']}",
        UVICORN_PORT=str(ports["8000"]),
    )
    environment["PATH"] = f"{old_node}{os.pathsep}{environment['PATH']}"
    places = {name: str(folder / name[1:]) for name in ("/opt/taskchat", "/etc/taskchat", "/var/lib/taskchat-backup")}
    places |= {f"127.0.0.1:{port}": f"{HOST}:{ports[port]}" for port in ("3001", "8000")}
    for place in ("opt", "etc", "var/lib/taskchat-backup"):
        (folder / place).mkdir(parents=True)
    machine = Machine(environment, folder / "opt/taskchat", places, ports)

    source = clone_repository(folder / "source")
    git = ("git", "-C", str(source), "-c", "user.name=Test", "-c", "user.email=test@example.com")
    subprocess.run([*git, "add", "--all"], check=True)
    subprocess.run([*git, "commit", "--quiet", "--allow-empty", "--message", "Commit the changes"], check=True)
    text = commands(f"{UNITS}#1-install-the-programs-and-build-the-pages-1")
    text = text.replace("ADDRESS-OF-THIS-REPOSITORY", str(source)).replace("/opt/taskchat", str(machine.clone))
    type_commands(text, folder, environment)
    return machine


@contextmanager
def running(
    machine: Machine, programs: Mapping[str, tuple[Sequence[str], Mapping[str, str]]], *addresses: str
) -> Iterator[None]:
    """Run programs, each a command line with its environment, until these addresses answer 200."""
    with ExitStack() as stack:
        started = {}
        for name, (argv, environment) in programs.items():
            log = stack.enter_context((machine.clone / f"{name}.log").open("wb"))
            process = subprocess.Popen(argv, cwd=machine.clone, env=dict(environment), stdout=log, stderr=log)
            stack.callback(process.wait)
            stack.callback(process.terminate)
            started[name] = process

        def all_answer() -> bool:
            ended = [name for name, process in started.items() if process.poll() is not None]
            assert ended == [], (machine.clone / f"{ended[0]}.log").read_text(encoding="utf-8")
            return all(answers(address) for address in addresses)

        eventually(all_answer, 60)
        yield


def answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=30, trust_env=False).status_code == httpx.codes.OK
    except httpx.TransportError:
        return False


class TlsProxy(httpx.HTTPTransport):
    """A proxy that terminates TLS for the public name, and passes on to a local port."""

    def __init__(self, port: int) -> None:
        super().__init__()
        self._port = port

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url.copy_with(scheme="http", host=HOST, port=self._port)
        there = httpx.Request(request.method, url, headers=request.headers, stream=request.stream)
        return super().handle_request(there)


def person(port: int) -> httpx.Client:
    return httpx.Client(transport=TlsProxy(port), base_url=ORIGIN, headers={"origin": ORIGIN}, timeout=60)


class TestUnits:
    def test_systemd_finds_no_mistake(self, machine: Machine, tmp_path: Path) -> None:
        analyze = shutil.which("systemd-analyze")
        if analyze is None:
            pytest.skip("needs systemd-analyze")
        folder = Path(shutil.copytree(machine.clone / "systemd", tmp_path / "units"))
        units = sorted(folder.glob("*.service"))
        for file in (*units, *folder.glob("*/*.conf")):
            file.write_text(
                file.read_text(encoding="utf-8").replace("/opt/taskchat", str(machine.clone)), encoding="utf-8"
            )
        environment = {**machine.environment, "SYSTEMD_UNIT_PATH": f"{folder}:"}
        for unit in units:
            checked = subprocess.run([analyze, "verify", unit], env=environment, capture_output=True, encoding="utf-8")
            assert (checked.returncode, checked.stderr) == (0, "")
            security = [analyze, "security", "--offline=true", "--threshold=20", str(unit)]
            assert subprocess.run(security, env=environment, capture_output=True).returncode == 0, unit

    def test_the_units_run_what_the_document_prepares(
        self, machine: Machine, folder: Path, programs: SystemPrograms
    ) -> None:
        with PlainPostgres(make_folder(folder / "debians", 0o711), programs.postgres.parent) as postgres:
            as_superuser = {"PGHOST": HOST, "PGPORT": str(postgres.port), "PGUSER": "postgres"}
            machine.environment.update(as_superuser, PGPASSWORD=postgres.password)
            type_commands("psql -X -d postgres -c 'drop database taskchat'", machine.clone, machine.environment)
            public = {"127.0.0.1:5432": f"{HOST}:{postgres.port}", "PGPORT=5432": f"PGPORT={postgres.port}"}
            gateway = {"SITE_ADDRESS=$PUBLIC_URL": f"SITE_ADDRESS=http://:{machine.ports['8080']}"}
            if os.getuid() != 0:
                public["runuser -u postgres -- "] = ""
            blocks = f"{UNITS}#2-create-the-database-1", f"{UNITS}#3-write-the-settings-1"
            machine.type(*blocks, **public, **gateway)
            for name in ("PGHOST", "PGPORT", "PGUSER", "PGPASSWORD"):
                del machine.environment[name]
            etc = Path(machine.places["/etc/taskchat"])
            modes = {stat.filemode(path.stat().st_mode) for path in etc.iterdir()}
            assert (stat.filemode(etc.stat().st_mode), modes) == ("drwx------", {"-rw-------"})

            migrate(machine)
            services = {name: unit(machine, name) for name in ("auth-service", "api", "gateway")}
            programs_of = {name: (argv[0], environment) for name, (argv, environment) in services.items()}
            ready = [machine.url("3001", "/readyz"), machine.url("8000", "/readyz"), machine.url("8079", "/")]
            with running(machine, programs_of, *ready), person(machine.ports["8080"]) as ada:
                assert '<div id="root">' in ada.get("/", headers={"accept": "text/html"}).text
                assert ada.get("/").headers["content-security-policy"].startswith("default-src 'none'")
                user_id = ada.post("/api/auth/sign-up/email", json=ACCOUNT).json()["user"]["id"]
                ada.headers["authorization"] = f"Bearer {ada.get('/api/auth/token').json()['token']}"
                said = {"message": "add milk"}, {"idempotency-key": "1"}
                answer = ada.post(f"/api/{user_id}/chat", json=said[0], headers=said[1])
                assert answer.json()["tool_calls"][0]["result"]["title"] == "milk"

                machine.type(f"{UNITS}#backup-1")
                [backup] = Path(machine.places["/var/lib/taskchat-backup"]).iterdir()
                for task in ada.get(f"/api/{user_id}/tasks").json()["items"]:
                    assert ada.delete(f"/api/{user_id}/tasks/{task['id']}").is_success
                machine.type(f"{UNITS}#restore-2", **{"scheduled-20261130T031500Z.dump": backup.name})
                migrate(machine)
                tasks = ada.get(f"/api/{user_id}/tasks").json()["items"]
                assert [task["title"] for task in tasks] == ["milk"]


def migrate(machine: Machine) -> None:
    """Do what `systemctl start taskchat-migrations` does."""
    argvs, environment = unit(machine, "migrations")
    for argv in argvs:
        done = subprocess.run(argv, cwd=machine.clone, env=environment, capture_output=True, encoding="utf-8")
        assert done.returncode == 0, done.stderr


def unit(machine: Machine, name: str) -> tuple[list[list[str]], dict[str, str]]:
    """Return the command lines of a unit, and the environment that systemd would give them."""
    folder = machine.clone / "systemd"
    files = (folder / "taskchat-.service.d/hardening.conf", folder / f"taskchat-{name}.service")
    text = "\n".join(file.read_text(encoding="utf-8") for file in files)
    for place, there in machine.places.items():
        text = text.replace(place, there)
    text = text.replace("--port 8000", f"--port {machine.ports['8000']}")
    state = machine.clone.parent / f"state-of-{name}"
    text = text.replace(f"/var/lib/taskchat-{name}", str(state))
    # Ports that the units leave at their defaults.
    environment = {
        "AUTH_LISTEN_ADDRESS": f"{HOST}:{machine.ports['3001']}",
        "HEALTH_ADDRESS": f"{HOST}:{machine.ports['8079']}",
    }
    for kind, value in re.findall(r"^(Environment|EnvironmentFile)=(.*)$", text, re.MULTILINE):
        lines = shlex.split(value) if kind == "Environment" else shlex.split(Path(value).read_text(encoding="utf-8"))
        environment |= dict(line.split("=", 1) for line in lines)
    return [shlex.split(line) for line in re.findall(r"^ExecStart=(.*)$", text, re.MULTILINE)], environment


class TestNeon:
    async def test_the_commands_work_as_typed(
        self, machine: Machine, folder: Path, programs: SystemPrograms, authority: CertificateAuthority
    ) -> None:
        certificate = authority.sign("localhost")
        with TlsPostgres(make_folder(folder / "neons", 0o711), programs, certificate) as postgres:
            trust = f"sslrootcert={authority.file}"
            connection = await asyncpg.connect(postgres.url("localhost", sslmode="verify-full") + f"&{trust}")
            await connection.execute("create role neondb_owner login createrole password 's3cret'")
            await connection.execute("create database neondb owner neondb_owner")
            await connection.close()
            owner_url = f"postgresql://neondb_owner:s3cret@localhost:{postgres.port}/neondb?sslmode=verify-full&{trust}"
            await asyncio.to_thread(self._type, machine, owner_url)

    def _type(self, machine: Machine, owner_url: str) -> None:
        blocks = f"{NEON}#1-create-a-project-1", f"{NEON}#2-write-the-settings-1", f"{NEON}#3-prepare-the-database-1"
        machine.type(*blocks, **{NEONS_URL: owner_url})
        for name in ("owner.env", "services.env"):
            assert stat.filemode((machine.clone / name).stat().st_mode) == "-rw-------"

        services = {
            "auth": (shell(commands(f"{NEON}#4-start-the-services-1")), machine.environment),
            "api": (shell(commands(f"{NEON}#4-start-the-services-2")), machine.environment),
        }
        ready = [machine.url("3001", "/readyz"), machine.url("8000", "/readyz")]
        with httpx.Client(base_url=machine.url("3001", ""), headers={"origin": ORIGIN}, trust_env=False) as auth:
            with running(machine, services, *ready):
                assert "failed" not in machine.type(f"{NEON}#4-start-the-services-3")
                auth.post("/api/auth/sign-up/email", json=ACCOUNT).raise_for_status()
                machine.type(f"{NEON}#backup-1")
                later = {**ACCOUNT, "email": "after-the-backup@example.com"}
                auth.post("/api/auth/sign-up/email", json=later).raise_for_status()
            machine.type(f"{NEON}#restore-1")
            with running(machine, services, *ready):
                auth.post("/api/auth/sign-in/email", json=ACCOUNT).raise_for_status()
                assert auth.post("/api/auth/sign-in/email", json=later).status_code == httpx.codes.UNAUTHORIZED


def shell(text: str) -> list[str]:
    """Return a shell that types this. A signal to it reaches the service, which is its last command."""
    return ["bash", "--noprofile", "--norc", "-e", "-c", re.sub(r"(?m)^(node|python) ", r"exec \1 ", text)]
