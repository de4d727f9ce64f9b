"""Random sequences of messages, crashes and takeovers, compared with a model."""

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
    discard_turn,
    finish_turn,
    release_turn,
)
from taskchat.chat.steps import STOPPED_NOTE
from taskchat.database.engine import create_engine
from taskchat.settings import Settings
from taskchat.tasks import tools

LEASE = timedelta(hours=1)


@dataclass
class Turn:
    """The expected state of a turn."""

    key: str
    message: str
    runs: int = 1
    calls: int = 0
    answer: str | None = None
    is_discarded: bool = False


@dataclass
class Conversation:
    """The expected state of a conversation."""

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
    """Compares the real statements on the real database with `Conversation` and `Turn`."""

    database: Database
    api_settings: Settings

    conversations = Bundle("conversations")
    turns = Bundle("turns")  # (conversation, number)
    runs = Bundle("runs")  # every run so far, including crashed and replaced ones

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.engine = create_engine(self.api_settings.database_url, pool_size=10)
        self.all_conversations: list[Conversation] = []
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

    def start_run(self, conversation: Conversation, number: int, run_id: UUID) -> tuple[Conversation, Run]:
        conversation.running, conversation.run_id, conversation.lease_is_live = number, run_id, True
        return conversation, Run(self.user_id, conversation.id, number, run_id, LEASE)

    @initialize(target=conversations)
    def start_empty(self) -> Any:
        return multiple()

    @rule(target=conversations)
    def send_in_a_new_conversation(self) -> Conversation:
        run_id, begun = self.begin(key := str(uuid4()), "hello", None)
        assert (begun.outcome, begun.turn) == ("begun", 1)
        conversation = Conversation(begun.conversation_id or uuid4(), [Turn(key, "hello")])
        self.start_run(conversation, 1, run_id)
        self.all_conversations.append(conversation)
        return conversation

    @rule(target=runs, conversation=conversations)
    def send(self, conversation: Conversation) -> Any:
        run_id, begun = self.begin(key := str(uuid4()), "more", conversation.id)
        if conversation.is_deleted:
            assert begun.outcome == "not_found"
        elif conversation.lease_is_live:
            assert begun.outcome == "busy"
        else:
            assert (begun.outcome, begun.turn) == ("begun", len(conversation.turns) + 1)
            self.assert_history(conversation, begun, up_to=len(conversation.turns))
            conversation.turns.append(Turn(key, "more"))
            return self.start_run(conversation, len(conversation.turns), run_id)
        return multiple()

    @rule(target=runs, conversation=conversations, data=st.data())
    def send_again(self, conversation: Conversation, data: st.DataObject) -> Any:
        number = data.draw(st.integers(1, len(conversation.turns)))
        turn = conversation.turns[number - 1]
        run_id, begun = self.begin(turn.key, turn.message, conversation.id)
        if turn.is_discarded:
            assert begun.outcome == "discarded"
        elif conversation.is_deleted:
            assert begun.outcome == "not_found"
        elif turn.answer is not None:
            assert (begun.outcome, begun.messages[-1].content) == ("replay", turn.answer)
            assert len(begun.tool_calls) == turn.calls
        elif conversation.lease_is_live:
            assert begun.outcome == ("in_progress" if conversation.running == number else "busy")
        elif turn.runs >= MAX_RUNS:
            assert begun.outcome == "gave_up"
        else:
            assert (begun.outcome, begun.turn) == ("resumed", number)
            self.assert_history(conversation, begun, up_to=number - 1)
            assert sum(call.turn == number for call in begun.tool_calls) == turn.calls
            turn.runs += 1
            return self.start_run(conversation, number, run_id)
        return multiple()

    def assert_history(self, conversation: Conversation, begun: TurnStart, *, up_to: int) -> None:
        expected = []
        for number, turn in enumerate(conversation.turns[:up_to], 1):
            if turn.is_discarded and turn.answer is None:
                continue
            expected.append((2 * number - 1, turn.message))
            if turn.answer is not None:
                expected.append((2 * number, turn.answer))
        assert [(m.sequence, m.content) for m in begun.messages[:-1]] == expected

    @rule(run=runs)
    def call_a_tool(self, run: tuple[Conversation, Run]) -> None:
        conversation, active = run
        turn = conversation.turns[active.turn - 1]
        effect = partial(tools.add_task, tools.AddTask.model_validate({"title": "milk"}))
        call = StoredToolCall(active.turn, turn.calls, 0, "add_task", {"title": "milk"}, None)
        try:
            self.run(call_tool(self.engine, active, call, step_output=[{"type": "function_call"}], effect=effect))
        except TurnLost:
            assert not conversation.holds(active)
        else:
            assert conversation.holds(active)
            turn.calls += 1
            self.tasks += 1
            conversation.lease_is_live = True  # renewed

    @rule(run=runs)
    def finish(self, run: tuple[Conversation, Run]) -> None:
        conversation, active = run
        answer = f"answer of {active.run_id}"
        try:
            self.run(finish_turn(self.engine, active, answer))
        except TurnLost:
            assert not conversation.holds(active)
        else:
            assert conversation.holds(active)
            conversation.turns[active.turn - 1].answer = answer
            conversation.end_lease()

    @rule(run=consumes(runs))
    def fail(self, run: tuple[Conversation, Run]) -> None:
        conversation, active = run
        self.run(release_turn(self.engine, active.user_id, active.run_id))
        if conversation.holds(active):
            conversation.end_lease()

    @rule(conversation=conversations)
    def the_lease_expires(self, conversation: Conversation) -> None:
        """Expire the lease, as if its process had crashed or were slow."""
        self.run(
            self.admin.execute(
                "update conversation set lease_until = now() - interval '1s' where id = $1 and run_id is not null",
                conversation.id,
            )
        )
        conversation.lease_is_live = False

    @rule(conversation=conversations, data=st.data(), by_key=st.booleans())
    def discard(self, conversation: Conversation, data: st.DataObject, *, by_key: bool) -> None:
        number = data.draw(st.integers(1, len(conversation.turns)))
        turn = conversation.turns[number - 1]
        # Without its conversation, a key names a message that has yet to arrive.
        by_key = by_key and not conversation.is_deleted
        name: dict[str, Any] = {"key": turn.key} if by_key else {"conversation_id": conversation.id, "turn": number}
        discarded = self.run(discard_turn(self.engine, self.user_id, **name, requests_per_minute=1_000_000))
        if turn.is_discarded:
            assert discarded.outcome == "discarded"
        elif conversation.is_deleted:
            assert discarded.outcome == "not_found"
        elif turn.answer is not None:
            assert discarded.outcome == "answered"
        else:
            assert (discarded.outcome, discarded.run_id) == (
                "discarded",
                conversation.run_id if conversation.running == number else None,
            )
            turn.is_discarded = True
            turn.answer = STOPPED_NOTE if turn.calls else None
            if conversation.running == number:
                conversation.end_lease()
            conversation.is_deleted = all(turn.is_discarded and turn.answer is None for turn in conversation.turns)

    @rule(conversation=conversations)
    def delete(self, conversation: Conversation) -> None:
        self.run(self.admin.execute("delete from conversation where id = $1", conversation.id))
        conversation.is_deleted = True

    @invariant()
    def the_rows_match_the_model(self) -> None:
        stored = self.run(
            self.admin.fetch(
                """select conversation_id, sequence, content, runs
                   from message join conversation c on c.id = conversation_id where c.user_id = $1 order by 1, 2""",
                self.user_id,
            )
        )
        expected: list[tuple[UUID, int, str, int | None]] = []
        for conversation in self.all_conversations:
            for number, turn in enumerate(() if conversation.is_deleted else conversation.turns, 1):
                if turn.is_discarded and turn.answer is None:
                    continue
                expected.append((conversation.id, 2 * number - 1, turn.message, turn.runs))
                if turn.answer is not None:
                    expected.append((conversation.id, 2 * number, turn.answer, None))
        assert [tuple(row) for row in stored] == sorted(expected, key=lambda row: (row[0].bytes, row[1]))
        assert self.run(self.admin.fetchval("select count(*) from task where user_id = $1", self.user_id)) == self.tasks


def test_any_sequence_matches_the_model(database: Database, issuer: Issuer) -> None:
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
