"""Failures of replicas and databases while users chat and retry."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

from compose.conftest import NewPerson
from compose.load import Speaker, load, more_turns, outcome
from compose.stack import Stack, seconds
from support.processes import eventually
from support.report import Report
from taskchat.settings import Settings
from taskchat_dev_stack.programs import API_STOP_SECONDS

PEOPLE, SPEAKERS_EACH, TURNS_BEFORE, TURNS_AFTER = 3, 4, 3, 6
HEAD = ("what", "turns answered", "stored", "lost", "duplicates", "refused and tried again")


@asynccontextmanager
async def talking(new_person: NewPerson, report: Report, what: str) -> AsyncIterator[list[Speaker]]:
    """Twelve users; afterwards every answered turn must be stored exactly once."""
    people = [await new_person() for _ in range(PEOPLE)]
    async with load(people, SPEAKERS_EACH, TURNS_AFTER) as speakers:
        await more_turns(speakers, TURNS_BEFORE)
        yield speakers
    found = await outcome(people, speakers)
    report.add("turns", HEAD, what, found.sent, found.stored, found.lost, found.duplicates, found.refusals)
    assert found.sent >= len(speakers) * (TURNS_BEFORE + TURNS_AFTER)
    assert (found.stored, found.lost, found.duplicates) == (found.sent, 0, 0)


class TestReplicas:
    async def test_one_of_three_is_killed(self, stack: Stack, new_person: NewPerson, report: Report) -> None:
        scaled = await asyncio.to_thread(seconds, lambda: stack.run_block("docs/deploy.md#more-replicas-1"))
        report.add("times", ("what", "seconds"), "from one api to three, then a second auth-service", f"{scaled:.1f}")
        replicas = stack.containers("api")
        assert (len(replicas), len(stack.containers("auth-service"))) == (3, 2)
        async with talking(new_person, report, "one api of three killed"):
            await asyncio.to_thread(stack.docker, "kill", replicas[0])
        assert len(stack.containers("api")) == 2
        served = [turns_of(stack, replica) for replica in replicas]
        assert min(served) > 0, f"turns by replica: {served}"
        await asyncio.to_thread(stack.up, "--scale", "api=1", "--no-recreate")


def turns_of(stack: Stack, container: str) -> int:
    return stack.docker("logs", container).count("/chat")


class TestDatabase:
    async def test_it_is_restarted(self, stack: Stack, new_person: NewPerson, report: Report) -> None:
        async with talking(new_person, report, "database restarted"):
            took = await asyncio.to_thread(seconds, lambda: stack.compose("restart", "db"))
        report.add("times", ("what", "seconds"), "restart of the database", f"{took:.1f}")

    async def test_it_is_killed(self, stack: Stack, new_person: NewPerson, report: Report) -> None:
        async with talking(new_person, report, "database killed"):
            [container] = stack.containers("db")
            await asyncio.to_thread(stack.docker, "kill", container)
            await asyncio.to_thread(stack.docker, "start", container)


class TestStop:
    def test_the_stop_takes_longer_than_a_turn(self, stack: Stack) -> None:
        config = stack.inspect(stack.containers("api")[0])["Config"]
        environment = dict(line.split("=", 1) for line in config["Env"] if "=" in line)
        grace = float(environment["UVICORN_TIMEOUT_GRACEFUL_SHUTDOWN"])
        assert grace > Settings.model_fields["turn_timeout_seconds"].default
        assert config["StopTimeout"] > grace + API_STOP_SECONDS
        assert stack.inspect(stack.containers("gateway")[0])["Config"]["StopTimeout"] > grace

    async def test_a_running_turn_finishes_before_the_api_exits(self, stack: Stack, new_person: NewPerson) -> None:
        ada = await new_person()
        [container] = stack.containers("api")
        with stack.locked("chat.task"):
            turn = asyncio.create_task(ada.chat("add milk", None, key=str(uuid4())))
            await asyncio.to_thread(eventually, lambda: waits_for_lock(stack))
            stopping = asyncio.create_task(asyncio.to_thread(stack.docker, "stop", "--time", "105", container))
            await asyncio.to_thread(eventually, lambda: "Waiting for" in stack.docker("logs", container))
            assert not turn.done()
        answer = await turn
        assert [call["result"]["title"] for call in answer["tool_calls"]] == ["milk"]
        assert ada.refusals == {}
        await stopping
        assert stack.inspect(container)["State"]["ExitCode"] == 0
        await asyncio.to_thread(stack.up)


def waits_for_lock(stack: Stack) -> bool:
    query = "select 1 from pg_stat_activity where usename = 'chat_api' and wait_event_type = 'Lock'"
    return stack.sql(query) == ["1"]
