"""The scripted model server as a program, for tests in other languages.

Prints its address as one line of JSON, and stops when its standard input (a pipe) is closed.
"""

import json
import sys

from support.model_server import ModelServer


def main() -> None:
    with ModelServer() as server:
        sys.stdout.write(json.dumps({"base_url": server.base_url, "script_url": f"{server.url}/script"}) + "\n")
        sys.stdout.flush()
        sys.stdin.read()


if __name__ == "__main__":
    main()
