"""Standard input, output and error in UTF-8."""

import io
import sys


def use_utf8() -> None:
    """Read and write UTF-8, whatever the locale says. Characters that can't be written are escaped."""
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # not one that a test has put there
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
