"""Any sequence of sends, retries, crashes, takeovers and deletions, against a model of what must hold."""

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import asyncpg
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from support.database import Database
from support.issuer import Issuer
from taskchat.chat.statements import (
    MAX_RUNS,
    Run,
    StoredToolCall,
    TurnLost,
    TurnRequest,
    TurnStart,
    begin_turn,
    call_tool,
    finish_turn,
    release_turn,
)
from taskchat.database.engine import create_engine
from taskchat.settings import Settings
from taskchat.tasks import tools

LEASE = timedelta(hours=1)


@dataclass
class Turn:
    """What must be true of one turn."""

    key: str
    message: str
    runs: int = 1
    calls: int = 0
    answer: str | None = None


@dataclass
class Talk:
    """What must be true of one conversation."""

    id: UUID
    turns: list[Turn] = field(default_factory=list)
    running: int | None = None
    run_id: UUID | None = None
    lease_is_live: bool = False
    is_deleted: bool = False

    def holds(self, run: Run) -> bool:
        return not self.is_deleted and self.run_id == run.run_id

    def end_lease(self) -> None:
        self.running, self.run_id, self.lease_is_live = None, None, False


class TurnMachine(RuleBasedStateMachine):
    """The real statements on the real database on one side, `Talk` and `Turn` on the other."""

    database: Database
    api_settings: Settings

    talks = Bundle("talks")
    turns = Bundle("turns")  # of a talk: (talk, number)
    runs = Bundle("runs")  # every run that was ever begun, the dead and the replaced ones too

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.engine = create_engine(self.api_settings.database_url, pool_size=10)
        self.all_talks: list[Talk] = []
        self.tasks = 0
        self.user_id = self.run(self.database.create_user())
        self.admin: Any = self.run(
            asyncpg.connect(self.database.admin_url, server_settings={"search_path": "chat, auth"})
        )

    def run(self, awaitable: Any) -> Any:
        async def wait() -> Any:
            return await awaitable

        return self.runner.run(wait())

    def teardown(self) -> None:
        self.run(self.admin.close())
        self.run(self.engine.dispose())
        self.runner.close()

    def begin(self, key: str, message: str, conversation_id: UUID | None) -> tuple[UUID, TurnStart]:
        run_id = uuid4()
        request = TurnRequest(self.user_id, key, message, conversation_id)
        begun = self.run(
            begin_turn(
                self.engine,
                request,
                run_id=run_id,
                title="t",
                lease=LEASE,
                turns_per_minute=1_000_000,
                history_bytes=1_000_000,
            )
        )
        return run_id, begun

    def begun_run(self, talk: Talk, number: int, run_id: UUID) -> tuple[Talk, Run]:
        talk.running, talk.run_id, talk.lease_is_live = number, run_id, True
        return talk, Run(self.user_id, talk.id, number, run_id, LEASE)

    @initialize(target=talks)
    def nothing_yet(self) -> Any:
        return multiple()

    @rule(target=talks)
    def send_in_a_new_conversation(self) -> Talk:
        run_id, begun = self.begin(key := str(uuid4()), "hello", None)
        assert (begun.outcome, begun.turn) == ("begun", 1)
        talk = Talk(begun.conversation_id or uuid4(), [Turn(key, "hello")])
        self.begun_run(talk, 1, run_id)
        self.all_talks.append(talk)
        return talk

    @rule(target=runs, talk=talks)
    def send(self, talk: Talk) -> Any:
        run_id, begun = self.begin(key := str(uuid4()), "more", talk.id)
        if talk.is_deleted:
            assert begun.outcome == "not_found"
        elif talk.lease_is_live:
            assert begun.outcome == "busy"
        else:
            assert (begun.outcome, begun.turn) == ("begun", len(talk.turns) + 1)
            self.assert_history(talk, begun, up_to=len(talk.turns))
            talk.turns.append(Turn(key, "more"))
            return self.begun_run(talk, len(talk.turns), run_id)
        return multiple()

    @rule(target=runs, talk=talks, data=st.data())
    def send_again(self, talk: Talk, data: st.DataObject) -> Any:
        number = data.draw(st.integers(1, len(talk.turns)))
        turn = talk.turns[number - 1]
        run_id, begun = self.begin(turn.key, turn.message, talk.id)
        if talk.is_deleted:
            assert begun.outcome == "not_found"
        elif turn.answer is not None:
            assert (begun.outcome, begun.messages[-1].content) == ("replay", turn.answer)
            assert len(begun.tool_calls) == turn.calls
        elif talk.lease_is_live:
            assert begun.outcome == ("in_progress" if talk.running == number else "busy")
        elif turn.runs >= MAX_RUNS:
            assert begun.outcome == "gave_up"
        else:
            assert (begun.outcome, begun.turn) == ("resumed", number)
            self.assert_history(talk, begun, up_to=number - 1)
            assert sum(call.turn == number for call in begun.tool_calls) == turn.calls
            turn.runs += 1
            return self.begun_run(talk, number, run_id)
        return multiple()

    def assert_history(self, talk: Talk, begun: TurnStart, *, up_to: int) -> None:
        expected = []
        for number, turn in enumerate(talk.turns[:up_to], 1):
            expected.append((2 * number - 1, turn.message))
            if turn.answer is not None:
                expected.append((2 * number, turn.answer))
        assert [(m.sequence, m.content) for m in begun.messages[:-1]] == expected

    @rule(run=runs)
    def call_a_tool(self, run: tuple[Talk, Run]) -> None:
        talk, of = run
        turn = talk.turns[of.turn - 1]
        effect = partial(tools.add_task, tools.AddTask.model_validate({"title": "milk"}))
        call = StoredToolCall(of.turn, turn.calls, 0, "add_task", {"title": "milk"}, None)
        try:
            self.run(call_tool(self.engine, of, call, step_output=[{"type": "function_call"}], effect=effect))
        except TurnLost:
            assert not talk.holds(of)
        else:
            assert talk.holds(of)
            turn.calls += 1
            self.tasks += 1
            talk.lease_is_live = True  # renewed

    @rule(run=runs)
    def finish(self, run: tuple[Talk, Run]) -> None:
        talk, of = run
        answer = f"answer of {of.run_id}"
        try:
            self.run(finish_turn(self.engine, of, answer))
        except TurnLost:
            assert not talk.holds(of)
        else:
            assert talk.holds(of)
            talk.turns[of.turn - 1].answer = answer
            talk.end_lease()

    @rule(run=consumes(runs))
    def fail(self, run: tuple[Talk, Run]) -> None:
        talk, of = run
        self.run(release_turn(self.engine, of.user_id, of.run_id))
        if talk.holds(of):
            talk.end_lease()

    @rule(talk=talks)
    def time_passes(self, talk: Talk) -> None:
        """The process that holds the lease has crashed, or is slow: nobody knows."""
        self.run(
            self.admin.execute(
                "update conversation set lease_until = now() - interval '1s' where id = $1 and run_id is not null",
                talk.id,
            )
        )
        talk.lease_is_live = False

    @rule(talk=talks)
    def delete(self, talk: Talk) -> None:
        self.run(self.admin.execute("delete from conversation where id = $1", talk.id))
        talk.is_deleted = True

    @invariant()
    def the_rows_are_what_happened(self) -> None:
        stored = self.run(
            self.admin.fetch(
                "select conversation_id, sequence, content, runs from message where user_id = $1 order by 1, 2",
                self.user_id,
            )
        )
        expected: list[tuple[UUID, int, str, int | None]] = []
        for talk in self.all_talks:
            for number, turn in enumerate(() if talk.is_deleted else talk.turns, 1):
                expected.append((talk.id, 2 * number - 1, turn.message, turn.runs))
                if turn.answer is not None:
                    expected.append((talk.id, 2 * number, turn.answer, None))
        assert [tuple(row) for row in stored] == sorted(expected, key=lambda row: (row[0].bytes, row[1]))
        assert self.run(self.admin.fetchval("select count(*) from task where user_id = $1", self.user_id)) == self.tasks


def test_whatever_happens(database: Database, issuer: Issuer) -> None:
    TurnMachine.database = database
    TurnMachine.api_settings = Settings.model_validate(
        {"api_database_url": database.roles.api, "jwks_url": issuer.jwks_url, "jwt_issuer": issuer.url}
    )
    run_state_machine_as_test(
        TurnMachine,
        settings=settings(
            max_examples=60,
            stateful_step_count=40,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
            database=None,
        ),
    )
