"""Any sequence of messages, retries, failures, crashes, stops, takeovers and deletions, through the whole service.

The real agent runs over the real database, in two replicas; only the model makes up what it says. What must hold is
read from the rows by other means than the service's own.
"""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import orjson
import pytest
from agents import TResponseInputItem
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from support.database import Database
from support.issuer import Issuer
from support.lives import Death, Fate, ImprovisingModel, Life, Plan, Step, current, make_mortal
from support.model_server import ModelRequest
from taskchat.chat.assistant import Assistant
from taskchat.chat.service import Answer, Turns
from taskchat.chat.statements import MAX_RUNS, TurnRequest
from taskchat.database import create_engine
from taskchat.errors import Problem
from taskchat.settings import Settings

STEPS = st.builds(
    Step,
    has_text=st.booleans(),
    calls=st.lists(st.sampled_from(["add", "add", "list", "unknown", "wrong"]), min_size=1, max_size=3).map(tuple),
)
PLANS = st.builds(
    Plan,
    steps=st.lists(STEPS, max_size=3).map(tuple),
    end=st.sampled_from(["answer", "answer", "answer", "error", "nothing"]),
)
FATES = st.none() | st.builds(Fate, st.sampled_from(["die", "stop"]), st.integers(1, 25))
HOLDS = st.builds(Fate, st.just("hold"), st.integers(1, 3))
REPLICAS = st.sampled_from([0, 1])


@dataclass
class Turn:
    """A message under its key, and what its sender has heard."""

    key: str
    message: str
    talk: "Talk"
    answer: Answer | None = None


@dataclass
class Talk:
    """A conversation; without an id until somebody has heard of it."""

    id: UUID | None = None
    is_deleted: bool = False
    turns: list[Turn] = field(default_factory=list)


@dataclass(frozen=True)
class Stored:
    """What is stored of a turn, and who holds its conversation."""

    turn: int | None = None
    runs: int = 0
    answer: str | None = None
    running_turn: int | None = None
    run_id: UUID | None = None
    is_leased: bool = False


class World:
    """What all examples share: a loop, two replicas of the service, a connection of our own."""

    def __init__(self, database: Database, api_settings: Settings) -> None:
        self.database = database
        self.runner = asyncio.Runner()
        self.engines = [create_engine(api_settings) for _ in range(2)]
        for engine in self.engines:
            make_mortal(engine)
        assistant = Assistant(ImprovisingModel(), model_timeout_seconds=api_settings.model_timeout_seconds)
        self.replicas = [Turns(engine, assistant, api_settings) for engine in self.engines]
        self.admin: Any = self.runner.run(self._connect())

    async def _connect(self) -> Any:
        return await asyncpg.connect(self.database.admin_url, server_settings={"search_path": "chat, auth"})

    def close(self) -> None:
        async def close() -> None:
            await self.admin.close()
            for engine in self.engines:
                await engine.dispose()

        self.runner.run(close())
        self.runner.close()


@dataclass
class Held:
    """A run that its model keeps waiting."""

    turn: Turn
    life: Life
    task: "asyncio.Task[Answer]"
    run_id: UUID | None


