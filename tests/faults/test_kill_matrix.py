"""A turn happens exactly once, wherever it is interrupted.

The turn calls two tools in one step and a third in the next, then answers: five statements, three
model calls. It is interrupted before and after each statement and during each model call, in three
ways: the api process is killed (SIGKILL), Postgres is killed (SIGQUIT: it ends at once and recovers
from its log), or the connection is cut. Then the test sends the request again and counts rows.

The scripted model never repeats itself: when called again, it names its tasks differently.
"""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack

import httpx
import pytest
import pytest_asyncio

from support.api_process import ApiProcess
from support.client import Client, NewPerson, Person
from support.database import Database
from support.model_server import ModelServer
from support.report import Report
from support.tcp_proxy import TcpProxy
from support.three_tasks import (
    MESSAGE,
    STATEMENT_POINTS,
    TOKENS,
    TOKENS_PER_STEP,
    Script,
    assert_exactly_once,
    count_rows,
    count_tokens,
    warm_up,
)
from taskchat_dev_stack.postgres import EmbeddedPostgres

MODEL_POINTS = {f"during the {nth} model call": n for n, nth in enumerate(("first", "second", "third"), 1)}
HEADER = ("interrupted", "rows then", "retry", "rows after: user / effects / answer")


async def send_until_answered(client: Client, database: Database, person: Person) -> list[httpx.Response]:
    """Retry with the same key; if the dead run still has its lease, expire it."""
    responses = [await client.chat(person, MESSAGE, key="key-1")]
    if responses[0].status_code == 409:
        assert responses[0].json()["code"] == "turn_in_progress"
        # The surviving api may already have released it.
        expire = "update conversation set lease_until = now() where user_id = $1 and run_id is not null"
        await database.fetch(expire, person.id)
        responses.append(await client.chat(person, MESSAGE, key="key-1"))
    return responses


def status_codes(responses: list[httpx.Response]) -> str:
    return ", then ".join(str(r.status_code) for r in responses)


class Victim:
    """An api process to kill, with its own proxy to the database."""

    def __init__(self, environment: dict[str, str]) -> None:
        self._resources = ExitStack()
        self.proxy = self._resources.enter_context(TcpProxy(environment["API_DATABASE_URL"]))
        self.process = self._resources.enter_context(ApiProcess({**environment, "API_DATABASE_URL": self.proxy.url}))

    def kill(self) -> None:
        self.process.kill()

    def close(self) -> None:
        self._resources.close()


class Victims:
    """Starts the next process while a test kills the last one."""

    def __init__(self, environment: dict[str, str]) -> None:
        self._environment = environment
        self._executor = ThreadPoolExecutor(1)
        self._next: Future[Victim] = self._executor.submit(Victim, environment)

    def take(self) -> Victim:
        victim = self._next.result()
        self._next = self._executor.submit(Victim, self._environment)
        return victim

    def close(self) -> None:
        self._next.result().close()
        self._executor.shutdown()


@pytest.fixture(scope="module")
def victims(environment: dict[str, str]) -> Iterator[Victims]:
    victims = Victims(environment)
    yield victims
    victims.close()


@pytest.fixture
def victim(victims: Victims) -> Iterator[Victim]:
    victim = victims.take()
    yield victim
    victim.close()


@pytest.fixture(scope="module")
def survivor(environment: dict[str, str]) -> Iterator[Victim]:
    """The other replica, which takes over, and loses its database and connections."""
    survivor = Victim(environment)
    yield survivor
    survivor.close()


@pytest_asyncio.fixture
async def survivors_client(survivor: Victim) -> AsyncIterator[Client]:
    async with Client(base_url=survivor.process.url, timeout=60) as client:
        yield client


class TestApiKilled:
    @pytest.mark.parametrize("name", [*STATEMENT_POINTS, *MODEL_POINTS])
    async def test_the_other_replica_takes_over(
        self,
        name: str,
        victim: Victim,
        survivors_client: Client,
        alice: Person,
        database: Database,
        new_person: NewPerson,
        model: ModelServer,
        report: Report,
    ) -> None:
        async with Client(base_url=victim.process.url, timeout=60) as client:
            await warm_up(client, await new_person(), model)
            if name in STATEMENT_POINTS:
                victim.proxy.break_at(STATEMENT_POINTS[name], victim.kill)
                model.always(Script())
            else:
                model.always(Script(MODEL_POINTS[name], victim.kill))
            with pytest.raises(httpx.TransportError):
                await client.chat(alice, MESSAGE, key="key-1")
        assert victim.process.wait() == -signal.SIGKILL
        then = await count_rows(database, alice)
        responses = await send_until_answered(survivors_client, database, alice)
        report.add("the api is killed", HEADER, name, then, status_codes(responses), await count_rows(database, alice))
        await assert_exactly_once(database, alice, responses[-1])
        assert await count_tokens(database, alice) == TOKENS  # a step that was lost with the process doesn't count


class TestPostgresKilled:
    @pytest.mark.parametrize("name", STATEMENT_POINTS)
    async def test_the_turn_resumes_after_recovery(
        self,
        name: str,
        survivor: Victim,
        survivors_client: Client,
        postgres: EmbeddedPostgres,
        alice: Person,
        database: Database,
        new_person: NewPerson,
        model: ModelServer,
        report: Report,
    ) -> None:
        def kill_postgres() -> None:
            pid = int((postgres.data / "postgres" / "postmaster.pid").read_text(encoding="utf-8").split()[0])
            os.kill(pid, signal.SIGQUIT)

        await warm_up(survivors_client, await new_person(), model)
        model_calls = len(model.requests)
        survivor.proxy.break_at(STATEMENT_POINTS[name], kill_postgres)
        model.always(Script())
        interrupted = await survivors_client.chat(alice, MESSAGE, key="key-1")
        assert (interrupted.status_code, interrupted.json()["code"]) == (503, "database_unavailable")
        assert int(interrupted.headers["retry-after"]) >= 1
        await asyncio.to_thread(postgres.stop)
        await asyncio.to_thread(postgres.start)
        then = await count_rows(database, alice)
        responses = await send_until_answered(survivors_client, database, alice)
        report.add("Postgres is killed", HEADER, name, then, status_codes(responses), await count_rows(database, alice))
        await assert_exactly_once(database, alice, responses[-1])
        # A step that could not be stored counts too, if its run still held the lease when Postgres was back. A
        # stored one counts twice, if its statement's answer was lost.
        used = (len(model.requests) - model_calls + 1) * TOKENS_PER_STEP
        assert TOKENS <= await count_tokens(database, alice) <= used


class TestConnectionCut:
    @pytest.mark.parametrize("name", STATEMENT_POINTS)
    async def test_the_turn_succeeds_without_a_retry(
        self,
        name: str,
        survivor: Victim,
        survivors_client: Client,
        alice: Person,
        database: Database,
        new_person: NewPerson,
        model: ModelServer,
        report: Report,
    ) -> None:
        await warm_up(survivors_client, await new_person(), model)
        survivor.proxy.break_at(STATEMENT_POINTS[name])
        model.always(Script())
        answer = await survivors_client.chat(alice, MESSAGE, key="key-1")
        assert survivor.proxy.is_broken
        report.add(
            "the connection is cut",
            HEADER,
            name,
            "",
            f"not needed: {answer.status_code}",
            await count_rows(database, alice),
        )
        await assert_exactly_once(database, alice, answer)
        assert await count_tokens(database, alice) == TOKENS
