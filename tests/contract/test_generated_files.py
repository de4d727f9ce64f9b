"""The committed generated files match the code."""

import re
import subprocess
from pathlib import Path

import pytest

from support.database import ROOT

SHARED_SCHEMA = ROOT / "packages" / "shared-schema"
GENERATED = ("openapi.json", "types/api.d.ts", "types/claims.d.ts", "types/auth-config.d.ts", "types/device.d.ts")


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("contract")
    subprocess.run(["sh", SHARED_SCHEMA / "generate.sh", folder], check=True, timeout=120)
    return folder


@pytest.mark.parametrize("name", GENERATED)
def test_it_is_up_to_date(generated: Path, name: str) -> None:
    assert (SHARED_SCHEMA / name).read_text(encoding="utf-8") == (generated / name).read_text(encoding="utf-8"), (
        "run `make contract`"
    )


def pins(lock: str) -> set[str]:
    return set(re.findall(r"^[\w.-]+==[^ ]+", (ROOT / lock).read_text(encoding="utf-8"), re.MULTILINE))


@pytest.mark.parametrize(
    ("smaller", "larger"),
    [("api/requirements.txt", "requirements.txt"), ("requirements.txt", "requirements-dev.txt")],
)
def test_the_lock_files_agree(smaller: str, larger: str) -> None:
    assert pins(smaller) != set()
    assert pins(smaller) <= pins(larger), "run `make lock`"
