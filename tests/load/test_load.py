"""The benchmark runs against the current api, and computes what it says."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest

from load.bench import Case, open_bench
from load.clients import Round, during, http_request, percentile, send_all, send_at_rate
from load.pauses import Pauses, measure_pauses, pauses_between
from load.processes import MEASURED
from load.replicas import lost_and_doubled, what_gave
from load.replicas_report import Step, Use
from load.report import Goal, goals_table, table
from load.soak import Sample, soak_goals
from load.turns import Figures, compare, turn_goals, turns_table

OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"
BUSY = b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n"
CLOSE = b""
REQUEST = http_request("GET", "/")


@asynccontextmanager
async def scripted(*answers: bytes) -> AsyncIterator[int]:
    """A server that answers in this order; yields its port."""
    script = iter(answers)
    connections: list[asyncio.Task[None] | None] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(asyncio.current_task())
        with suppress(EOFError):  # the client has left
            while await reader.readuntil(b"\r\n\r\n") and (answer := next(script)) != CLOSE:
                writer.write(answer)
        writer.close()
        await writer.wait_closed()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]
    await asyncio.gather(*filter(None, connections))


async def test_two_sides_can_be_compared() -> None:
    cases = [Case("limit"), Case("ours"), Case("ours", 20, 1)]
    async with open_bench() as bench:
        figures = await compare(bench, cases, rounds=1, turns=4)
    assert [len(figures[case].rounds[0].latencies) for case in cases] == [4, 4, 4]
    assert [goal.name for goal in turn_goals(figures)] == ["turn, 20 messages, of the limit"]
    assert "ours, 20 messages, 1 call" in turns_table(figures)


@pytest.mark.parametrize(
    ("limit", "ours", "ratios"), [(0.002, 0.004, ["1.00", "0.50"]), (0.002, 0, ["1.00", ""]), (0, 0.004, ["", ""])]
)
def test_turns_too_quick_for_the_clock_have_no_ratio(limit: float, ours: float, ratios: list[str]) -> None:
    done = Round(1, [0.001])
    figures = {Case("limit"): Figures([done], [limit]), Case("ours"): Figures([done], [ours])}
    assert [row.split("|")[5].strip() for row in turns_table(figures).splitlines()[2:]] == ratios


def test_pauses_are_measured() -> None:
    assert pauses_between([0, 0.001, 0.011, 0.0135]) == [pytest.approx(0.010)]
    assert isinstance(measure_pauses(MEASURED, seconds=0.05), Pauses)
    assert str(Pauses(1.04, 17.2)) == "1.0 a second, the longest of 17 ms"


async def test_failures_are_counted_and_the_next_request_gets_a_new_connection() -> None:
    requests = [http_request("GET", f"/{n}") for n in range(4)]
    async with scripted(OK, BUSY, CLOSE, OK) as port:
        done = await send_all(port, requests, clients=1)
    assert len(done.latencies) == 2
    assert done.answered == [requests[0], requests[3]]
    assert done.failures == {"503": 1, "IncompleteReadError": 1}
    with pytest.raises(RuntimeError, match="503"):
        done.require_answers()


async def test_waiting_for_a_free_connection_counts_as_latency() -> None:
    async with scripted(*[OK] * 5) as port:
        done = await send_at_rate(port, [REQUEST] * 5, per_second=1e9, clients=1)
    assert done.latencies == sorted(done.latencies)
    assert len(set(done.latencies)) == 5


def test_requests_end_with_their_time() -> None:
    assert list(during(300, [REQUEST] * 3)) == [REQUEST] * 3
    assert list(during(0, [REQUEST] * 3)) == []


@pytest.mark.parametrize(("percent", "latency"), [(50, 2.0), (51, 3.0), (99, 4.0), (100, 4.0), (0, 1.0)])
def test_percentiles(percent: float, latency: float) -> None:
    assert percentile([4.0, 1.0, 3.0, 2.0], percent) == latency


def test_without_an_answer_there_is_no_latency() -> None:
    assert percentile([], 50) == float("inf")


def test_goals() -> None:
    goals = [Goal("wait", 48, 48, "ms"), Goal("wait", 48.1, 48, "ms"), Goal("speed", 5.5, 5, is_at_most=False)]
    assert [goal.is_met for goal in goals] == [True, False, True]
    assert goals_table(goals).splitlines()[2:] == [
        "| wait  | 48.00 ms | ≤ 48 ms |     met |",
        "| wait  | 48.10 ms | ≤ 48 ms | not met |",
        "| speed |   5.50 × |   ≥ 5 × |     met |",
    ]


def test_tables_align_their_columns() -> None:
    assert table(["turn", "p50"], [["a", "10 ms"]]) == "| turn |   p50 |\n| ---- | ----: |\n| a    | 10 ms |"


@pytest.mark.parametrize(("per_sample", "is_flat"), [(0.0, True), (1.0, False)])
def test_memory_that_grows_in_the_second_half_is_not_flat(per_sample: float, is_flat: bool) -> None:
    samples = [Sample(n, 100 * n, {}, 5, 9, 120 + per_sample * n, 80, 10) for n in range(30)]
    by_name = {goal.name: goal.is_met for goal in soak_goals(samples)}
    assert by_name == {
        "memory of the api after 2,900 turns": True,
        "its growth in the second half": is_flat,
        "failures": True,
    }


def test_turns_are_lost_without_message_or_answer_and_doubled_with_more_than_one() -> None:
    stored = {"whole": (1, 1), "no answer": (1, 0), "not answered yet": (1, 0), "twice": (2, 3)}
    assert lost_and_doubled(["whole", "no answer", "nothing", "twice"], stored) == (2, 3)


def step(per_second: int, latency: float, **failures: int) -> Step:
    done = Round(1, [latency] * per_second, failures=Counter(failures))
    return Step(1, 1, Use(done, {}, 0, Counter()), lost=0, doubled=0)


@pytest.mark.parametrize(
    ("last", "gave"),
    [
        (step(100, 0.021), None),
        (step(104, 0.05), None),
        (step(104, 0.21), "104 turns/s after 100, and a p99 21 × that of the first step"),
        (step(200, 0.21), None),
        (step(200, 0.01, ReadError=1, TimeoutError=2), "failures: 1 × ReadError, 2 × TimeoutError"),
    ],
)
def test_something_gives_with_failures_or_if_more_clients_only_wait_longer(last: Step, gave: str | None) -> None:
    assert what_gave([step(100, 0.01), last]) == gave
