"""A real browser at the gateway: signs up, chats, and finds everything again after a restart."""

import shlex
import subprocess

from compose.conftest import forget_rate_limits
from compose.stack import SERVICES, Stack
from taskchat_dev_stack.repository import ROOT


def test_from_sign_up_to_chat(stack: Stack) -> None:
    forget_rate_limits(stack)
    compose = shlex.join(["docker", *stack.compose_options])
    restart = f"{compose} restart {' '.join(SERVICES)} && {compose} up --detach --wait --no-recreate"
    journeys = ["first-light", "headers", "one-origin"]
    done = subprocess.run(
        ["npm", "test", "--workspace", "tests/e2e", "--silent", "--", "--workers", "1", *journeys],
        cwd=ROOT,
        env={**stack.environment, "TASKCHAT_URL": stack.url, "TASKCHAT_RESTART": restart},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert "first-light" in done.stdout
