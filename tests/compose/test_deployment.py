"""Taskchat on a public host, as docs/deploy.md sets it up: with its own Postgres, and with an external one."""

import asyncio
import shutil
import ssl
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import httpx

from compose.people import Person
from compose.stack import Stack
from support.certificates import CertificateAuthority
from support.processes import eventually
from support.report import Report
from support.repository import clone_repository
from taskchat_dev_stack.processes.ports import HOST, reserve_port

DEPLOY = "docs/deploy.md"
NAME = "tasks.local"
"""Caddy signs the certificates of such names itself."""
DATABASE_NAME = "db.example.com"
PLACEHOLDERS = {
    "https://tasks.example.com": f"https://{NAME}",
    "OPENAI_API_KEY=sk-…\n": "",
    "SMTP_URL='smtps://user:password@smtp.example.com:465'\n": "",
    "MAIL_FROM='Taskchat <taskchat@example.com>'\n": "",
}
NEONS_URL = "postgresql://neondb_owner:…@ep-…-pooler.….neon.tech/neondb?sslmode=require&channel_binding=require"


class PublicHost(Stack):
    """A stack in its own clone, with HTTPS on a free port instead of 443."""

    def __init__(self, folder: Path, file: str) -> None:
        super().__init__(clone_repository(folder), file, "ports.yml")
        self._file = file
        self.port = reserve_port()
        self.environment.pop("PORT")
        ports = f'["127.0.0.1:{self.port}:443", "127.0.0.1:{reserve_port()}:80"]'
        (folder / "ports.yml").write_text(f"services: {{gateway: {{ports: !override {ports}}}}}\n", encoding="utf-8")

    def write_settings(self, name: str, **placeholders: str) -> None:
        files = {f"docker-compose.yml:{self._file}": f"docker-compose.yml:{self._file}:ports.yml"}
        self.run_block(name, {**files, **PLACEHOLDERS, **placeholders})
        self.run_block(f"{DEPLOY}#on-one-host-2")

    def trust_certificates(self) -> None:
        """Trust only Caddy's authority, as soon as it exists."""
        container, file = self.containers("gateway")[0], "/data/caddy/pki/authorities/local/root.crt"
        eventually(lambda: is_success(self, "exec", container, "test", "-s", file), 30)
        self.run_block(f"{DEPLOY}#in-a-private-network-1")
        self.tls = ssl.create_default_context(cafile=self.folder / "taskchat-authority.crt")

    def client(self, cookies: httpx.Cookies | None = None) -> httpx.AsyncClient:
        """Return a client for the public name."""
        origin = f"https://{NAME}"
        return httpx.AsyncClient(
            transport=Resolved(self.port, self.tls),
            base_url=origin,
            timeout=120,
            headers={"origin": origin},
            cookies=cookies,
        )


class Resolved(httpx.AsyncHTTPTransport):
    """Connects to this machine, whatever the name in the URL, and verifies the certificate for that name."""

    def __init__(self, port: int, tls: ssl.SSLContext) -> None:
        super().__init__(verify=tls)
        self._port = port

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        there = httpx.Request(
            request.method,
            request.url.copy_with(host=HOST, port=self._port),
            headers=request.headers,
            stream=request.stream,
            extensions={**request.extensions, "sni_hostname": request.url.host},
        )
        return await super().handle_async_request(there)


async def certificate_of(person: Person) -> str:
    """Return the serial number of the certificate."""
    async with person.http.stream("GET", "/api/config") as answer:
        tls: ssl.SSLObject = answer.extensions["network_stream"].get_extra_info("ssl_object")
        return str((tls.getpeercert() or {})["serialNumber"])


async def assert_keeps(person: Person, token: str, key: str, answer: dict[str, object]) -> None:
    """The session, the token, the task, the conversation, and the stored answer."""
    await person.refresh()
    tasks = await person.http.get(f"/api/{person.id}/tasks", headers={"authorization": token})
    assert (tasks.status_code, [task["title"] for task in tasks.json()["items"]]) == (httpx.codes.OK, ["milk"])
    assert await person.chat("add milk", None, key) == answer
    export = await person.export()
    assert [task["title"] for task in export["tasks"]] == ["milk"]
    assert [(c["id"], len(c["messages"])) for c in export["conversations"]] == [(answer["conversation_id"], 2)]


@contextmanager
def public_host(folder: Path, file: str) -> Iterator[PublicHost]:
    host = PublicHost(folder, file)
    try:
        yield host
    finally:
        host.remove()


