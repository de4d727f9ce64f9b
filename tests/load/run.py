"""Runs the benchmark and prints its tables: `make bench`.

Everything runs on this machine. The server that is measured has one processor for itself, where the system can pin
processes; clients, database and model share the others. Figures of different machines, or of different hours, cannot be
compared: only ratios within one run can.
"""

import argparse
import asyncio
import time
from contextlib import AsyncExitStack
from itertools import cycle, islice

from load.accounts import measure_accounts, per_second
from load.clients import Round, send_all, send_at_rate
from load.data import create_person, remove_turns
from load.processes import Server, instant_model, pin, serve
from load.report import Goal, goals_table, machine, table, write
from load.sides import create_usual_tables
from load.tokens import compare_token_checks
from load.turns import CLIENTS, Bench, Case, Figures, compare
from load.waits import distant, p99_to_p50, percentile
from support.database import Database, migrate
from support.issuer import AUDIENCE, Issuer
from taskchat_dev_stack.postgres import EmbeddedPostgres

PEOPLE = 32

TURNS = [
    Case("limit, 20 messages", "limit", 20),
    Case("usual, 20 messages", "usual", 20),
    Case("ours, new conversation", "ours"),
    Case("ours, 20 messages", "ours", 20),
    Case("ours, 100 messages", "ours", 100),
    Case("ours, 220 messages", "ours", 220),
    Case("ours, 1,000 messages", "ours", 1000),
    Case("limit, 1 call", "limit", 20, 1),
    Case("usual, 1 call", "usual", 20, 1),
    Case("ours, 1 call", "ours", 20, 1),
    Case("limit, 3 calls", "limit", 20, 3),
    Case("ours, 3 calls", "ours", 20, 3),
    Case("ours, responses, 20 messages", "ours-responses", 20),
    Case("ours, responses, 220 messages", "ours-responses", 220),
    Case("ours, chat completions, 20 messages", "ours-completions", 20),
    Case("ours, chat completions, 220 messages", "ours-completions", 220),
]


def environment(database: Database, issuer: Issuer, **changes: str) -> dict[str, str]:
    return {
        "API_DATABASE_URL": database.roles.api,
        "JWKS_URL": issuer.jwks_url,
        "JWT_ISSUER": issuer.url,
        "JWT_AUDIENCE": AUDIENCE,
        "TURNS_PER_MINUTE": "1000000",
        "REQUESTS_PER_MINUTE": "1000000",
        "REQUESTS_AT_ONCE": "1000",
        "BENCH_USUAL_DATABASE_URL": database.admin_url,
        **changes,
    }


class Benchmark:
    """The database, the people and the figures of one run."""

    def __init__(self, database: Database, issuer: Issuer, bench: Bench, stack: AsyncExitStack) -> None:
        self._database = database
        self._issuer = issuer
        self._bench = bench
        self._stack = stack

    def serve(self, side: str, **changes: str) -> Server:
        """Start a side, which runs until the end."""
        return self._stack.enter_context(serve(side, environment(self._database, self._issuer, **changes)))

    async def turns(self, *, rounds: int, turns: int, only: str, model: str) -> dict[Case, Figures]:
        http = {"OPENAI_BASE_URL": model, "OPENAI_API_KEY": "bench"}
        sides = {
            "limit": ("limit", {}),
            "usual": ("usual", {}),
            "ours": ("ours", {}),
            "ours-responses": ("ours-http", http | {"OPENAI_API": "responses"}),
            "ours-completions": ("ours-http", http | {"OPENAI_API": "chat_completions"}),
        }
        cases = [case for case in TURNS if only in case.name]
        servers = {
            name: self.serve(side, **changes)
            for name, (side, changes) in sides.items()
            if any(case.side == name for case in cases)
        }
        return await compare(self._bench, servers, cases, rounds=rounds, turns=turns)

    async def distant_database(self, model: str, turns: int) -> list[float]:
        """The latencies of one client's turns, 20 ms from the database, with the instant HTTP model."""
        async with distant(self._database.roles.api, 0.020) as url:
            server = self.serve("ours-http", API_DATABASE_URL=url, OPENAI_BASE_URL=model, OPENAI_API_KEY="bench")
            requests = await self._bench.prepare(Case("distant", "ours", 20))
            await send_all(server.port, requests[:CLIENTS], 1)
            return (await send_all(server.port, list(islice(cycle(requests), turns)), 1)).latencies

    async def half_of_capacity(self, turns: int) -> list[float]:
        """The latencies at half of the rate that the api carries, which is measured first."""
        server = self.serve("ours")
        requests = await self._bench.prepare(Case("half", "ours", 20))
        for _ in range(2):
            most = await send_all(server.port, list(islice(cycle(requests), turns)), CLIENTS)
        await remove_turns(self._database)
        at_rate = islice(cycle(requests), turns)
        return (await send_at_rate(server.port, at_rate, most.per_second / 2, 64)).latencies

    async def thousand_at_once(self, seconds: float) -> Round:
        """A thousand turns at once on a slow model, with the default pool of connections."""
        with instant_model(seconds) as model:
            server = self.serve("ours-http", OPENAI_BASE_URL=model, OPENAI_API_KEY="bench")
            requests = await self._bench.prepare(Case("many", "ours"))
            await send_all(server.port, requests[:CLIENTS], CLIENTS)
            return await send_all(server.port, list(islice(cycle(requests), 1000)), 1000)

    def start(self, times: int) -> tuple[float, float]:
        """The fastest start until ready, in seconds, and the memory then, in MB."""
        seconds, memory = [], []
        for _ in range(times):
            began = time.perf_counter()
            with serve("ours-http", environment(self._database, self._issuer)) as server:
                seconds.append(time.perf_counter() - began)
                memory.append(server.memory_bytes() / 1e6)
        return min(seconds), min(memory)


