"""Log files: one for each run of a program, and the one of the run before."""

import contextlib
from pathlib import Path
from typing import BinaryIO

from taskchat_dev_stack.data_folder import make_folder


def begin_log(log: Path) -> BinaryIO:
    """An empty log file for a program to write into; the one of the run before becomes `*.previous.log`."""
    make_folder(log.parent)
    with contextlib.suppress(FileNotFoundError):
        log.replace(log.with_suffix(".previous.log"))
    return log.open("wb")
