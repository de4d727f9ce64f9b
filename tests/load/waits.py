"""Measures what people wait for: a distant database, a busy api, a thousand turns at once, and a start."""

from dataclasses import dataclass
from statistics import median

from load.bench import Bench, Case
from load.clients import Round, send_all, send_at_rate
from load.data import remove_turns
from load.processes import instant_model
from load.turns import CLIENTS
from support.tcp_proxy import TcpProxy

ROUND_TRIP_SECONDS = 0.020
WARM_UP_TURNS = 12
CONNECTIONS_AT_RATE = 64

DISTANT = [*(Case("ours, responses", 20, calls) for calls in (0, 1, 3)), Case("usual")]


@dataclass(frozen=True)
class Distant:
    """A turn far from the database.

    Attributes:
        round_trips: per turn, counted on the wire.
    """

    case: Case
    round_trips: float
    milliseconds: float


async def measure_distance(bench: Bench, turns: int) -> list[Distant]:
    """Measure one client's turns while the database is `ROUND_TRIP_SECONDS` away."""
    return [await _distant(bench, case, turns) for case in DISTANT]


async def _distant(bench: Bench, case: Case, turns: int) -> Distant:
    database = bench.database
    setting, url = ("API_DATABASE_URL", database.roles.api)
    if case.side == "usual":
        setting, url = ("USUAL_DATABASE_URL", database.admin_url)
    requests = await bench.requests(case, WARM_UP_TURNS + turns)
    with (
        TcpProxy(url, delay_seconds=ROUND_TRIP_SECONDS) as proxy,
        bench.serve(case.side, **{setting: proxy.url}) as server,
    ):
        await send_all(server.port, requests[:WARM_UP_TURNS], 1)
        before = proxy.round_trips
        done = (await send_all(server.port, requests[WARM_UP_TURNS:], 1)).require_answers()
        return Distant(case, (proxy.round_trips - before) / turns, median(done.latencies) * 1000)


async def measure_half_of_capacity(bench: Bench, turns: int) -> Round:
    """Send turns at half of the rate that the api carries, which is measured first."""
    requests = await bench.requests(Case("ours, responses"), turns)
    with bench.serve("ours, responses") as server:
        for _ in range(2):  # the first one warms up
            most = await send_all(server.port, requests, CLIENTS)
            await remove_turns(bench.database)
        # The vacuum invalidates plans: let each connection plan its statements again.
        await send_all(server.port, requests[: 4 * WARM_UP_TURNS], CLIENTS)
        return await send_at_rate(server.port, requests, most.per_second / 2, CONNECTIONS_AT_RATE)


async def measure_crowd(bench: Bench, turns: int, model_seconds: float) -> Round:
    """Send so many turns at once, each of a new conversation, while the model is slow."""
    requests = await bench.requests(Case("ours, responses", 0), turns)
    with instant_model(model_seconds) as model, bench.serve("ours, responses", OPENAI_BASE_URL=model) as server:
        await send_all(server.port, requests[:WARM_UP_TURNS], WARM_UP_TURNS)
        return await send_all(server.port, requests, turns)


def measure_start(bench: Bench, times: int) -> tuple[float, float]:
    """Return the fastest start until ready in seconds, and the memory then in megabytes."""
    starts = []
    for _ in range(times):
        with bench.serve("ours, responses") as server:
            starts.append((server.start_seconds, server.memory_megabytes()))
    return min(starts)
