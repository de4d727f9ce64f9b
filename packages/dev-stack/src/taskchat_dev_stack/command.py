"""The life of a stack that a command runs, from its start to its exit status."""

import sys
from collections.abc import Callable

from taskchat_dev_stack.errors import DevStackError
from taskchat_dev_stack.settings import StackSettings
from taskchat_dev_stack.stack import Stack
from taskchat_dev_stack.stopping import StopSignals, wait_until_told
from taskchat_dev_stack.terminal import Terminal


def run_stack(
    read_settings: Callable[[], StackSettings],
    announce: Callable[[Stack], None],
    terminal: Terminal,
    *,
    watch_input: bool,
) -> int:
    """Starts a stack, announces it when it is ready, and stops it when told to.

    Args:
        read_settings: may raise DevStackError.
        announce: is called once, with the running stack.
        terminal: is told about each step.
        watch_input: whether the end of standard input, when that is a pipe, means to stop.

    Returns:
        The exit status: 0 when it was told to stop, 1 when something failed. That is told on standard error,
        in one line.
    """
    with StopSignals() as signals:
        try:
            with Stack(read_settings(), terminal) as stack:
                try:
                    announce(stack)
                    wait_until_told(stack.check, watch_input=watch_input)
                finally:
                    signals.ignore()
                    terminal.say("\nstopping")
        except KeyboardInterrupt:
            pass
        except DevStackError as error:
            return _fail(str(error))
        except OSError as error:  # a full disk, for example
            return _fail(f"{error.filename or 'the system refuses'}: {error.strerror}")
    terminal.say("stopped")
    return 0


def _fail(message: str) -> int:
    print("error:", " ".join(message.split()), file=sys.stderr)
    return 1
