"""Make a migration from the difference between the models and the migrations so far, on a scratch database."""

import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from support.database import ROOT, migrate_api, migrated_database

RUFF = Path(sys.executable).parent / "ruff"
NEWEST = ROOT / "api/src/taskchat/database/revision.py"


def main() -> None:
    message = sys.argv[1].strip(" .")
    if not message:
        sys.exit('Say what the migration does: make migration m="add due date"')
    revision = f"{datetime.now(UTC):%Y_%m_%d_%H%M}"
    with migrated_database() as database:
        command = ("revision", "--autogenerate", "--rev-id", revision, "-m", message)
        made = migrate_api(database.roles.api_migration, *command)
    generated = re.search(r"Generating (\S+\.py)", made.stdout)
    if generated is None:
        sys.exit(made.stdout + made.stderr)
    file = generated[1]
    # The template imports what a migration may need; this removes what it does not.
    subprocess.run([RUFF, "check", "-q", "--fix-only", file], check=True)
    subprocess.run([RUFF, "format", "-q", file], check=True)
    NEWEST.write_text(
        re.sub('(?m)^NEWEST_REVISION = ".+"$', f'NEWEST_REVISION = "{revision}"', NEWEST.read_text(encoding="utf-8")),
        encoding="utf-8",
    )
    is_empty = re.search(r"def upgrade\(\)[^\n]+\n    pass", Path(file).read_text(encoding="utf-8")) is not None
    note = ": the models haven't changed, so write its statements yourself" if is_empty else ""
    sys.stdout.write(f"{Path(file).relative_to(Path.cwd())}{note}\n")


main()
