"""Third-party model code, in the separate virtual environment that `make test-real-model` creates."""

import json
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from support.database import ROOT
from support.deployments import all_deployments, conversation, deployments

__all__ = ["all_deployments", "conversation", "deployments"]

FOLDER = ROOT / ".venv-real-model"
PYTHON = FOLDER / "bin/python"
START_SECONDS = 180


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port: int = listening.getsockname()[1]
        return port


@contextmanager
def process(command: list[str], ready_url: str, log: Path, **environment: str) -> Iterator[None]:
    """Run a server in a separate process: wait until it answers 200, and stop it after the block."""
    variables = {"PATH": f"{FOLDER / 'bin'}:{os.environ['PATH']}", "HOME": str(log.parent), **environment}
    with (
        log.open("w", encoding="utf-8") as output,
        subprocess.Popen(command, env=variables, stdout=output, stderr=output) as server,
    ):
        try:
            deadline = time.monotonic() + START_SECONDS
            while True:
                try:
                    if httpx.get(ready_url, timeout=5).status_code == 200:
                        break
                except httpx.TransportError:
                    pass
                if server.poll() is not None or time.monotonic() > deadline:
                    pytest.fail(f"{command[0]} did not start: {log.read_text(encoding='utf-8')[-2000:]}")
            yield
        finally:
            server.terminate()
            server.wait(30)


def check_requests(checker: str, bodies: list[dict[str, Any]]) -> list[str]:
    """The errors that third-party code finds in these requests; see `check_requests.py`."""
    command = [str(PYTHON), str(ROOT / "tests/real_model/check_requests.py"), checker]
    checked = subprocess.run(
        command, input=json.dumps(bodies), capture_output=True, encoding="utf-8", timeout=240, check=False
    )
    assert checked.returncode == 0, checked.stderr
    found: list[str] = json.loads(checked.stdout)
    return found


@pytest.fixture(scope="session")
def llama_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The OPENAI_BASE_URL of a llama.cpp server with SmolLM2 135M Instruct."""
    log = tmp_path_factory.mktemp("llama") / "log"
    url = f"http://127.0.0.1:{(port := free_port())}"
    command = [str(PYTHON), str(ROOT / "tests/real_model/serve_model.py"), str(port)]
    with process(command, f"{url}/health", log):
        yield f"{url}/v1"
