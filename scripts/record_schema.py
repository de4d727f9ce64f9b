"""Record the schema that auth-service's migrations create, as that of a release: scripts/record_schema.py 0.2.0.

The next release's migrations are tested on it. The api's own migrations are a record already.
"""

import subprocess
import sys

from support.database import ROOT, migrated_database
from taskchat_dev_stack.postgres.binaries import find_binaries

RECORDS = ROOT / "tests/contract/released"
COMMENTS_AND_SETTINGS = ("--", "\\", "SET ", "SELECT pg_catalog.set_config")


def main() -> None:
    with migrated_database() as database:
        command = [
            find_binaries(None) / "pg_dump",
            "--schema-only",
            "--schema",
            "auth",
            "--no-owner",
            "--no-privileges",
        ]
        dumped = subprocess.run([*command, database.admin_url], check=True, capture_output=True, text=True).stdout
    lines = [line for line in dumped.splitlines() if line and not line.startswith(COMMENTS_AND_SETTINGS)]
    RECORDS.mkdir(exist_ok=True)
    file = RECORDS / f"auth-{sys.argv[1]}.sql"
    file.write_text("\n".join(line for line in lines if line != "CREATE SCHEMA auth;") + "\n")
    sys.stdout.write(f"{file.relative_to(ROOT)}\n")


main()
