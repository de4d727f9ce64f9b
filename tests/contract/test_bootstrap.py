"""The bootstrap of the containers understands a DATABASE_URL as both services do."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from taskchat_dev_stack.repository import ROOT

URLS = json.loads((ROOT / "packages" / "shared-schema" / "database-urls.json").read_text())
UNDERSTOOD = [example for example in URLS["examples"] if "means" in example]


@pytest.fixture
def psql(tmp_path: Path) -> Path:
    """A folder with a psql that prints what it was told by the environment."""
    program = tmp_path / "psql"
    program.write_text("#!/bin/sh\nenv | grep '^PG'\n")
    program.chmod(0o755)
    return tmp_path


@pytest.mark.parametrize("example", UNDERSTOOD, ids=[example["about"] for example in UNDERSTOOD])
def test_a_url_means_the_same(psql: Path, example: dict[str, Any]) -> None:
    means = {**URLS["unless_said"], **example["means"]}
    environment = {"PATH": f"{psql}:{os.environ['PATH']}", "DATABASE_URL": example["url"]}
    done = subprocess.run(
        ["bash", ROOT / "bootstrap" / "bootstrap.sh"], env=environment, capture_output=True, text=True, check=True
    )
    told = dict(line.split("=", 1) for line in done.stdout.splitlines() if line.startswith("PG"))
    assert told["PGHOST"] == example.get("direct_host", means["host"])
    assert told["PGPORT"] == str(means["port"])
    assert (told["PGUSER"], told["PGDATABASE"]) == (means["user"], means["database"])
    assert told["PGPASSWORD"] == (means["password"] or "")
    assert told["PGSSLMODE"] == ("verify-full" if means["tls"] else "disable")
    if means["root_certificate"]:
        assert told["PGSSLROOTCERT"] == means["root_certificate"]
