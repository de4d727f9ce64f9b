"""Where a turn's CPU time goes: `make profile`.

Runs turns in this process, without a server, and counts CPU time: so its figures hold on a busy machine too.
"""

import argparse
import asyncio
import cProfile
import json
import logging
import os
import pstats
import time
from contextlib import ExitStack
from typing import Any
from uuid import UUID

import uvloop

from load import sides
from load.data import Person, create_person, remove_turns
from load.models import ANSWER
from load.run import environment
from load.sides import create_usual_tables
from load.turns import Bench, Case
from support.database import migrate
from support.issuer import Issuer
from taskchat_dev_stack.postgres import EmbeddedPostgres


async def call(app: Any, request: bytes) -> None:
    """Call an ASGI application with an encoded request."""
    head, _, body = request.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    method, path, _ = first.split(" ")
    headers = [tuple(part.strip().encode() for part in line.split(":", 1)) for line in lines]
    status = 0

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        nonlocal status
        status = message.get("status", status)

    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": headers,
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
        "state": {},
    }
    await app(scope, receive, send)
    if status != 200:
        raise RuntimeError(f"{path} answered {status}")


async def measure(app: Any, requests: list[bytes], turns: int, profile: cProfile.Profile | None) -> float:
    """CPU seconds per turn."""
    for n in range(turns):
        if n == turns // 4:  # warm
            if profile is not None:
                profile.enable()
            began = time.process_time()
        await call(app, requests[n % len(requests)])
    seconds = time.process_time() - began
    if profile is not None:
        profile.disable()
    return seconds / (turns - turns // 4)


async def run(side: str, messages: int, calls: int, turns: int, rows: int) -> None:
    with ExitStack() as stack:
        postgres = stack.enter_context(EmbeddedPostgres(durable=False))
        database = await asyncio.to_thread(migrate, postgres)
        await create_usual_tables(database.admin_url)
        issuer = stack.enter_context(Issuer())
        os.environ.update(environment(database, issuer))
        people = [await create_person(database, issuer)]
        requests = await Bench(database, people).prepare(Case("profile", side, messages, calls))
        app = getattr(sides, side)()
        logging.disable()
        async with app.router.lifespan_context(app):
            seconds = await measure(app, requests, turns, None)
            print(f"{side}, {messages} messages, {calls} calls: {seconds * 1000:.2f} ms of CPU a turn")
            if rows:
                await remove_turns(database)
                profile = cProfile.Profile()
                await measure(app, requests, turns, profile)
                stats = pstats.Stats(profile)
                stats.sort_stats("cumulative").print_stats(rows)
                stats.sort_stats("tottime").print_stats(rows // 2)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Print where the CPU time of a turn goes.")
    parser.add_argument("side", nargs="?", default="ours", choices=["ours", "limit", "usual"])
    parser.add_argument("--messages", type=int, default=20)
    parser.add_argument("--calls", type=int, default=0)
    parser.add_argument("--turns", type=int, default=400)
    parser.add_argument("--rows", type=int, default=0, help="of the profile; 0 for none")
    arguments = parser.parse_args()
    uvloop.run(run(arguments.side, arguments.messages, arguments.calls, arguments.turns, arguments.rows))
