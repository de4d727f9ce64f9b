"""Exceptions in the log."""

import json
import logging
import subprocess
import sys

from taskchat.logs import ContentFreeJsonFormatter


def logged(error: BaseException) -> str:
    record = logging.LogRecord(
        "test", logging.ERROR, __file__, 1, "failed", (), (type(error), error, error.__traceback__)
    )
    line: str = json.loads(ContentFreeJsonFormatter("{message}", style="{").format(record))["exc_info"]
    return line


def raised(error: Exception) -> Exception:
    try:
        raise error
    except Exception as caught:
        return caught


class TestException:
    def test_its_type_and_stack_are_logged_but_not_its_message(self) -> None:
        line = logged(raised(ValueError("secret")))
        assert line.startswith("builtins.ValueError\n")
        assert "test_logs.py:" in line
        assert "secret" not in line

    def test_its_cause_is_logged_too(self) -> None:
        error = raised(ValueError("secret"))
        error.__cause__ = raised(OSError("secret"))
        assert [part.split("\n")[0] for part in logged(error).split("\ncaused by\n")] == [
            "builtins.ValueError",
            "builtins.OSError",
        ]

    def test_a_circular_cause_is_logged_once(self) -> None:
        error = ValueError()
        error.__cause__ = KeyError()
        error.__cause__.__cause__ = error
        assert logged(error).count("ValueError") == 1


def test_warnings_are_not_logged_because_they_quote_user_input() -> None:
    code = "import warnings; from taskchat.logs import configure_logging; {} warnings.warn('secret')"

    def written(first: str) -> str:
        process = subprocess.run(
            [sys.executable, "-c", code.format(first)], capture_output=True, encoding="utf-8", check=True
        )
        return process.stdout + process.stderr

    assert "secret" in written("")
    assert written("configure_logging('debug');") == ""


def test_exceptions_quoted_by_asyncio_are_not_logged() -> None:
    code = """
import asyncio
from taskchat.logs import configure_logging

async def fail(text):
    raise ValueError(text)

async def main():
    task = asyncio.create_task(fail("secret"))
    asyncio.get_running_loop().call_soon(int, "secret")
    await asyncio.wait([task])

configure_logging("debug")
asyncio.run(main())
"""
    process = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True)
    lines = [json.loads(line) for line in process.stdout.splitlines()]
    messages = [line["message"] for line in lines if line["level"] == "ERROR"]
    assert messages == ["Exception in callback int", "Task exception was never retrieved"]
    assert "secret" not in process.stdout + process.stderr
