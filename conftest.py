"""For all Python tests of the repository."""

import os
import signal
from pathlib import Path
from typing import Any

import pytest

pytest_plugins = ["support.fixtures", "support.report"]

# The pinned Node, also for tests that an editor or `.venv/bin/pytest` starts.
os.environ["PATH"] = os.pathsep.join([str(Path(__file__).parent / ".venv/bin"), os.environ["PATH"]])

# A shell's background jobs ignore Ctrl-C, and so would the programs that tests interrupt.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Tests use no proxies but those they set up, and httpx refuses to work with some that a machine may have.
for _name in [name for name in os.environ if name.lower().endswith("_proxy")]:
    del os.environ[_name]


def pytest_exception_interact(node: pytest.Item | pytest.Collector, call: pytest.CallInfo[Any]) -> None:
    """End the run when a test hangs: what it left in the event loop, which all tests share, would hang the next one."""
    if call.excinfo is not None and "from pytest-timeout" in str(call.excinfo.value):
        node.session.shouldfail = f"{node.nodeid} hung"
