"""Replicas of the api in containers, with ever more clients until something gives: `make bench-replicas`."""

import argparse
import asyncio
import re
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from itertools import count, cycle
from pathlib import Path
from uuid import uuid4

import httpx
import psutil

from compose.people import Person
from compose.stack import EngineMissing, Stack
from load.clients import during, http_request, send_all
from load.containers import Containers, Psql, open_psql, watch_connections
from load.data import QUESTION
from load.replicas_report import Step, Use, write_report
from load.report import FOLDER, machine
from support.repository import clone_repository

OVERLAY = "tests/load/replicas.yml"
REPLICAS = (1, 3)
CLIENTS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)
SIGN_IN_CLIENTS = (1, 2, 4, 8)
SIGN_UPS_AT_ONCE = 4
WARM_UP_SHARE = 0.3
WARM_UP_CLIENTS = 8
GROWTH = 1.05
"""Throughput grows if it is this many times the best one before."""
SLOWER = 20
"""Something gives if throughput doesn't grow and p99 is more than this many times that of the first step."""

_KEY = re.compile(rb"idempotency-key: (\S+)")


def what_gave(steps: Sequence[Step]) -> str | None:
    """Say what gave in the last of these steps of the same replicas."""
    *before, last = (step.use.done for step in steps)
    if last.failures:
        return "failures: " + ", ".join(f"{number} × {what}" for what, number in sorted(last.failures.items()))
    best = max((done.per_second for done in before), default=0)
    slower = last.percentile(99) / steps[0].use.done.percentile(99)
    if last.per_second < best * GROWTH and slower > SLOWER:
        return f"{last.per_second:.0f} turns/s after {best:.0f}, and a p99 {slower:.0f} × that of the first step"
    return None


def lost_and_doubled(answered: Iterable[str], stored: Mapping[str, tuple[int, int]]) -> tuple[int, int]:
    """Return how many answered turns are not stored, and how many messages and answers are stored too often.

    Args:
        answered: the keys of the turns that were answered with 200.
        stored: the numbers of messages and of answers under each key.
    """
    lost = sum(min(stored.get(key, (0, 0))) == 0 for key in answered)
    return lost, sum(max(0, number - 1) for numbers in stored.values() for number in numbers)


def key(request: bytes) -> str:
    found = _KEY.search(request)
    assert found is not None
    return found[1].decode()


@dataclass
class Crowd:
    """Signs people up through the gateway, each from another address."""

    stack: Stack
    clients: AsyncExitStack
    people: list[Person] = field(default_factory=list)
    addresses: "count[int]" = field(default_factory=count)

    async def gather(self, number: int) -> list[Person]:
        """Return so many people with fresh tokens. The missing ones sign up."""
        while len(self.people) < number:
            new = [await self._person() for _ in range(min(SIGN_UPS_AT_ONCE, number - len(self.people)))]
            await asyncio.gather(*(person.sign_up() for person in new))
            self.people += new
        await asyncio.gather(*(person.refresh() for person in self.people[:number]))
        return self.people[:number]

    def sign_in(self, person: Person) -> bytes:
        """A sign-in from yet another address, because each may do so only three times in ten seconds."""
        account = {name: person.account[name] for name in ("email", "password")}
        return http_request("POST", "/api/auth/sign-in/email", account, **self._headers())

    async def _person(self) -> Person:
        http = httpx.AsyncClient(base_url=self.stack.url, timeout=60, trust_env=False, headers=self._headers())
        return Person(await self.clients.enter_async_context(http))

    def _headers(self) -> dict[str, str]:
        high, low = divmod(next(self.addresses), 256)
        return {"origin": self.stack.url, "x-forwarded-for": f"198.{18 + high // 256}.{high % 256}.{low}"}


