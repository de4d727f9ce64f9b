"""What the tests of the stack share."""

import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from support.processes import Program, StartProgram
from taskchat_dev_stack.postgres import EmbeddedPostgres
from taskchat_dev_stack.postgres.data_folder import temporary_folder


@pytest.fixture(scope="session")
def postgres() -> Iterator[EmbeddedPostgres]:
    """A server for tests that make databases of their own in it."""
    with EmbeddedPostgres(durable=False) as postgres:
        yield postgres


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that every account can reach; pytest's own are for their owner only."""
    with temporary_folder() as folder:
        yield folder


@pytest.fixture(scope="session")
def _made_once() -> Iterator[Path]:
    with temporary_folder() as made:
        with EmbeddedPostgres(made, durable=False):
            pass
        yield made


@pytest.fixture
def data(_made_once: Path, folder: Path) -> Path:
    """The data of a server that was started and stopped: a copy, since making one takes a second."""
    subprocess.run(["cp", "-a", f"{_made_once}/.", folder], check=True)
    return folder


@pytest.fixture
def start_program() -> Iterator[StartProgram]:
    with ExitStack() as ending:

        def start(*argv: str | Path, **env: str) -> Program:
            program = ending.enter_context(Program(*argv, **env))
            ending.callback(program.kill)
            return program

        yield start
