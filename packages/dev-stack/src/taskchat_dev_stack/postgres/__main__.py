"""Runs the database alone.

`python -m taskchat_dev_stack.postgres [--data DIR] [--volatile]` prints the URL as its first line and stops on SIGTERM,
on SIGINT or when its standard input, a pipe, ends. Without --data the database is temporary.
"""

import argparse
import sys
from pathlib import Path

from taskchat.streams import use_utf8
from taskchat_dev_stack.errors import DevStackError
from taskchat_dev_stack.postgres.server import EmbeddedPostgres
from taskchat_dev_stack.processes.stop_signals import StopSignals, wait_for_stop


def main() -> int:
    use_utf8()
    parser = argparse.ArgumentParser(prog="python -m taskchat_dev_stack.postgres", description=__doc__)
    parser.add_argument("--data", type=Path, help="data folder; without it the database is temporary")
    parser.add_argument("--volatile", action="store_true", help="faster, but a power failure may lose data")
    arguments = parser.parse_args()
    postgres = EmbeddedPostgres(arguments.data, durable=not arguments.volatile)
    with StopSignals() as signals:
        try:
            postgres.start()
            print(postgres.url, flush=True)
            wait_for_stop(postgres.check, watch_input=True)
        except KeyboardInterrupt:
            pass
        except DevStackError as error:
            print(error, file=sys.stderr)
            return 1
        finally:
            signals.ignore()
            postgres.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
