"""The system's PostgreSQL, with TLS, and PgBouncer; the packages from PyPI lack TLS."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.certificates import CertificateAuthority
from support.system_postgres import SystemPrograms, TlsPostgres, find_system_programs
from taskchat_dev_stack.postgres.data_folder import temporary_folder
from taskchat_dev_stack.processes.files import make_folder

HOW_TO_INSTALL = "needs PostgreSQL with TLS and PgBouncer: sudo apt-get install postgresql pgbouncer"


@pytest.fixture(scope="session")
def programs() -> SystemPrograms:
    found = find_system_programs()
    if found is None and os.environ.get("CI"):
        pytest.fail(HOW_TO_INSTALL, pytrace=False)
    if found is None:
        pytest.skip(HOW_TO_INSTALL)
    return found


@pytest.fixture(scope="session")
def folder() -> Iterator[Path]:
    with temporary_folder() as folder:
        yield folder


@pytest.fixture(scope="session")
def authority(folder: Path) -> CertificateAuthority:
    return CertificateAuthority(make_folder(folder / "certificates", 0o755))


@pytest.fixture(scope="session")
def server(programs: SystemPrograms, folder: Path, authority: CertificateAuthority) -> Iterator[TlsPostgres]:
    """A server with a certificate for `localhost` only."""
    with TlsPostgres(make_folder(folder / "postgres", 0o711), programs, authority.sign("localhost")) as server:
        yield server
