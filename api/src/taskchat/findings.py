"""The doctors' findings, and how they pass them on to each other."""

import json
import os
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Literal, get_args

Status = Literal["ok", "failed", "note", "token"]


@dataclass(frozen=True)
class Finding:
    """The result of one check.

    Attributes:
        part: the part that was checked.
        status: `note` needs no fix. `token` carries a token to the next doctor and is not shown.
    """

    part: str
    status: Status
    message: str


class Report:
    """Prints each finding as soon as it is known.

    Attributes:
        has_failed: whether a check has failed so far.
    """

    def __init__(self, *, as_json: bool = False) -> None:
        self._as_json = as_json
        self.has_failed = False

    def __call__(self, finding: Finding) -> None:
        self.has_failed |= finding.status == "failed"
        if self._as_json:
            print(json.dumps(asdict(finding)), flush=True)  # noqa: T201
        elif finding.status != "token":
            print(f"{finding.status:7} {finding.part}: {finding.message}", flush=True)  # noqa: T201


def parse_finding(line: str) -> Finding | None:
    """Read another doctor's line of JSON; None if it is something else."""
    try:
        match json.loads(line):
            case {"part": str(part), "status": str(status), "message": str(message)} if status in get_args(Status):
                return Finding(part, status, message)  # type: ignore[arg-type]  # checked by the guard
    except (ValueError, RecursionError):
        pass
    return None


def run_doctor(examine: Callable[[], None], report: Report) -> int:
    """Run a doctor; return its exit status: 1 if a check failed, 130 after Ctrl-C."""
    try:
        examine()
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)  # noqa: T201
        return 130
    except BrokenPipeError:  # the reader of our output, such as `head`, has left
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # Python flushes once more at its exit
        return 1
    return 1 if report.has_failed else 0
