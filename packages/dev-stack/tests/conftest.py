"""Fixtures of dev-stack's tests."""

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
    """A server in which tests create their own databases."""
    with EmbeddedPostgres(durable=False) as postgres:
        yield postgres


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that every account can access; pytest's own are private."""
    with temporary_folder() as folder:
        yield folder


@pytest.fixture(scope="session")
def _stopped_server() -> Iterator[Path]:
    with temporary_folder() as folder:
        with EmbeddedPostgres(folder, durable=False):
            pass
        yield folder


@pytest.fixture
def data(_stopped_server: Path, folder: Path) -> Path:
    """The data of a stopped server: a copy, because creating one takes a second."""
    subprocess.run(["cp", "-a", f"{_stopped_server}/.", folder], check=True)
    return folder


@pytest.fixture
def start_program() -> Iterator[StartProgram]:
    with ExitStack() as ending:

        def start(*argv: str | Path, **env: str) -> Program:
            program = ending.enter_context(Program(*argv, **env))
            ending.callback(program.kill)
            return program

        yield start
