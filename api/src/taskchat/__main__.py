"""Runs the api with uvicorn: `python -m taskchat`, with uvicorn's options and `UVICORN_…` variables."""

import gc
import sys
from collections.abc import Sequence

import uvicorn

DEFAULTS = {
    "server_header": False,
    # Longer than clients and the gateway keep an idle connection, so that they never send into one that closes.
    "timeout_keep_alive": 125,
}


def main(options: Sequence[str]) -> None:
    """Serve until a signal ends the process."""
    # Loading the api creates many objects and hardly any garbage: looking for it takes 0.4 s. `taskchat.main` turns the
    # collector on again.
    gc.disable()
    uvicorn.main(["taskchat.main:app", *options], prog_name="python -m taskchat", default_map=DEFAULTS)


if __name__ == "__main__":
    main(sys.argv[1:])
