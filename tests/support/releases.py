"""The releases, as CHANGELOG.md lists them."""

import re

from support.database import ROOT

RELEASES = re.findall(
    r"^## (\d+\.\d+\.\d+) – \d{4}-\d\d-\d\d$", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE
)
"""Their versions, the newest first."""
RECORDS = ROOT / "tests/contract/released"
"""The schema that auth-service's migrations created in each."""