class TestOwnPostgres:
    async def test_it_survives_restarts_and_the_loss_of_every_volume(
        self, stack: Stack, tmp_path: Path, report: Report
    ) -> None:
        """`stack` has built the images."""
        with public_host(tmp_path / "taskchat", "compose.tls.yml") as host:
            host.write_settings(f"{DEPLOY}#on-one-host-1")
            assert stat.filemode((host.folder / ".env").stat().st_mode) == "-rw-------"
            await asyncio.to_thread(host.run_block, f"{DEPLOY}#on-one-host-3")
            [backup] = (host.folder / "backups").iterdir()
            assert "backup: wrote scheduled-" in host.compose("logs", "--no-log-prefix", "backup")
            await asyncio.to_thread(host.trust_certificates)
            async with host.client() as http:
                ada = Person(http)
                await ada.sign_up()
                key = str(uuid4())
                answer = await ada.chat("add milk", None, key)
                page = await http.get("/")
                assert page.headers["strict-transport-security"] == "max-age=31536000; includeSubDomains"
                certificate = await certificate_of(ada)

                await asyncio.to_thread(host.compose, "restart", "db", "auth-service", "api")
                await asyncio.to_thread(host.up, "--force-recreate", "gateway")
                assert await certificate_of(ada) == certificate
                await assert_keeps(ada, ada.authorization, key, answer)

            backup.unlink()
            await asyncio.to_thread(host.compose, "restart", "backup")  # which finds that one is due
            eventually(lambda: list((host.folder / "backups").glob("scheduled-*.dump")), 30)
            [backup] = (host.folder / "backups").glob("scheduled-*.dump")
            host.run_block(f"{DEPLOY}#backup-2")
            await asyncio.to_thread(host.compose, "down", "--volumes")

            host.run_block(f"{DEPLOY}#restore-1")
            restore = {"scheduled-20261130T031500Z.dump": backup.name}
            said = await asyncio.to_thread(host.run_block, f"{DEPLOY}#restore-3", restore)
            report.add("restore", ("what it printed",), next(line for line in said.splitlines() if "restored" in line))
            await asyncio.to_thread(host.trust_certificates)
            async with host.client(ada.http.cookies) as ada.http:
                await assert_keeps(ada, ada.authorization, key, answer)
                await ada.sign_in()


class TestExternalDatabase:
    async def test_people_chat_and_it_is_backed_up(self, stack: Stack, tmp_path: Path) -> None:
        """A Postgres with TLS, whose certificate a private authority has signed."""
        with public_host(tmp_path / "taskchat", "compose.production.yml") as host:
            authority = CertificateAuthority(tmp_path)
            shutil.copy(authority.file, host.folder / "ca.crt")
            url = f"postgresql://neondb_owner:s3cret@{DATABASE_NAME}/neondb?sslrootcert=/run/secrets/ca.crt"
            host.write_settings(f"{DEPLOY}#with-an-external-database-1", **{NEONS_URL: url})
            host.run_block(f"{DEPLOY}#secrets-2")
            host.compose("up", "--no-start", "--no-deps", "gateway")  # makes the network
            with external_postgres(host, *authority.sign(DATABASE_NAME)) as database:
                await asyncio.to_thread(host.run_block, f"{DEPLOY}#on-one-host-3")
                assert host.containers("backup") != []
                assert "db" not in host.compose("ps", "--services").split()
                await asyncio.to_thread(host.trust_certificates)
                async with host.client() as http:
                    ada = Person(http)
                    await ada.sign_up()
                    key = str(uuid4())
                    answer = await ada.chat("add milk", None, key)
                    await asyncio.to_thread(host.compose, "restart", "auth-service", "api", "gateway")
                    await asyncio.to_thread(host.up)
                    await assert_keeps(ada, ada.authorization, key, answer)

                    before = set((host.folder / "backups").iterdir())
                    listed = host.run_block(f"{DEPLOY}#backup-1")
                    [backup] = set((host.folder / "backups").iterdir()) - before
                    assert listed.count(backup.name) == 2  # by the backup and by ls
                    await ada.chat("add bread", None, str(uuid4()))
                    host.run_block(f"{DEPLOY}#restore-2")
                    restore = {"scheduled-20261130T031500Z.dump": backup.name}
                    await asyncio.to_thread(host.run_block, f"{DEPLOY}#restore-3", restore)
                    await assert_keeps(ada, ada.authorization, key, answer)
                over_tcp = "from pg_stat_ssl join pg_stat_activity using (pid) where client_port > 0"
                query = ("psql", "-XAtq", "-U", "postgres", "-c", f"select bool_and(ssl) {over_tcp}")
                assert host.docker("exec", database, *query) == "t\n"


@contextmanager
def external_postgres(host: Stack, certificate: Path, key: Path) -> Iterator[str]:
    """Run a database that is not part of the stack, and yield its container."""
    serve = (
        "install -o postgres -m 600 /key /var/lib/postgresql/key && exec docker-entrypoint.sh postgres "
        "-c ssl=on -c ssl_cert_file=/certificate -c ssl_key_file=/var/lib/postgresql/key"
    )
    network = ("--network", f"{host.project}_services", "--network-alias", DATABASE_NAME)
    files = ("--volume", f"{certificate}:/certificate:ro", "--volume", f"{key}:/key:ro")
    password = ("--env", "POSTGRES_PASSWORD=superuser")
    run = ("run", "--detach", "--rm", *network, *files, *password, "--entrypoint", "sh", "postgres:17", "-c", serve)
    container = host.docker(*run).strip()
    try:
        # Over TCP: during its initialization, it listens only on its socket.
        ready = ("exec", container, "pg_isready", "-q", "-h", "127.0.0.1")
        eventually(lambda: is_success(host, *ready), 60)
        for statement in (
            "create role neondb_owner login createrole password 's3cret'",
            "create database neondb owner neondb_owner",
        ):
            host.docker("exec", container, "psql", "-Xq", "-U", "postgres", "-c", statement)
        yield container
    finally:
        host.docker("rm", "--force", "--volumes", container)


def is_success(host: Stack, *command: str) -> bool:
    try:
        host.docker(*command)
    except RuntimeError:
        return False
    return True