class RunMachine(RuleBasedStateMachine):
    """Sends, and judges what came of it by what was stored before."""

    world: World

    turns = Bundle("turns")
    held = Bundle("held")

    def __init__(self) -> None:
        super().__init__()
        self.runner, self.admin = self.world.runner, self.world.admin
        self.lives: list[Life] = []
        self.pending: set[asyncio.Task[Answer]] = set()
        self.talks: list[Talk] = []
        self.tasks_of_deleted: list[str] = []
        self.user_id = self.runner.run(self.world.database.create_user())

    def teardown(self) -> None:
        async def end_lives() -> None:
            for life in self.lives:
                life.is_dead = True
                life.released.set()
            await asyncio.gather(*self.pending, return_exceptions=True)

        self.runner.run(end_lives())

    @rule(target=turns)
    def message_in_a_new_conversation(self) -> Turn:
        self.talks.append(Talk())
        return self.write(self.talks[-1])

    @rule(target=turns, other=turns)
    def message_in_the_same_conversation(self, other: Turn) -> Any:
        return multiple() if other.talk.id is None else self.write(other.talk)

    def write(self, talk: Talk) -> Turn:
        """A message that has not been sent yet."""
        talk.turns.append(Turn(str(uuid4()), f"message {uuid4()}", talk))
        return talk.turns[-1]

    @rule(turn=turns, plan=PLANS, fate=FATES, replica=REPLICAS)
    def send(self, turn: Turn, plan: Plan, fate: Fate | None, replica: int) -> None:
        self.runner.run(self.start(turn, Life(plan, fate, self.see), self.world.replicas[replica]))

    @rule(target=held, turn=turns, plan=PLANS, fate=HOLDS, replica=REPLICAS)
    def send_to_a_slow_model(self, turn: Turn, plan: Plan, fate: Fate, replica: int) -> Any:
        return self.runner.run(self.start(turn, Life(plan, fate, self.see), self.world.replicas[replica])) or multiple()

    async def start(self, turn: Turn, life: Life, replica: Turns) -> Held | None:
        before = await self.stored(turn)
        self.lives.append(life)

        async def live() -> Answer:
            current.set(life)
            life.task = asyncio.current_task()
            return await replica.answer(TurnRequest(self.user_id, turn.key, turn.message, turn.talk.id))

        task, held = asyncio.create_task(live()), asyncio.create_task(life.held.wait())
        await asyncio.wait({task, held}, return_when=asyncio.FIRST_COMPLETED)
        held.cancel()
        if not task.done():
            self.pending.add(task)
            return Held(turn, life, task, (await self.stored(turn)).run_id)
        refusal = self.refusal(turn, before)
        problem = self.problem(life, task)
        after = await self.stored(turn)
        if life.is_dead:
            return None
        if refusal or before.answer is not None:
            assert problem == refusal
            assert after.run_id == before.run_id
        else:
            assert problem in self.failures(life)
            assert after.run_id is None  # free for a retry at once
        if problem is None:
            self.hear(turn, task.result(), is_replay=before.answer is not None)
        return None

    @rule(run=consumes(held))
    def the_model_answers_at_last(self, run: Held) -> None:
        self.runner.run(self.let_go(run))

    @rule(run=consumes(held), plan=PLANS, replica=REPLICAS)
    def another_run_takes_over(self, run: Held, plan: Plan, replica: int) -> None:
        self.its_lease_ends(run.turn)
        self.send(run.turn, plan, None, replica)
        self.runner.run(self.let_go(run))

    async def let_go(self, run: Held) -> None:
        before = await self.stored(run.turn)
        is_replaced = before.run_id != run.run_id
        run.life.released.set()
        await asyncio.wait({run.task})
        self.pending.discard(run.task)
        problem = self.problem(run.life, run.task)
        after = await self.stored(run.turn)
        assert after.run_id == (before.run_id if is_replaced else None)
        if run.life.has_failed:
            assert problem == "model_error"
        elif run.turn.talk.is_deleted:
            assert problem == "conversation_not_found"
        elif is_replaced and before.answer is None:
            assert problem == "turn_in_progress"
        else:
            assert problem is None
            self.hear(run.turn, run.task.result(), is_replay=is_replaced)

    def problem(self, life: Life, task: "asyncio.Task[Answer]") -> str | None:
        error = task.exception()
        if life.is_dead:
            assert isinstance(error, Death)
        elif error is not None and not isinstance(error, Problem):
            raise error
        return error.code if isinstance(error, Problem) else None

    def refusal(self, turn: Turn, before: Stored) -> str | None:
        if turn.talk.is_deleted:
            return "conversation_not_found"
        if before.answer is not None:
            return None
        if before.is_leased:
            return "turn_in_progress" if before.running_turn == before.turn else "conversation_busy"
        return "turn_failed" if before.runs >= MAX_RUNS else None

    def failures(self, life: Life) -> set[str | None]:
        """What a run that begins may come to; None is an answer."""
        possible: set[str | None] = {"model_unavailable"} if life.is_stopped else set()
        if life.has_failed:
            return possible | {"model_error"}
        return possible | {None} if life.answer is not None else possible

    def hear(self, turn: Turn, answer: Answer, *, is_replay: bool) -> None:
        assert answer.is_replay == is_replay
        turn.talk.id = answer.conversation_id
        if turn.answer is not None:
            assert (answer.text, answer.tool_calls) == (turn.answer.text, turn.answer.tool_calls)
        turn.answer = answer

    @rule(turn=turns)
    def its_lease_ends(self, turn: Turn) -> None:
        """The process that holds it is dead, or slow: nobody knows."""
        query = "update conversation set lease_until = now() - interval '1s' where id = $1 and run_id is not null"
        self.runner.run(self.execute(query, turn.talk.id))

    @rule(turn=turns)
    def delete(self, turn: Turn) -> None:
        if turn.talk.id is not None and not turn.talk.is_deleted:
            self.tasks_of_deleted += self.runner.run(self.recorded_tasks(turn.talk.id))
            self.runner.run(self.execute("delete from conversation where id = $1", turn.talk.id))
            turn.talk.is_deleted = True

    async def execute(self, query: str, *parameters: Any) -> None:
        await self.admin.execute(query, *parameters)

    async def stored(self, turn: Turn) -> Stored:
        talk = turn.talk
        if talk.id is None:  # somebody looks whether it is there
            query = "select conversation_id from message where user_id = $1 and idempotency_key = $2"
            talk.id = await self.admin.fetchval(query, self.user_id, talk.turns[0].key)
        row = await self.admin.fetchrow(
            """select asked.turn, coalesce(asked.runs, 0), answer.content, running_turn, run_id,
                      coalesce(lease_until > clock_timestamp(), false)
               from conversation c
               left join message asked on asked.conversation_id = c.id and asked.idempotency_key = $2
               left join message answer on answer.conversation_id = c.id and answer.sequence = asked.sequence + 1
               where c.id = $1""",
            talk.id,
            turn.key,
        )
        return Stored(*row) if row else Stored()

    async def recorded_tasks(self, conversation_id: UUID) -> list[str]:
        query = "select result ->> 'title' from tool_call where conversation_id = $1 and result ? 'title'"
        return [title for (title,) in await self.admin.fetch(query, conversation_id)]

    async def transcript(self, conversation_id: UUID, last_turn: int) -> list[tuple[str, ...]]:
        """The conversation as it has to be shown while its last turn has no answer."""
        rows = await self.admin.fetch(
            "select turn, role, content from message where conversation_id = $1 order by sequence", conversation_id
        )
        lines: list[tuple[str, ...]] = []
        for turn, role, content in rows:
            if role == "user" and turn <= last_turn:
                lines += [(role, content), *await self.steps(conversation_id, turn)]
            elif turn < last_turn:
                lines.append((role, content))
        return lines

    async def steps(self, conversation_id: UUID, turn: int) -> list[tuple[str, ...]]:
        query = "select step, position, result from tool_call where conversation_id = $1 and turn = $2"
        rows = await self.admin.fetch(query, conversation_id, turn)
        results = {(row["step"], row["position"]): row["result"] for row in rows}
        lines: list[tuple[str, ...]] = []
        query = "select step, output from step where conversation_id = $1 and turn = $2 order by 1"
        for step, output in await self.admin.fetch(query, conversation_id, turn):
            items = orjson.loads(output)
            lines += [("assistant", item["text"]) for item in items if item["type"] == "message"]
            calls = enumerate(item for item in items if item["type"] == "function_call")
            done = [(n, call, f"call_{turn}_{step}_{n}") for n, call in calls if (step, n) in results]
            lines += [("call", identity, call["name"], call["arguments"]) for _, call, identity in done]
            lines += [("output", identity, orjson.loads(results[step, n])) for n, _, identity in done]
        return lines

    async def see(self, items: list[TResponseInputItem]) -> None:
        """What the model is shown is what is stored, in order, and nothing else."""
        shown = ModelRequest("responses", {"input": items}, {}).transcript
        message = next(text for role, text, *_ in reversed(shown) if role == "user")
        query = "select conversation_id, turn from message where user_id = $1 and role = 'user' and content = $2"
        expected = await self.transcript(*await self.admin.fetchrow(query, self.user_id, message))
        parsed = [(*line[:2], orjson.loads(line[2])) if line[0] == "output" else line for line in shown]
        assert parsed == expected, f"shown: {parsed}, stored: {expected}"

    @invariant()
    def what_is_stored_was_said_once(self) -> None:
        self.runner.run(self.check())

    async def check(self) -> None:
        said = [output for life in self.lives for output in life.said]
        effects = list(self.tasks_of_deleted)
        for talk in self.talks:
            if talk.id is None or talk.is_deleted:
                continue
            effects += await self.recorded_tasks(talk.id)
            messages = await self.admin.fetch(
                "select turn, role, content from message where conversation_id = $1 order by sequence", talk.id
            )
            asked = {turn: content for turn, role, content in messages if role == "user"}
            assert list(asked) == list(range(1, len(asked) + 1))
            assert len(set(asked.values())) == len(asked)
            assert set(asked.values()) <= {turn.message for turn in talk.turns}
            answers = {asked[turn]: content for turn, role, content in messages if role == "assistant"}
            for turn in talk.turns:
                assert turn.answer is None or answers[turn.message] == turn.answer.text
            steps = await self.admin.fetch(
                "select turn, step, output from step where conversation_id = $1 order by 1, 2", talk.id
            )
            for turn, step, output in steps:
                kept = orjson.loads(output)
                assert said.count(kept) == 1
                said.remove(kept)  # by no other step
                calls = [(c["name"], orjson.loads(c["arguments"])) for c in kept if c["type"] == "function_call"]
                recorded = await self.admin.fetch(
                    """select position, name, arguments from tool_call
                       where conversation_id = $1 and turn = $2 and step = $3 order by 1""",
                    *(talk.id, turn, step),
                )
                assert all((name, orjson.loads(given)) == calls[place] for place, name, given in recorded)
                assert len(recorded) == len(calls) or asked[turn] not in answers
        tasks = await self.admin.fetch("select title from task where user_id = $1", self.user_id)
        assert sorted(title for (title,) in tasks) == sorted(effects)


@pytest.fixture
def world(database: Database, issuer: Issuer) -> Iterator[World]:
    api_settings = Settings.model_validate(
        {
            "api_database_url": database.roles.api,
            "jwks_url": issuer.jwks_url,
            "jwt_issuer": issuer.url,
            "model_timeout_seconds": 600,
            "turn_timeout_seconds": 600,
            "turns_per_minute": 1_000_000,
            "database_pool_size": 2,
        }
    )
    world = World(database, api_settings)
    yield world
    world.close()


def test_whatever_happens(world: World) -> None:
    RunMachine.world = world
    run_state_machine_as_test(
        RunMachine,
        settings=settings(
            max_examples=100,
            stateful_step_count=30,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
            database=None,
        ),
    )
