"""Secrets that are made once and kept with the data, readable by us alone."""

import os
import secrets
from pathlib import Path

from taskchat_dev_stack.data_folder import make_folder


def write_secret(path: Path, secret: str) -> None:
    """Writes a new file that only we can read; it must not exist yet."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(secret)


def kept_secret(folder: Path, name: str) -> str:
    """The secret of this name, made when it is first asked for."""
    path = make_folder(folder) / name
    if not path.exists():
        unfinished = path.with_suffix(".unfinished")
        unfinished.unlink(missing_ok=True)
        write_secret(unfinished, secrets.token_urlsafe(32))
        unfinished.rename(path)
    return path.read_text()
