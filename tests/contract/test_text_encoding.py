"""No program depends on the locale: ours name UTF-8, and what others may decode by the locale is ASCII.

By default, Python's functions use the locale's encoding. Alembic does so for its ini file even in UTF-8 mode.
"""

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator

import pytest

from support.database import ROOT
from support.processes import ASCII_ONLY

READ_BY_OTHERS = ("Makefile", ".ci/*", ".env.example", ".npmrc", "*.ini", "*.mako", "*.sh", "*requirements*")
OPENS_TEXT = {"read_text", "write_text", "open", "fdopen"}
BINARY_MODE = re.compile(r"[rwax+]+b\+?")


def tracked(*patterns: str) -> list[str]:
    listed = subprocess.run(["git", "ls-files", "--", *patterns], cwd=ROOT, stdout=subprocess.PIPE, check=True)
    return listed.stdout.decode().splitlines()


def calls_without_encoding(source: str) -> Iterator[str]:
    """Find calls that open a file or a pipe as text and leave the encoding to the locale."""
    for call in ast.walk(ast.parse(source)):
        if not isinstance(call, ast.Call):
            continue
        options = {option.arg: option.value for option in call.keywords}
        function = ast.unparse(call.func)
        values = [value.value for value in (*call.args, *options.values()) if isinstance(value, ast.Constant)]
        is_binary = any(isinstance(value, str) and BINARY_MODE.fullmatch(value) for value in values)
        opens_text = function.rpartition(".")[2] in OPENS_TEXT and function != "os.open" and not is_binary
        opens_temporary_text = function.endswith("TemporaryFile") and bool(call.args) and not is_binary
        opens_pipes = isinstance(text := options.get("text"), ast.Constant) and text.value is True
        if (opens_text or opens_temporary_text or opens_pipes) and "encoding" not in options:
            yield f"line {call.lineno}: {function}"


def test_our_programs_name_the_encoding() -> None:
    files = tracked("*.py")
    assert len(files) > 200
    found = {file: [*calls_without_encoding((ROOT / file).read_text(encoding="utf-8"))] for file in files}
    assert {file: calls for file, calls in found.items() if calls} == {}


@pytest.mark.parametrize("file", tracked(*READ_BY_OTHERS))
def test_what_others_decode_is_ascii(file: str) -> None:
    assert (ROOT / file).read_bytes().isascii()


def test_our_programs_print_utf8_in_any_locale() -> None:
    command = [sys.executable, "-m", "taskchat.contract"]
    done = subprocess.run(command, env={**os.environ, **ASCII_ONLY}, stdout=subprocess.PIPE, check=True)
    assert not done.stdout.isascii()
    assert done.stdout == (ROOT / "packages/shared-schema/openapi.json").read_bytes()


CALLS = """
    path.read_text()
    path.write_text(text)
    path.open('w')
    open(path)
    os.fdopen(number, 'w')
    tempfile.NamedTemporaryFile('w')
    subprocess.run(command, text=True)
"""


@pytest.mark.parametrize("call", [line.strip() for line in CALLS.strip().splitlines()])
def test_it_would_be_found(call: str) -> None:
    assert len([*calls_without_encoding(call)]) == 1
