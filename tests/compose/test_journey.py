"""A real browser at the gateway: signs up, chats, and finds everything again after a restart."""

import shlex
import subprocess
from pathlib import Path

from compose.conftest import forget_rate_limits
from compose.stack import SERVICES, Stack
from taskchat_dev_stack.repository import ROOT


def test_from_sign_up_to_chat(stack: Stack, tmp_path: Path) -> None:
    forget_rate_limits(stack)
    compose = shlex.join(["docker", *stack.compose_options])
    restart = f"{compose} restart {' '.join(SERVICES)} && {compose} up --detach --wait --no-recreate"
    journeys = ["first-light", "headers", "one-origin"]
    # `make test-e2e`, which may be running, has the default folder.
    options = ["--workers", "1", "--output", str(tmp_path)]
    done = subprocess.run(
        ["npm", "test", "--workspace", "tests/e2e", "--silent", "--", *options, *journeys],
        cwd=ROOT,
        env={**stack.environment, "TASKCHAT_URL": stack.url, "TASKCHAT_RESTART": restart},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert "first-light" in done.stdout
