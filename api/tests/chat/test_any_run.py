"""Random sequences of messages, failures and takeovers, through the whole service.

They include retries, crashes, stops, discards and deletions. The real agent runs on the real database in two replicas;
only the model is simulated. The checks read the rows with their own SQL.
"""

import asyncio
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import orjson
import pytest
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
from support.fault_injection import (
    ImprovisingModel,
    Interruption,
    Plan,
    ProcessKilled,
    SimulatedRun,
    Step,
    current,
    inject_faults,
)
from support.issuer import Issuer
from support.stored_turns import StoredStep, StoredTurn, StoredTurns, transcript
from taskchat.chat.assistant import MAX_STEPS, Assistant
from taskchat.chat.service import Answer, Turns
from taskchat.chat.statements import MAX_RUNS, TurnRequest
from taskchat.chat.steps import STOPPED_NOTE, Item
from taskchat.database.engine import create_engine
from taskchat.errors import Problem, TurnAnswered
from taskchat.settings import Settings
from taskchat.tasks.domain import TASKS

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
INTERRUPTIONS = st.none() | st.builds(Interruption, st.sampled_from(["kill", "stop"]), st.integers(1, 25))
HOLDS = st.builds(Interruption, st.just("hold"), st.integers(1, 3))
REPLICAS = st.sampled_from([0, 1])


@dataclass
class Turn:
    """A message with its key, and the answer that its sender got."""

    key: str
    message: str
    conversation: "Conversation"
    answer: Answer | None = None
    is_discarded: bool = False


@dataclass
class Conversation:
    """A conversation; its id is None until the client or the test has read it."""

    id: UUID | None = None
    is_deleted: bool = False
    turns: list[Turn] = field(default_factory=list)


class World:
    """Shared by all examples: an event loop, two replicas and an admin connection."""

    def __init__(self, database: Database, api_settings: Settings) -> None:
        self.database = database
        self.runner = asyncio.Runner()
        self.engines = [create_engine(api_settings.database_url, pool_size=10) for _ in range(2)]
        for engine in self.engines:
            inject_faults(engine)
        # Each replica has its own model, so a turn may begin with one and continue with the other.
        self.replicas = [
            Turns(
                engine,
                Assistant(
                    ImprovisingModel(origin),
                    TASKS.instructions,
                    TASKS.tools,
                    model_timeout_seconds=api_settings.model_timeout_seconds,
                ),
                api_settings,
            )
            for engine, origin in zip(self.engines, "ab", strict=True)
        ]
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
class HeldRun:
    """A run that waits for its model."""

    turn: Turn
    run: SimulatedRun
    task: "asyncio.Task[Answer]"
    run_id: UUID | None


