"""Every test file that a document names exists."""

import re
from pathlib import PurePosixPath

import pytest

from support.database import ROOT

DOCUMENTS = ("SECURITY.md", "docs/requirements.md", "docs/threat-model.md")
TEST_FILE = re.compile(r"`((?:[\w.-]+/)*(?:test_\w+\.py|[\w-]+\.(?:test|spec)\.tsx?))`")
TEST_FOLDERS = ("api/tests", "auth-service", "packages", "tests", "web")
TESTS = [
    file.relative_to(ROOT).as_posix()
    for folder in TEST_FOLDERS
    for pattern in ("test_*.py", "*.test.ts*", "*.spec.ts*")
    for file in (ROOT / folder).rglob(pattern)
    if "node_modules" not in file.parts
]
TEST_NAMES = {PurePosixPath(test).name for test in TESTS}


@pytest.mark.parametrize("document", DOCUMENTS)
def test_the_named_tests_exist(document: str) -> None:
    """A name with folders is a path from the root; a bare name may match a test in any folder."""
    named = TEST_FILE.findall((ROOT / document).read_text(encoding="utf-8"))
    assert named != []
    assert [name for name in named if name not in (TESTS if "/" in name else TEST_NAMES)] == []
