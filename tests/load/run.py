"""Runs the benchmark and prints its tables: `make bench`."""

import argparse
import asyncio
import re

import psutil

from load.bench import open_bench
from load.processes import OTHERS, pin
from load.turns import CASES, compare, turns_table


async def run(*, rounds: int, turns: int, only: str) -> None:
    cases = [case for case in CASES if re.search(only, case.name)]
    async with open_bench() as bench:
        figures = await compare(bench, cases, rounds=rounds, turns=turns)
        print(turns_table(figures), flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Measure the api against its limits.")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--turns", type=int, default=100, help="of each kind in each round")
    parser.add_argument("--only", default="", help="only the turns whose names this regular expression matches")
    arguments = parser.parse_args()
    pin(psutil.Process(), OTHERS)
    asyncio.run(run(rounds=arguments.rounds, turns=arguments.turns, only=arguments.only))
