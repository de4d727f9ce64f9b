"""A stack for tests in any language: prints where it is as one line of JSON when it is ready.

It stops on SIGTERM, on SIGINT or when its standard input, a pipe, ends. Settings of the services, such as
OPENAI_BASE_URL, come from options and not from the environment: a test must not depend on who runs it.
"""

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path

from taskchat_dev_stack.errors import DevStackError
from taskchat_dev_stack.processes.stop_signals import StopSignals, wait_for_stop
from taskchat_dev_stack.settings import StackSettings
from taskchat_dev_stack.stack import Stack
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
                    wait_for_stop(stack.check, watch_input=watch_input)
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


def announce(stack: Stack) -> None:
    """Prints the addresses of the parts."""
    where = {
        "url": stack.addresses.public_url,
        "auth_url": stack.addresses.auth_url,
        "api_urls": stack.addresses.api_urls,
        "database_url": stack.database.admin_url,
        "data": str(stack.data),
    }
    print(json.dumps(where), flush=True)


def setting(text: str) -> tuple[str, str]:
    """The name and value of NAME=VALUE."""
    name, equals, value = text.partition("=")
    if not (name and equals):
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=VALUE")
    return name, value


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m taskchat_dev_stack.serve", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="the origin's port; a free one unless given")
    parser.add_argument("--data", type=Path, help="where to keep the data; a temporary folder unless given")
    parser.add_argument("--web", choices=["built", "hot", "none"], default="built")
    parser.add_argument("--no-build", action="store_true", help="serve the pages as they were built before")
    parser.add_argument("--api-processes", type=int, default=1)
    parser.add_argument(
        "--env", action="append", default=[], type=setting, metavar="NAME=VALUE", help="a setting of the services"
    )
    arguments = parser.parse_args()
    settings = StackSettings(
        port=arguments.port,
        data=arguments.data,
        web=None if arguments.web == "none" else arguments.web,
        build_web=not arguments.no_build,
        api_processes=arguments.api_processes,
        env=dict(arguments.env),
    )
    return run_stack(lambda: settings, announce, Terminal(sys.stderr), watch_input=True)


if __name__ == "__main__":
    sys.exit(main())
