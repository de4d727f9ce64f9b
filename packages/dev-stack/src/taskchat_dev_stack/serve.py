"""A stack for tests in any language: prints its addresses as one line of JSON when it is ready.

It stops on SIGTERM, on SIGINT, or when its standard input, a pipe, ends. The services' settings, such as
OPENAI_BASE_URL, come from options rather than the environment, so that a test runs the same for everybody.
"""

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path

from taskchat.streams import use_utf8
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
    """Start a stack, announce it when it is ready, and run it until it should stop.

    Args:
        read_settings: may raise DevStackError.
        announce: is called once, with the running stack.
        terminal: shows the progress.
        watch_input: whether to stop when standard input is a pipe and ends.

    Returns:
        The exit status: 0 after a stop, 1 after an error, which is printed to standard error in one line.
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
            return _fail(f"{error.filename or 'system error'}: {error.strerror}")
    terminal.say("stopped")
    return 0


def _fail(message: str) -> int:
    print("error:", " ".join(message.split()), file=sys.stderr)
    return 1


def announce(stack: Stack) -> None:
    """Print the addresses of the services as JSON."""
    where = {
        "url": stack.addresses.public_url,
        "auth_url": stack.addresses.auth_url,
        "api_urls": stack.addresses.api_urls,
        "database_url": stack.database.admin_url,
        "data": str(stack.data),
    }
    print(json.dumps(where), flush=True)


def setting(text: str) -> tuple[str, str]:
    """Parse NAME=VALUE."""
    name, equals, value = text.partition("=")
    if not (name and equals):
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=VALUE")
    return name, value


def main() -> int:
    use_utf8()
    parser = argparse.ArgumentParser(prog="python -m taskchat_dev_stack.serve", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="the port of the gateway; a free one by default")
    parser.add_argument("--data", type=Path, help="data folder; temporary by default")
    parser.add_argument("--web", choices=["built", "hot", "none"], default="built")
    parser.add_argument("--no-build", action="store_true", help="serve the pages as last built")
    parser.add_argument("--api-processes", type=int, default=1)
    parser.add_argument(
        "--env", action="append", default=[], type=setting, metavar="NAME=VALUE", help="a setting for the services"
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