async def run(*, rounds: int, turns: int, only: str, name: str) -> None:
    conditions = machine()
    async with AsyncExitStack() as stack:
        postgres = stack.enter_context(EmbeddedPostgres(durable=False))
        database = await asyncio.to_thread(migrate, postgres)
        await create_usual_tables(database.admin_url)
        issuer = stack.enter_context(Issuer())
        model = stack.enter_context(instant_model())
        bench = Bench(database, [await create_person(database, issuer) for _ in range(PEOPLE)])
        benchmark = Benchmark(database, issuer, bench, stack)
        figures = await benchmark.turns(rounds=rounds, turns=turns, only=only, model=model)
        print(turns_table(figures), flush=True)
        if only:
            return
        distant_latencies = await benchmark.distant_database(model, turns)
        half = await benchmark.half_of_capacity(turns * 4)
        many = await benchmark.thousand_at_once(2)
        start_seconds, memory = benchmark.start(3)
        tokens = await compare_token_checks(issuer, rounds)
    accounts = await measure_accounts(rounds, turns)
    token_rows = [
        [check, f"{seconds * 1e6:.0f} µs", f"{seconds / tokens['signature only']:.2f}"]
        for check, seconds in tokens.items()
    ]
    print("\n" + table(["token check", "CPU", "of signature only"], token_rows))
    rates = {path: per_second(measured) for path, measured in accounts.items()}
    print("\n" + table(["auth-service", "requests/s"], [[path, f"{rate:.0f}"] for path, rate in rates.items()]))
    goals = [
        *turn_goals(figures),
        Goal("plain turn, 20 ms from the database, p50", percentile(distant_latencies, 0.5) * 1000, 48, "ms"),
        Goal("p99 / p50 at half of capacity", p99_to_p50(half), 3),
        Goal("1,000 turns at once, of a model's 2 s", many.seconds / 2, 2),
        Goal("start to ready", start_seconds, 1.5, "s"),
        Goal("memory when ready", memory, 160, "MB"),
    ]
    print("\n" + goals_table(goals))
    document = {
        "machine": conditions,
        "turns": {case.name: {"per_second": f.per_second, "cpu_ms": f.cpu_milliseconds} for case, f in figures.items()},
        "tokens": tokens,
        "auth_service": rates,
        "goals": {goal.name: {"value": goal.value, "limit": goal.limit, "unit": goal.unit} for goal in goals},
    }
    for path in write(name, document, {case.name: f.per_second for case, f in figures.items()}):
        print(f"wrote {path}")


def turns_table(figures: dict[Case, Figures]) -> str:
    """Each case with its ratios to the first side, the limit."""
    base = next(iter(figures.values()))
    rows = [
        [
            case.name,
            f"{measured.per_second:.0f}",
            f"{measured.cpu_milliseconds:.2f} ms",
            f"{measured.per_second / base.per_second:.2f}",
            f"{base.cpu_milliseconds / measured.cpu_milliseconds:.2f}",
            f"{percentile(measured.latencies, 0.5) * 1000:.1f} ms",
            f"{percentile(measured.latencies, 0.99) * 1000:.1f} ms",
        ]
        for case, measured in figures.items()
    ]
    return table(["case", "turns/s", "CPU a turn", "of the limit", "by CPU", "p50", "p99"], rows)


def turn_goals(figures: dict[Case, Figures]) -> list[Goal]:
    by_name = {case.name: measured for case, measured in figures.items()}

    def ratio(ours: str, other: str) -> float:
        return by_name[ours].per_second / by_name[other].per_second

    def latency(name: str) -> float:
        return percentile(by_name[name].latencies, 0.5)

    return [
        Goal(
            "turn, 20 messages, against the limit",
            ratio("ours, 20 messages", "limit, 20 messages"),
            0.65,
            is_at_most=False,
        ),
        Goal(
            "turn, 20 messages, against the usual way",
            ratio("ours, 20 messages", "usual, 20 messages"),
            5,
            is_at_most=False,
        ),
        *(
            Goal(
                f"220 messages against 20, {api}, p50",
                latency(f"ours, {api}, 220 messages") / latency(f"ours, {api}, 20 messages"),
                1.4,
            )
            for api in ("responses", "chat completions")
        ),
    ]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Measure the api against its limits.")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--turns", type=int, default=320, help="in each round")
    parser.add_argument("--only", default="", help="only the turns whose names contain this")
    parser.add_argument("--name", default="bench", help="of the files in docs/benchmarks")
    arguments = parser.parse_args()
    pin(None)
    asyncio.run(run(rounds=arguments.rounds, turns=arguments.turns, only=arguments.only, name=arguments.name))