class RunMachine(RuleBasedStateMachine):
    """Sends messages, and checks each outcome against the rows stored before."""

    world: World

    turns = Bundle("turns")
    held = Bundle("held")

    def __init__(self) -> None:
        super().__init__()
        self.runner = self.world.runner
        self.runs: list[SimulatedRun] = []
        self.pending: set[asyncio.Task[Answer]] = set()
        self.conversations: list[Conversation] = []
        self.tasks_of_deleted: list[str] = []
        self.user_id = self.runner.run(self.world.database.create_user())
        self.rows = StoredTurns(self.world.admin, self.user_id)

    def teardown(self) -> None:
        async def stop_runs() -> None:
            for run in self.runs:
                run.is_killed = True
                run.released.set()
            await asyncio.gather(*self.pending, return_exceptions=True)

        self.runner.run(stop_runs())

    @rule(target=turns)
    def message_in_a_new_conversation(self) -> Turn:
        self.conversations.append(Conversation())
        return self.new_message(self.conversations[-1])

    @rule(target=turns, other=turns)
    def message_in_the_same_conversation(self, other: Turn) -> Any:
        return multiple() if other.conversation.id is None else self.new_message(other.conversation)

    def new_message(self, conversation: Conversation) -> Turn:
        """Create a message that has not been sent yet."""
        conversation.turns.append(Turn(str(uuid4()), f"message {uuid4()}", conversation))
        return conversation.turns[-1]

    @rule(turn=turns, plan=PLANS, interruption=INTERRUPTIONS, replica=REPLICAS)
    def send(self, turn: Turn, plan: Plan, interruption: Interruption | None, replica: int) -> None:
        self.runner.run(self.start(turn, SimulatedRun(plan, interruption, self.inspect), self.world.replicas[replica]))

    @rule(target=held, turn=turns, plan=PLANS, interruption=HOLDS, replica=REPLICAS)
    def send_to_a_slow_model(self, turn: Turn, plan: Plan, interruption: Interruption, replica: int) -> Any:
        return (
            self.runner.run(
                self.start(turn, SimulatedRun(plan, interruption, self.inspect), self.world.replicas[replica])
            )
            or multiple()
        )

    async def start(self, turn: Turn, run: SimulatedRun, replica: Turns) -> HeldRun | None:
        before = await self.stored(turn)
        self.runs.append(run)

        async def execute() -> Answer:
            current.set(run)
            run.task = asyncio.current_task()
            return await replica.answer(TurnRequest(self.user_id, turn.key, turn.message, turn.conversation.id))

        task, held = asyncio.create_task(execute()), asyncio.create_task(run.held.wait())
        await asyncio.wait({task, held}, return_when=asyncio.FIRST_COMPLETED)
        held.cancel()
        if not task.done():
            self.pending.add(task)
            return HeldRun(turn, run, task, (await self.stored(turn)).run_id)
        refusal = self.refusal(turn, before)
        problem = self.problem(run, task)
        after = await self.stored(turn)
        if run.is_killed:
            return None
        if refusal or before.answer is not None:
            assert problem == refusal
            assert after.run_id == before.run_id
        else:
            assert problem in self.possible_outcomes(
                run, had_effects=await self.has_had_effects(turn)
            ) or await self.has_too_many_steps(turn, problem)
            assert after.run_id is None  # a retry can start immediately
        if problem is None:
            self.receive(turn, task.result(), is_replay=before.answer is not None)
        return None

    @rule(held_run=consumes(held))
    def a_slow_model_answers(self, held_run: HeldRun) -> None:
        self.runner.run(self.release(held_run))

    @rule(held_run=consumes(held), plan=PLANS, replica=REPLICAS)
    def another_run_takes_over(self, held_run: HeldRun, plan: Plan, replica: int) -> None:
        self.the_lease_expires(held_run.turn)
        self.send(held_run.turn, plan, None, replica)
        self.runner.run(self.release(held_run))

    async def release(self, held_run: HeldRun) -> None:
        before = await self.stored(held_run.turn)
        is_replaced = before.run_id != held_run.run_id
        held_run.run.released.set()
        await asyncio.wait({held_run.task})
        self.pending.discard(held_run.task)
        problem = self.problem(held_run.run, held_run.task)
        after = await self.stored(held_run.turn)
        assert after.run_id == (before.run_id if is_replaced else None)
        if held_run.turn.is_discarded:
            # In another replica, the model may have failed before the run's next statement.
            assert problem == "turn_discarded" or (held_run.run.has_failed or held_run.run.has_said_nothing)
        elif held_run.run.has_failed or await self.has_too_many_steps(held_run.turn, problem):
            assert problem == "model_error"
        elif held_run.run.has_said_nothing and problem == "model_error":
            assert is_replaced or not await self.has_had_effects(held_run.turn)
        elif held_run.turn.conversation.is_deleted:
            assert problem == "conversation_not_found"
        elif is_replaced and before.answer is None:
            assert problem == "turn_in_progress"
        else:
            assert problem is None
            self.receive(held_run.turn, held_run.task.result(), is_replay=is_replaced)

    def problem(self, run: SimulatedRun, task: "asyncio.Task[Answer]") -> str | None:
        error = task.exception()
        if run.is_killed:
            assert isinstance(error, ProcessKilled)
        elif error is not None and not isinstance(error, Problem):
            raise error
        return error.code if isinstance(error, Problem) else None

    def refusal(self, turn: Turn, before: StoredTurn) -> str | None:
        if turn.is_discarded:
            return "turn_discarded"
        if turn.conversation.is_deleted:
            return "conversation_not_found"
        if before.answer is not None:
            return None
        if before.is_leased:
            return "turn_in_progress" if before.running_turn == before.turn else "conversation_busy"
        return "turn_failed" if before.runs >= MAX_RUNS else None

    def possible_outcomes(self, run: SimulatedRun, *, had_effects: bool) -> set[str | None]:
        """List the possible outcomes of a run; None is an answer."""
        possible: set[str | None] = {"model_unavailable"} if run.is_stopped else set()
        if run.has_failed or (run.has_said_nothing and not had_effects):
            return possible | {"model_error"}
        return possible | {None} if run.answer is not None or run.has_said_nothing else possible

    async def has_had_effects(self, turn: Turn) -> bool:
        """Return whether a call of the turn has succeeded, in any run."""
        stored = await self.stored(turn)
        steps = await self.rows.steps(turn.conversation.id) if turn.conversation.id else []
        results = [call[2] for step in steps if step.turn == stored.turn for call in step.calls.values()]
        return any("error" not in result for result in results)

    async def has_too_many_steps(self, turn: Turn, problem: str | None) -> bool:
        """Return whether the turn's runs have used up all steps."""
        stored = await self.stored(turn)
        steps = await self.rows.steps(turn.conversation.id) if turn.conversation.id else []
        return problem == "model_error" and sum(step.turn == stored.turn for step in steps) >= MAX_STEPS

    def receive(self, turn: Turn, answer: Answer, *, is_replay: bool) -> None:
        assert answer.is_replay == is_replay
        turn.conversation.id = answer.conversation_id
        if turn.answer is not None:
            assert (answer.text, answer.tool_calls) == (turn.answer.text, turn.answer.tool_calls)
        turn.answer = answer

    @rule(turn=turns)
    def the_lease_expires(self, turn: Turn) -> None:
        """Expire the lease, as if its process had crashed or were slow."""
        self.runner.run(self.rows.end_lease(turn.conversation.id))

    @rule(turn=turns)
    def delete(self, turn: Turn) -> None:
        conversation = turn.conversation
        if conversation.id is not None and not conversation.is_deleted:
            self.tasks_of_deleted += self.runner.run(self.rows.recorded_tasks(conversation.id))
            self.runner.run(self.rows.delete(conversation.id))
            conversation.is_deleted = True

    @rule(turn=turns, replica=REPLICAS)
    def discard(self, turn: Turn, replica: int) -> None:
        self.runner.run(self.discard_in(self.world.replicas[replica], turn))

    async def discard_in(self, replica: Turns, turn: Turn) -> None:
        before = await self.stored(turn)
        current.set(SimulatedRun(Plan((), "answer"), None, self.inspect))
        try:
            await replica.discard(self.user_id, key=turn.key)
        except TurnAnswered:
            assert before.answer is not None
            assert not turn.is_discarded
            return
        assert before.answer is None or turn.is_discarded
        turn.is_discarded = True
        conversation = turn.conversation
        if (
            conversation.id is not None
            and before.turn is not None
            and not (await self.rows.messages(conversation.id))[0]
        ):
            assert await self.rows.find(turn.key, conversation.id) == StoredTurn()
            conversation.is_deleted = True

    async def stored(self, turn: Turn) -> StoredTurn:
        conversation = turn.conversation
        if conversation.id is None:  # the client never got the id, so look it up
            conversation.id = await self.rows.conversation_of(conversation.turns[0].key)
        return await self.rows.find(turn.key, conversation.id)

    async def inspect(self, history: Sequence[Item], origin: str) -> None:
        """Check that the model gets exactly what is stored, in order."""
        shown = transcript(history)
        message = next(line[1] for line in reversed(shown) if line[0] == "user").partition("\n")[0]
        expected = await self.rows.transcript_up_to(message, origin)
        assert shown == expected, f"shown: {shown}, stored: {expected}"

    @invariant()
    def every_stored_output_was_said_once(self) -> None:
        self.runner.run(self.check())

    async def check(self) -> None:
        said = [output for run in self.runs for output in run.said]
        effects = list(self.tasks_of_deleted)
        for conversation in self.conversations:
            if conversation.id is not None and not conversation.is_deleted:
                effects += await self.rows.recorded_tasks(conversation.id)
                questions, answers = await self.rows.messages(conversation.id)
                self.check_messages(conversation, questions, answers)
                for step in await self.rows.steps(conversation.id):
                    said.remove(step.output)  # no two steps have the same output
                    self.check_calls(step, is_answered=answers.get(step.turn, STOPPED_NOTE) != STOPPED_NOTE)
        assert sorted(await self.rows.tasks()) == sorted(effects)

    def check_messages(self, conversation: Conversation, questions: dict[int, str], answers: dict[int, str]) -> None:
        assert list(questions) == sorted(questions)
        numbers = {question: number for number, question in questions.items()}
        assert len(numbers) == len(questions)
        assert numbers.keys() <= {turn.message for turn in conversation.turns}
        for turn in conversation.turns:
            assert turn.answer is None or answers[numbers[turn.message]] == turn.answer.text

    def check_calls(self, step: StoredStep, *, is_answered: bool) -> None:
        calls = [(c["name"], orjson.loads(c["arguments"])) for c in step.output if c["type"] == "function_call"]
        assert all(calls[place] == call[:2] for place, call in step.calls.items())
        assert len(step.calls) == len(calls) or not is_answered


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


@pytest.mark.timeout(0 if "TASKCHAT_RUNS" in os.environ else 300)
def test_any_sequence_keeps_the_conversation_consistent(world: World) -> None:
    """Run fixed examples, or as many random ones as TASKCHAT_RUNS says."""
    RunMachine.world = world
    run_state_machine_as_test(
        RunMachine,
        settings=settings(
            max_examples=int(os.environ.get("TASKCHAT_RUNS", 100)),
            stateful_step_count=30,
            deadline=None,
            derandomize="TASKCHAT_RUNS" not in os.environ,
            print_blob=True,
            suppress_health_check=list(HealthCheck),
            database=None,
        ),
    )
