"""Serves a side: `python -m load.serve ours`. Prints its port, and then listens on it."""

import os
import socket
import sys

import uvicorn

from load import sides

SIDES = {"ours": sides.ours, "ours-http": sides.ours_http, "limit": sides.limit, "usual": sides.usual}


def _discard_output() -> None:
    """Write logs to nowhere: nobody reads the pipe."""
    with open(os.devnull, "w", encoding="utf-8") as nowhere:
        os.dup2(nowhere.fileno(), 1)


def main() -> None:
    app = SIDES[sys.argv[1]]()
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(2048)
        print(listening.getsockname()[1], flush=True)
        _discard_output()
        config = uvicorn.Config(app, access_log=False, log_level="warning", server_header=False)
        uvicorn.Server(config).run([listening])


if __name__ == "__main__":
    main()
