"""The services' log files, and their lines shortened for the terminal."""

import contextlib
import json
import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, BinaryIO

from taskchat_dev_stack.processes.files import make_folder

# auth-service logs with pino.
PINO_LEVELS = {10: "trace", 20: "debug", 30: "info", 40: "warning", 50: "error", 60: "fatal"}
CADDY_ACCESS_LOG = "http.log.access"
QUIET_LEVELS = {"trace", "debug", "info"}
CONTROL_CODES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|[\x00-\x08\x0b-\x1f\x7f]")


def open_log(log: Path) -> BinaryIO:
    """Open an empty, private log file; the previous run's becomes `*.previous.log`."""
    make_folder(log.parent)
    with contextlib.suppress(FileNotFoundError):
        log.replace(log.with_suffix(".previous.log"))
    return os.fdopen(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")


def format_for_terminal(line: str, *, whole: bool) -> str | None:
    """Shorten a line for the terminal; None hides it.

    JSON lines are shown from level warning up. Other lines, mostly tracebacks, are shown only if `whole`.
    """
    record = _parse(line)
    if record is None:
        return (_plain(line) or None) if whole else None
    if str(record.get("logger", "")).startswith(CADDY_ACCESS_LOG):
        return None  # the failing service logs more detail
    level = _level(record)
    return None if level in QUIET_LEVELS else f"{level}: {_message(record)}"


def last_error(lines: Iterable[str]) -> str:
    """Return the last error in a program's output, or else its last line."""
    written = [line for line in lines if line.strip()]
    for line in reversed(written):
        if (shown := format_for_terminal(line, whole=False)) is not None:
            return shown
        if re.match(r"[\w.]*(Error|Exception)\b", line):
            return _plain(line)
    return _plain(written[-1]) if written else "no output"


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
