"""Log files: one for each run of a program, and the one of the run before."""

import contextlib
import os
from pathlib import Path
from typing import BinaryIO

from taskchat_dev_stack.data_folder import make_folder


def begin_log(log: Path) -> BinaryIO:
    """An empty log file for a program to write into, readable by us alone.

    The one of the run before becomes `*.previous.log`.
    """
    make_folder(log.parent)
    with contextlib.suppress(FileNotFoundError):
        log.replace(log.with_suffix(".previous.log"))
    return os.fdopen(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")