@dataclass(frozen=True)
class Bench:
    """A running stack, and how long each measurement takes in seconds."""

    stack: Stack
    containers: Containers
    psql: Psql
    crowd: Crowd
    seconds: float

    async def steps(self, replicas: int, clients: Sequence[int]) -> list[Step]:
        """Take steps until something gives."""
        await asyncio.to_thread(self.stack.up, "--scale", f"api={replicas}", "--no-recreate")
        self.containers.find()
        await self._turns("warm-up", WARM_UP_CLIENTS, self.seconds)
        steps: list[Step] = []
        for number in clients:
            steps.append(await self._step(replicas, number))
            print(f"{steps[-1].name}: {steps[-1].use.done.per_second:.0f} turns/s", flush=True)
            if what_gave(steps):
                break
        return steps

    async def sign_ins(self, clients: int) -> Use:
        people = await self.crowd.gather(clients)
        return await self._use((self.crowd.sign_in(person) for person in cycle(people)), clients, self.seconds)

    async def _step(self, replicas: int, clients: int) -> Step:
        name = f"{replicas}-{clients}"
        warm_up = await self._turns(name, clients, self.seconds * WARM_UP_SHARE)
        use = await self._turns(name, clients, self.seconds)
        answered = [key(request) for request in warm_up.done.answered + use.done.answered]
        return Step(replicas, clients, use, *lost_and_doubled(answered, await self._stored(f"{name}-")))

    async def _turns(self, name: str, clients: int, seconds: float) -> Use:
        """Begin a conversation with each turn. Keys begin with the name."""
        people = await self.crowd.gather(clients)

        def turn(person: Person) -> bytes:
            headers = {"authorization": person.authorization, "idempotency_key": f"{name}-{uuid4()}"}
            return http_request("POST", f"/api/{person.id}/chat", {"message": QUESTION}, **headers)

        return await self._use((turn(person) for person in cycle(people)), clients, seconds)

    async def _stored(self, prefix: str) -> dict[str, tuple[int, int]]:
        """Return the numbers of messages and of answers by key."""
        rows = await self.psql.rows(
            f"""select asked.idempotency_key, count(distinct asked.id), count(answer.id) from chat.message asked
                left join chat.message answer on answer.conversation_id = asked.conversation_id
                                             and answer.turn = asked.turn and answer.role = 'assistant'
                where starts_with(asked.idempotency_key, '{prefix}') group by asked.idempotency_key"""  # noqa: S608
        )
        return {name: (int(messages), int(answers)) for name, messages, answers in rows}

    async def _use(self, requests: Iterable[bytes], clients: int, seconds: float) -> Use:
        before = self._cpu_seconds()
        async with watch_connections(self.psql) as connections:
            done = await send_all(self.stack.port, during(seconds, requests), clients)
        after = self._cpu_seconds()
        used = {name: after[name] - before[name] for name in after}
        return Use(done, used, self.containers.megabytes("api"), connections)

    def _cpu_seconds(self) -> dict[str, float]:
        times = psutil.cpu_times()
        busy = sum(times) - times.idle - getattr(times, "iowait", 0)
        return {**self.containers.cpu_seconds(), "clients": time.process_time(), "machine": busy}


@asynccontextmanager
async def open_bench(stack: Stack, seconds: float) -> AsyncIterator[Bench]:
    async with AsyncExitStack() as lasting:
        psql = await lasting.enter_async_context(open_psql(stack))
        crowd = Crowd(stack, await lasting.enter_async_context(AsyncExitStack()))
        yield Bench(stack, lasting.enter_context(Containers(stack)), psql, crowd, seconds)


async def measure(stack: Stack, arguments: argparse.Namespace) -> tuple[list[list[Step]], dict[int, Use]]:
    """Return the steps of each number of replicas, and sign-ins by the number of clients."""
    async with open_bench(stack, arguments.seconds) as bench:
        steps = [await bench.steps(replicas, arguments.clients) for replicas in arguments.replicas]
        return steps, {clients: await bench.sign_ins(clients) for clients in arguments.sign_in_clients}


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure replicas of the api in containers, through the gateway.")
    parser.add_argument("--replicas", nargs="+", type=int, default=REPLICAS)
    parser.add_argument("--clients", nargs="+", type=int, default=CLIENTS, help="of each step")
    parser.add_argument("--sign-in-clients", nargs="+", type=int, default=SIGN_IN_CLIENTS)
    parser.add_argument("--seconds", type=float, default=8, help="of each step, after a warm-up")
    parser.add_argument("--model-seconds", type=float, default=0, help="how long each answer of the model takes")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="for the figures and the plot")
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # removes the containers too
    conditions = machine()
    with tempfile.TemporaryDirectory() as folder:
        try:
            stack = Stack(clone_repository(Path(folder) / "taskchat"), OVERLAY)
            stack.environment["MODEL_SECONDS"] = str(arguments.model_seconds)
            with stack:
                steps, sign_ins = asyncio.run(measure(stack, arguments))
        except EngineMissing as error:
            sys.exit(str(error))
    gave = {steps_[-1].name: what_gave(steps_) or "nothing" for steps_ in steps}
    conditions = {**conditions, "model_seconds": arguments.model_seconds}
    file = arguments.folder / ("replicas-slow-model" if arguments.model_seconds else "replicas")
    write_report(conditions, [step for each in steps for step in each], sign_ins, gave, file)


if __name__ == "__main__":
    main()
