"""`make dev`: start Taskchat, print its URL, stop it on Ctrl-C."""

import argparse
import os
import sys
import time
from pathlib import Path

from taskchat.streams import use_utf8
from taskchat_dev_stack.repository import ROOT
from taskchat_dev_stack.serve import run_stack
from taskchat_dev_stack.settings import read_settings
from taskchat_dev_stack.stack import Stack
from taskchat_dev_stack.terminal import Terminal


def main() -> int:
    use_utf8()
    parser = argparse.ArgumentParser(prog="python -m taskchat_dev_stack", description=__doc__)
    parser.add_argument("--env-file", type=Path, default=ROOT / ".env", help="settings; the environment overrides it")
    env_file: Path = parser.parse_args().env_file
    terminal = Terminal(sys.stdout)
    started = time.monotonic()

    def announce(stack: Stack) -> None:
        terminal.say(f"\nTaskchat is ready after {time.monotonic() - started:.0f} s:  {stack.addresses.public_url}\n")
        terminal.say(f"Logs: {stack.services.logs}   Stop: Ctrl-C\n")

    return run_stack(lambda: read_settings(os.environ, env_file), announce, terminal, watch_input=False)


if __name__ == "__main__":
    sys.exit(main())
