"""Print the section of CHANGELOG.md for a tag, as the notes of its release: python scripts/release_notes.py v0.2.0

Needs only Python, and runs in the root of the repository.
"""

import re
import sys
import tomllib
from pathlib import Path


def main() -> None:
    tag = sys.argv[1]
    version = tomllib.loads(Path("api/pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    if tag != f"v{version}":
        sys.exit(f"The tag is {tag}, but this is version {version}. Tag the commit that `make release` prepared.")
    changelog = Path("CHANGELOG.md").read_text(encoding="utf-8")
    heading = rf"^## {re.escape(version)} – \d{{4}}-\d\d-\d\d$"
    section = re.search(rf"{heading}\n(.+?)(?=^## |\Z)", changelog, re.MULTILINE | re.DOTALL)
    if section is None or not section[1].strip():
        sys.exit(f'CHANGELOG.md has no notes under "## {version} – " and a date.')
    sys.stdout.buffer.write(f"{section[1].strip()}\n".encode())


main()
