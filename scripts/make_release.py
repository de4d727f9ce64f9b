"""Prepare a release: its version everywhere, its section in CHANGELOG.md, and a record of auth-service's schema."""

import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from support.database import ROOT, migrated_database
from support.releases import RECORDS, RELEASES
from taskchat_dev_stack.postgres.binaries import find_binaries

UNRELEASED = "## Unreleased"
PROJECTS = ("api", "packages/dev-stack", "packages/offline-assistant")
COMMENTS_AND_SETTINGS = ("--", "\\", "SET ", "SELECT pg_catalog.set_config", "CREATE SCHEMA")


def main() -> None:
    version = sys.argv[1]
    if re.fullmatch(r"\d+\.\d+\.\d+", version) is None:
        sys.exit("Say which version: make release v=0.2.0")
    if numbers(version) <= numbers(RELEASES[0]):
        sys.exit(f"The newest release is {RELEASES[0]}, so {version} can't be the next one.")
    changelog = ROOT / "CHANGELOG.md"
    if f"\n{UNRELEASED}\n" not in changelog.read_text(encoding="utf-8"):
        sys.exit(f'CHANGELOG.md has no section "{UNRELEASED}", so there is nothing to release.')
    record_schema(RECORDS / f"auth-{version}.sql")
    rewrite(changelog, f"^{UNRELEASED}$", f"## {version} – {datetime.now(UTC):%Y-%m-%d}")
    for project in PROJECTS:
        rewrite(ROOT / project / "pyproject.toml", '^version = ".+"$', f'version = "{version}"')


def numbers(version: str) -> list[int]:
    return [int(number) for number in version.split(".")]


def record_schema(file: Path) -> None:
    """Write what auth-service's migrations create, for the test of the next ones. The api's are a record already."""
    options = ("--schema-only", "--schema", "auth", "--no-owner", "--no-privileges")
    with migrated_database() as database:
        command: list[str | Path] = [find_binaries(None) / "pg_dump", *options, database.admin_url]
        dump = subprocess.run(command, check=True, capture_output=True, encoding="utf-8").stdout
    lines = [line for line in dump.splitlines() if line and not line.startswith(COMMENTS_AND_SETTINGS)]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")


def rewrite(file: Path, pattern: str, replacement: str) -> None:
    text, count = re.subn(pattern, replacement, file.read_text(encoding="utf-8"), count=1, flags=re.MULTILINE)
    if count == 0:
        sys.exit(f"{file.relative_to(ROOT)} has no line like {pattern}")
    file.write_text(text, encoding="utf-8")


main()
