"""Copies of the repository, with the changes that aren't committed yet and without what git ignores."""

import shutil
import subprocess
from pathlib import Path

from taskchat_dev_stack.repository import ROOT

GIT = ("git", "-c", "advice.detachedHead=false")


def copy_repository(folder: Path) -> None:
    """Copy the files, without git's history."""
    for name in _listed("ls-files", "--cached", "--others", "--exclude-standard"):
        target = folder / name
        if (ROOT / name).exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target)


def clone_repository(folder: Path) -> Path:
    """Clone the repository into a new folder, then apply the changes."""
    subprocess.run([*GIT, "clone", "--quiet", str(ROOT), str(folder)], check=True, capture_output=True)
    copy_repository(folder)
    for name in _listed("ls-files", "--deleted"):
        (folder / name).unlink(missing_ok=True)
    return folder


def _listed(*arguments: str) -> list[str]:
    command = [*GIT, "-C", str(ROOT), *arguments, "-z"]
    done = subprocess.run(command, check=True, capture_output=True, encoding="utf-8")
    return [name for name in done.stdout.split("\0") if name]
