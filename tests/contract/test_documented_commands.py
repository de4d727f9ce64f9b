"""A test runs each command that the documents about deployment name, or this file says why not."""

import re
from pathlib import Path

import pytest

from support.database import ROOT
from support.documents import code_blocks

DEPLOY, UNITS, NEON = "docs/deploy.md", "docs/without-containers.md", "docs/neon.md"
NOT_RUN = {
    f"{DEPLOY}#on-one-host-4": "needs a public name; tests/compose/test_deployment.py uses a private one",
    f"{DEPLOY}#on-another-container-host-1": "needs a registry; the compose files build the same Dockerfiles",
    f"{DEPLOY}#updating-2": "needs a registry for newer base images; other tests run `up --build --wait`",
    f"{UNITS}#without-containers-1": "changes the machine; scripts/install-poolers.sh installs the same",
    f"{UNITS}#4-prepare-the-database-and-start-1": "needs systemd; a test runs what the units start",
    f"{UNITS}#4-prepare-the-database-and-start-2": "needs the default ports and a public name",
    f"{UNITS}#updating-1": "needs systemd; the commands between are those of the installation",
    f"{UNITS}#restore-1": "needs systemd",
    f"{UNITS}#restore-3": "needs systemd",
}
NAME = re.compile(r"(?:(docs/[\w-]+\.md)|\{(DEPLOY|UNITS|NEON)\})#([\w-]+-\d+)")


def run_by_tests() -> set[str]:
    """Return the code blocks that tests name, in the form that `support.documents` knows."""
    found = set()
    for file in (ROOT / "tests").rglob("test_*.py"):
        if file != Path(__file__):
            for document, constant, block in NAME.findall(file.read_text(encoding="utf-8")):
                found.add(f"{document or {'DEPLOY': DEPLOY, 'UNITS': UNITS, 'NEON': NEON}[constant]}#{block}")
    return found


@pytest.mark.parametrize("document", [DEPLOY, UNITS, NEON])
def test_each_command_is_run_or_cannot_be(document: str) -> None:
    there = code_blocks(document).keys()
    run = {name for name in run_by_tests() if name.startswith(f"{document}#")}
    not_run = {name for name in NOT_RUN if name.startswith(f"{document}#")}
    assert run - there == set(), "tests name blocks that the document doesn't have"
    assert not_run & run == set(), "listed as not run, although a test runs them"
    assert there - run - not_run == set(), "no test runs these, and there is no reason in NOT_RUN"
    assert not_run - there == set(), "reasons for blocks that the document doesn't have"
