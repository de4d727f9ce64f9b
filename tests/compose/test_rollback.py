"""An update, the commands of "Roll back" in docs/deploy.md, and the update again, with Docker and git."""

import os
import re
import secrets
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio

from compose.people import Person
from support.documents import commands
from support.report import Report
from support.repository import copy_repository
from support.versions import make_newer
from taskchat_dev_stack.processes.ports import reserve_port
from taskchat_dev_stack.programs import SETTINGS

DEPLOY = "docs/deploy.md"
PSQL = ("exec", "-T", "db", "psql", "-XAtq", "-h", "/var/run/postgresql", "-U", "taskchat", "-c")
IMAGES = {
    "api": ("secrets", "bootstrap", "api-migrations", "api"),
    "auth-service": ("auth-migrations", "auth-service"),
    "gateway": ("gateway",),
}


def documented_commands() -> str:
    return commands(f"{DEPLOY}#roll-back-1")


class Host:
    """A machine with a clone of the repository and Docker.

    Attributes:
        older, newer: the tags of two releases.
    """

    def __init__(self, folder: Path) -> None:
        self.clone = folder / "clone"
        self.project = f"taskchat-test-{secrets.token_hex(4)}"
        port = reserve_port()
        self.url = f"http://localhost:{port}"
        # Use separate images, because another test may use those of docker-compose.yml.
        images = folder / "images.yml"
        named = ((service, f"{self.project}-{name}") for name, services in IMAGES.items() for service in services)
        images.write_text(
            "services:\n" + "".join(f"  {service}: {{ image: {image} }}\n" for service, image in named),
            encoding="utf-8",
        )
        inherited = {name: value for name, value in os.environ.items() if name not in SETTINGS}
        self.environment = inherited | {
            "COMPOSE_PROJECT_NAME": self.project,
            "COMPOSE_FILE": f"docker-compose.yml:{images}",
            "PORT": str(port),
        }
        tag = re.search(r"^git checkout (\S+)$", documented_commands(), re.MULTILINE)
        assert tag is not None
        self.older, self.newer = tag[1], "v999.0.0"
        self._images: set[str] = set()

    def release(self) -> None:
        """Tag this working tree as the older release, and one with more migrations as the newer."""
        copy_repository(self.clone)
        self.run(f"git init -q && {self._commit(self.older)}")
        make_newer(self.clone)
        self.run(self._commit(self.newer))

    def _commit(self, tag: str) -> str:
        author = "-c user.name=Test -c user.email=test@example.com -c commit.gpgsign=false"
        return f"git add --all && git {author} commit -qm {tag} && git tag {tag}"

    def run(self, commands: str) -> str:
        """Run commands as somebody types them into a shell."""
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", commands],
            cwd=self.clone,
            env=self.environment,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        assert done.returncode == 0, f"{commands}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}\n{self._logs()}"
        return done.stdout

    def deploy(self, tag: str) -> None:
        """Run the documented commands, with another tag."""
        commands = documented_commands()
        assert commands.count(self.older) == 1
        self.run(commands.replace(self.older, tag))
        self._images |= set(self.docker("image", "ls", "--quiet", "--filter", f"reference={self.project}-*").split())

    def compose(self, *arguments: str) -> str:
        return self.docker("compose", *arguments)

    def docker(self, *arguments: str) -> str:
        command = ["docker", *arguments]
        return subprocess.run(
            command, cwd=self.clone, env=self.environment, capture_output=True, encoding="utf-8", check=False
        ).stdout

    def sql(self, statement: str) -> list[str]:
        return self.compose(*PSQL, statement).splitlines()

    def said(self, task: str) -> str:
        logged = self.compose("logs", "--no-color", "--no-log-prefix", task)
        return re.sub(r"\x1b\[\d*[A-Z]", "", logged)  # some versions of compose clear the line

    def _logs(self) -> str:
        return self.compose("ps", "--all") + self.compose("logs", "--tail", "20")

    def remove(self) -> None:
        self.compose("down", "--volumes", "--timeout", "5", "--remove-orphans")
        for name in IMAGES:
            self.docker("image", "rm", f"{self.project}-{name}")
        # Those of the other release have lost their names. Another stack may use the same ones.
        used = set(self.docker("image", "ls", "--quiet", "--filter", "reference=taskchat-*").split())
        self.docker("image", "rm", *(self._images - used))


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    host = Host(tmp_path)
    host.clone.mkdir()
    if subprocess.run(["docker", "info"], capture_output=True, check=False).returncode != 0:
        pytest.fail("No Docker engine answers: `docker info` fails. Start one, or set DOCKER_HOST.", pytrace=False)
    host.release()
    yield host
    host.remove()


@pytest_asyncio.fixture
async def ada(host: Host) -> AsyncIterator[Person]:
    async with httpx.AsyncClient(base_url=host.url, timeout=120, trust_env=False, headers={"origin": host.url}) as http:
        yield Person(http)


async def titles(person: Person) -> list[str]:
    return [task["title"] for task in (await person.export())["tasks"]]


async def test_back_to_the_previous_release_and_forward_again(host: Host, ada: Person, report: Report) -> None:
    head = ("release", "what", "result")

    async def show(tag: str, seconds: float) -> None:
        report.add("rollback", head, tag, "deployed", f"in {seconds:.0f} s")
        for job in ("auth-migrations", "api-migrations"):
            report.add("rollback", head, "", job, " ".join(host.said(job).split()))
        report.add("rollback", head, "", "tasks", ", ".join(await titles(ada)))

    def deploy(tag: str) -> float:
        started = time.monotonic()
        host.deploy(tag)
        return time.monotonic() - started

    seconds = deploy(host.newer)
    await ada.sign_up()
    conversation = (await ada.chat("add milk", None, key=str(uuid4())))["conversation_id"]
    host.sql("update chat.task set note = 'the blue one'")
    await show(host.newer, seconds)

    seconds = deploy(host.older)
    assert "The database is ahead of this version, so nothing was done" in host.said("api-migrations")
    assert "nothing to do (from a newer version, or no longer used: badge, user.nickname)" in host.said(
        "auth-migrations"
    )
    await ada.sign_in()
    await ada.refresh()
    assert await titles(ada) == ["milk"]
    await ada.chat("add bread", conversation, key=str(uuid4()))
    await show(host.older, seconds)

    seconds = deploy(host.newer)
    await ada.refresh()  # still signed in
    assert await titles(ada) == ["milk", "bread"]
    await ada.chat("add eggs", conversation, key=str(uuid4()))
    messages = (await ada.request("GET", f"/conversations/{conversation}/messages")).json()["items"]
    assert [m["content"] for m in messages if m["role"] == "user"] == ["add milk", "add bread", "add eggs"]
    assert host.sql("select title, note from chat.task order by created_at")[0] == "milk|the blue one"
    await show(host.newer, seconds)
