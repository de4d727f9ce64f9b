"""Log files of our services, and their lines made short enough for a terminal."""

import contextlib
import json
import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, BinaryIO

from taskchat_dev_stack.processes.files import make_folder

# The levels of pino, which auth-service logs with.
PINO_LEVELS = {10: "trace", 20: "debug", 30: "info", 40: "warning", 50: "error", 60: "fatal"}
CADDY_ACCESS_LOG = "http.log.access"
QUIET_LEVELS = {"trace", "debug", "info"}
CONTROL_CODES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|[\x00-\x08\x0b-\x1f\x7f]")


def open_log(log: Path) -> BinaryIO:
    """An empty log file for a program to write into, readable by us alone.

    The one of the run before becomes `*.previous.log`.
    """
    make_folder(log.parent)
    with contextlib.suppress(FileNotFoundError):
        log.replace(log.with_suffix(".previous.log"))
    return os.fdopen(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")


def format_for_terminal(line: str, *, whole: bool) -> str | None:
    """The line as the terminal shows it; None when it is only worth keeping in the file.

    Of JSON lines the warnings and errors are shown, shortened. Other lines, tracebacks mostly, stay in the file,
    unless the log is to be shown whole.
    """
    record = _parse(line)
    if record is None:
        return (_plain(line) or None) if whole else None
    if str(record.get("logger", "")).startswith(CADDY_ACCESS_LOG):
        return None  # the service that failed says more
    level = _level(record)
    return None if level in QUIET_LEVELS else f"{level}: {_message(record)}"


def last_error(lines: Iterable[str]) -> str:
    """Why a program ended, by its output: its last error, or else the last thing it said."""
    said = [line for line in lines if line.strip()]
    for line in reversed(said):
        if (shown := format_for_terminal(line, whole=False)) is not None:
            return shown
        if re.match(r"[\w.]*(Error|Exception)\b", line):
            return _plain(line)
    return _plain(said[-1]) if said else "it said nothing"


def _plain(text: str) -> str:
    return CONTROL_CODES.sub("", text).rstrip()


def _parse(line: str) -> dict[str, Any] | None:
    if not line.startswith("{"):
        return None
    try:
        record = json.loads(line)
    except ValueError:
        return None
    return record if isinstance(record, dict) and "level" in record else None


def _level(record: dict[str, Any]) -> str:
    level = record["level"]
    return PINO_LEVELS.get(level, "info") if isinstance(level, int) else str(level).lower()


def _message(record: dict[str, Any]) -> str:
    message = str(record.get("message") or record.get("msg") or "no message")
    error = record.get("err") or record.get("error")
    detail = error.get("message") or error.get("code") or error.get("name") if isinstance(error, dict) else error
    return _plain(f"{message} ({detail})" if detail and str(detail) not in message else message)
