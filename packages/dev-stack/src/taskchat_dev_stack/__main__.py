"""`make dev`: starts the whole of Taskchat, prints its one URL, stops it on Ctrl-C."""

import os
import sys
import time

from taskchat_dev_stack.command import run_stack
from taskchat_dev_stack.settings import read_settings
from taskchat_dev_stack.stack import Stack
from taskchat_dev_stack.terminal import Terminal


def main() -> int:
    terminal = Terminal(sys.stdout)
    started = time.monotonic()

    def announce(stack: Stack) -> None:
        terminal.say(f"\nTaskchat is ready after {time.monotonic() - started:.0f} s:  {stack.addresses.public_url}\n")
        terminal.say(f"Logs: {stack.services.logs}   Stop: Ctrl-C\n")

    return run_stack(lambda: read_settings(os.environ), announce, terminal, watch_input=False)


if __name__ == "__main__":
    sys.exit(main())
