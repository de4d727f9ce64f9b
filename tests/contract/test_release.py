"""All versions agree, `make release` changes them together, and a release's notes are its section of CHANGELOG.md."""

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from support.database import ROOT
from support.releases import RELEASES
from support.repository import copy_repository
from support.versions import install

PROJECTS = ("api", "packages/dev-stack", "packages/offline-assistant")


def versions(root: Path) -> dict[str, str]:
    """Return each version that a file of the repository states."""
    found = {
        f"{project}/pyproject.toml": tomllib.loads((root / project / "pyproject.toml").read_text(encoding="utf-8"))[
            "project"
        ]["version"]
        for project in PROJECTS
    }
    for file in (root / "package.json", *root.glob("*/package.json"), *root.glob("packages/*/package.json")):
        if version := json.loads(file.read_text(encoding="utf-8")).get("version"):
            found[str(file)] = version
    [found["CHANGELOG.md"], *_] = re.findall(
        r"^## (\d\S+)", (root / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    return found


def notes(folder: Path, tag: str) -> subprocess.CompletedProcess[str]:
    command: list[str | Path] = [sys.executable, ROOT / "scripts/release_notes.py", tag]
    return subprocess.run(command, cwd=folder, capture_output=True, encoding="utf-8", check=False)


def make_release(folder: Path, version: str) -> subprocess.CompletedProcess[str]:
    """Run the command of `make release` in a copy of the repository."""
    command: list[str | Path] = [folder / ".venv/bin/python", "scripts/make_release.py", version]
    environment = {**os.environ, "PYTHONPATH": str(folder / "tests")}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, encoding="utf-8", check=False)


def test_all_versions_agree() -> None:
    found = versions(ROOT)
    found["openapi.json"] = json.loads((ROOT / "packages/shared-schema/openapi.json").read_text(encoding="utf-8"))[
        "info"
    ]["version"]
    assert set(found.values()) == {RELEASES[0]}, found


def test_the_notes_of_the_newest_release_are_its_section() -> None:
    done = notes(ROOT, f"v{RELEASES[0]}")
    assert done.returncode == 0, done.stderr
    section = (
        (ROOT / "CHANGELOG.md").read_text(encoding="utf-8").partition(f"\n## {RELEASES[0]} – ")[2].partition("\n## ")[0]
    )
    assert done.stdout.strip() == section.partition("\n")[2].strip() != ""


@pytest.mark.parametrize("tag", ["v999.0.0", "0.1.0", "main"])
def test_a_tag_that_is_not_the_version_has_no_notes(tag: str) -> None:
    done = notes(ROOT, tag)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"The tag is {tag}, but this is version ")


def test_a_release_without_a_section_has_no_notes(tmp_path: Path) -> None:
    (tmp_path / "api").mkdir()
    (tmp_path / "api/pyproject.toml").write_text('[project]\nversion = "0.2.0"\n', encoding="utf-8")
    (tmp_path / "CHANGELOG.md").write_text(
        "## 0.2.0 – 2027-01-31\n\n## 0.1.0 – 2026-11-30\n\n- First.\n", encoding="utf-8"
    )
    done = notes(tmp_path, "v0.2.0")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == 'CHANGELOG.md has no notes under "## 0.2.0 – " and a date.\n'


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("release") / "repository"
    copy_repository(folder)
    install(folder)
    head, _, rest = (folder / "CHANGELOG.md").read_text(encoding="utf-8").partition("\n## ")
    rest = rest.partition("\n## ")[2] if rest.startswith("Unreleased") else rest
    (folder / "CHANGELOG.md").write_text(f"{head}\n## Unreleased\n\n- Labels.\n\n## {rest}", encoding="utf-8")
    return folder


@pytest.mark.parametrize("version", ["", "next", "1.0", RELEASES[0], "0.0.9"])
def test_make_release_refuses_a_version_that_is_not_the_next(copy: Path, version: str) -> None:
    before = versions(copy)
    done = make_release(copy, version)
    assert (done.returncode, len(done.stderr.splitlines())) == (1, 1), done.stderr
    assert versions(copy) == before


def test_make_release_changes_every_version(copy: Path) -> None:
    done = make_release(copy, "99.1.0")
    assert done.returncode == 0, done.stderr
    assert set(versions(copy).values()) == {"99.1.0"}
    assert notes(copy, "v99.1.0").stdout == "- Labels.\n"
    recorded = (copy / "tests/contract/released/auth-99.1.0.sql").read_text(encoding="utf-8")
    assert "CREATE TABLE auth.session (" in recorded
    again = make_release(copy, "99.2.0")
    assert (again.returncode, "nothing to release" in again.stderr) == (1, True)
