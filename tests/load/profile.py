"""Where a turn's time goes in the api's process: `make bench-profile`."""

import argparse
import asyncio
import cProfile
import importlib
import os
import pstats
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil

from load.bench import SIDES, Case, open_bench
from load.clients import send_all
from load.processes import OTHERS, pin

WARM_UP_TURNS = 100
ROWS = 10


class Profiled:
    """An application whose turns are profiled once it is warm. It writes the profile when it is stopped."""

    def __init__(self, application: Any, path: str) -> None:
        self._application = application
        self._path = path
        self._turns = 0
        self._profile = cProfile.Profile(time.process_time)  # not the wall clock: other processes may be busy

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http" and scope["method"] == "POST":
            self._turns += 1
            if self._turns == WARM_UP_TURNS:
                self._profile.enable()
        await self._application(scope, receive, send)
        if scope["type"] == "lifespan":
            self._profile.dump_stats(self._path)


def __getattr__(name: str) -> Any:
    """Create `app` for uvicorn: the side that the environment names."""
    if name != "app":
        raise AttributeError(name)
    module, _, application = SIDES[os.environ["BENCH_SIDE"]][0].partition(":")
    return Profiled(getattr(importlib.import_module(module), application), os.environ["BENCH_PROFILE"])


async def profile(case: Case, turns: int) -> None:
    """Print the functions that take the most time themselves, and those that take it with what they call."""
    async with open_bench() as bench:
        with tempfile.TemporaryDirectory() as folder:
            path = str(Path(folder) / "turn.prof")
            requests = await bench.requests(case, WARM_UP_TURNS + turns)
            with bench.serve(case.side, "load.profile:app", BENCH_SIDE=case.side, BENCH_PROFILE=path) as server:
                (await send_all(server.port, requests, 1)).require_answers()
            stats = pstats.Stats(path)
    seconds = stats.get_stats_profile().total_tt
    print(f"{case.name}: {seconds / turns * 1000:.2f} ms of CPU a turn, the profiler's own included\n")
    stats.sort_stats("cumulative").print_stats("src/taskchat/", 2 * ROWS)
    stats.strip_dirs().sort_stats("tottime").print_stats(ROWS)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Print where the time of a turn goes.")
    parser.add_argument("side", nargs="?", default="ours", choices=SIDES)
    parser.add_argument("--messages", type=int, default=20)
    parser.add_argument("--calls", type=int, default=0)
    parser.add_argument("--turns", type=int, default=400)
    arguments = parser.parse_args()
    pin(psutil.Process(), OTHERS)
    asyncio.run(profile(Case(arguments.side, arguments.messages, arguments.calls), arguments.turns))
