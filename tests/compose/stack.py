"""The stack of docker-compose.yml, in a clone, with its own project name and port."""

import fcntl
import json
import os
import secrets
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from support.documents import commands, type_commands
from taskchat_dev_stack.processes.ports import reserve_port
from taskchat_dev_stack.programs import SETTINGS

START_SECONDS = 300
SERVICES = ("db", "auth-service", "api", "gateway")
"""The services that keep running; the others are tasks that exit."""


class EngineMissing(Exception):
    """Docker is not running."""


class Stack:
    """Builds and starts everything, and removes all but the images at the end.

    Attributes:
        folder: the clone in which it runs.
        url: the one origin.
        build_seconds, start_seconds: what each took.
    """

    def __init__(self, folder: Path, *files: str) -> None:
        """Start nothing yet.

        Args:
            folder: a clone, whose .env is the stack's.
            files: compose files besides docker-compose.yml, as in COMPOSE_FILE of that .env.
        """
        self.folder = folder
        self.project = f"taskchat-test-{secrets.token_hex(4)}"
        self.port = reserve_port()
        self.url = f"http://localhost:{self.port}"
        inherited = {
            name: value
            for name, value in os.environ.items()
            if name not in SETTINGS and not name.startswith(("COMPOSE_", "BACKUP_"))
        }
        # A killed api's lease expires after the time allowed for a model call.
        settings = {"PORT": str(self.port), "TURNS_PER_MINUTE": "100000", "MODEL_TIMEOUT_SECONDS": "5"}
        settings |= {"REQUESTS_PER_MINUTE": "100000", "REQUESTS_AT_ONCE": "1000"}
        self.environment = {**inherited, **settings, "COMPOSE_ANSI": "never", "COMPOSE_PROGRESS": "quiet"}
        self.environment["COMPOSE_PROJECT_NAME"] = self.project
        options = [option for file in ("docker-compose.yml", *files) for option in ("-f", str(folder / file))]
        self.compose_options = [
            *("compose", "--project-directory", str(folder), "--project-name", self.project, *options)
        ]
        self.build_seconds = self.start_seconds = 0.0

    def compose(self, *arguments: str, check: bool = True) -> str:
        """Run a command of `docker compose` and return its output.

        Raises:
            RuntimeError: it failed.
        """
        return self.docker(*self.compose_options, *arguments, check=check)

    def docker(self, *arguments: str, check: bool = True) -> str:
        done = subprocess.run(["docker", *arguments], env=self.environment, capture_output=True, encoding="utf-8")
        if check and done.returncode != 0:
            raise RuntimeError(f"docker {' '.join(arguments)}: status {done.returncode}\n{done.stderr[-4000:]}")
        return done.stdout

    def run_block(self, name: str, placeholders: Mapping[str, str] | None = None) -> str:
        """Run a code block of a document in the clone, and return what it prints.

        Args:
            name: as `support.documents` names it.
            placeholders: texts to replace.
        """
        return type_commands(commands(name, placeholders), self.folder, self.environment)

    def up(self, *arguments: str) -> None:
        """Start the missing services and wait until all are healthy."""
        try:
            self.compose("up", "--detach", "--wait", "--wait-timeout", str(START_SECONDS), *arguments)
        except RuntimeError as error:
            raise RuntimeError(f"{error}\n{self.compose('logs', '--tail', '40', check=False)}") from None

    def containers(self, service: str) -> list[str]:
        """Return the ids of the service's running containers."""
        return self.compose("ps", "--quiet", "--status", "running", service).split()

    def inspect(self, container: str) -> dict[str, Any]:
        [found] = json.loads(self.docker("inspect", container))
        return dict(found)

    def log(self, service: str) -> list[dict[str, Any]]:
        """Return the JSON log lines of the service's containers, each container's oldest first."""
        lines = self.compose("logs", "--no-color", "--no-log-prefix", service).splitlines()
        objects = (line[line.find("{") :] for line in lines if "{" in line)  # some versions of compose add colour codes
        return [json.loads(text) for text in objects if text.endswith("}")]

    def sql(self, statement: str) -> list[str]:
        """Run a statement as the superuser, and return the rows as psql prints them."""
        psql = ("psql", "-XAtq", "-h", "/var/run/postgresql", "-U", "taskchat", "-c", statement)
        return self.compose("exec", "-T", "db", *psql).splitlines()

    @contextmanager
    def locked(self, table: str) -> Iterator[None]:
        """Lock everyone else out of the table."""
        psql = ("psql", "-XAtq", "-h", "/var/run/postgresql", "-U", "taskchat")
        [container] = self.containers("db")
        process = subprocess.Popen(
            ["docker", "exec", "-i", container, *psql],
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )
        assert process.stdin is not None
        assert process.stdout is not None
        with process:
            process.stdin.write(f"begin; lock table {table}; select 'locked';\n")
            process.stdin.flush()
            assert process.stdout.readline() == "locked\n"
            yield
            process.stdin.close()

    def __enter__(self) -> Self:
        if self.docker("info", "--format", "{{.ServerVersion}}", check=False).strip() == "":
            raise EngineMissing("No Docker engine answers: `docker info` fails. Start one, or set DOCKER_HOST.")
        try:
            with _build_lock():
                self.build_seconds = seconds(lambda: self.compose("build"))
            self.start_seconds = seconds(self.up)
        except BaseException:
            self.remove()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.remove()

    def remove(self) -> None:
        """Remove everything but the images and the folder."""
        self.compose("down", "--volumes", "--timeout", "5", "--remove-orphans")


@contextmanager
def _build_lock() -> Iterator[None]:
    """Wait while another process builds: some engines fail if two builds create the same image at the same time."""
    with (Path(tempfile.gettempdir()) / f"taskchat-images-{os.getuid()}.lock").open("w", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def seconds(work: Callable[[], object]) -> float:
    """Return how long the action took."""
    started = time.monotonic()
    work()
    return time.monotonic() - started
