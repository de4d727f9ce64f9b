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
    done = bootstrap(psql, DATABASE_URL=example["url"])
    assert (done.returncode, done.stderr) == (0, "")
    told = dict(line.split("=", 1) for line in done.stdout.splitlines() if line.startswith("PG"))
    assert told["PGHOST"] == example.get("direct_host", means["host"])
    assert told["PGPORT"] == str(means["port"])
    assert (told["PGUSER"], told["PGDATABASE"]) == (means["user"], means["database"])
    assert told["PGPASSWORD"] == (means["password"] or "")
    assert told["PGSSLMODE"] == ("verify-full" if means["tls"] else "disable")
    if means["root_certificate"]:
        assert told["PGSSLROOTCERT"] == means["root_certificate"]
    assert (told.get("PGSSLCERT"), told.get("PGSSLKEY")) == (means["client_certificate"], means["client_key"])


@pytest.mark.parametrize(
    ("host", "direct_host"),
    [("db.example.com:port", ""), ("[::1", ""), ("2001:db8::1", ""), ("one,two", ""), ("db.example.com", "db:54:32")],
)
def test_an_address_that_is_none_is_refused_in_one_line(psql: Path, host: str, direct_host: str) -> None:
    done = bootstrap(psql, DATABASE_URL=f"postgresql://u:secret@{host}/d", DATABASE_DIRECT_HOST=direct_host)
    assert (done.returncode, done.stdout) == (1, "")
    [line] = done.stderr.splitlines()
    assert "has no proper host and port" in line
    assert "secret" not in line


def bootstrap(psql: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": f"{psql}:{os.environ['PATH']}", **settings}
    command = ["bash", str(ROOT / "bootstrap" / "bootstrap.sh")]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
