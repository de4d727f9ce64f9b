"""For all Python tests of the repository."""

from typing import Any

import pytest


def pytest_exception_interact(node: pytest.Item | pytest.Collector, call: pytest.CallInfo[Any]) -> None:
    """A test that hung ends the run: what it left in the event loop, which all tests share, would hang the next one."""
    if call.excinfo is not None and "from pytest-timeout" in str(call.excinfo.value):
        node.session.shouldfail = f"{node.nodeid} hung"
