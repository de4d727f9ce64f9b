"""The turn in the database: statements that begin, continue and finish it, in one round trip each.

Every statement of a run is conditional on its `run_id` (the fence). An expired lease only permits a takeover: a late
run that was not replaced still succeeds; a replaced run writes nothing. The lock order is the same everywhere: the
user's owner row, the conversation, then the domain's rows.
"""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Literal, Protocol
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import (
    CTE,
    JSON,
    BigInteger,
    ColumnElement,
    Executable,
    Integer,
    Interval,
    Row,
    Select,
    Text,
    Uuid,
    any_,
    bindparam,
    func,
    literal,
    null,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, aggregate_order_by, insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col
from uuid_utils.compat import uuid7

from taskchat.accounts.owners import RATE_WINDOW, tokens_counted
from taskchat.chat.steps import STOPPED_NOTE, StepOutput
from taskchat.conversations.models import Conversation, DiscardedTurn, Message, ToolCall
from taskchat.database.engine import STATEMENT_SECONDS, database_errors, sqlstate
from taskchat.database.retry import retry_once
from taskchat.http.time_zones import UTC_ZONE

SQL_FILES = tuple(sorted(Path(__file__).with_name("sql").glob("*.sql")))
MAX_RUNS = 5
"""After so many runs without an answer, a turn has failed."""

TURN_LOST = "TC001"
UNIQUE_VIOLATION = "23505"
_NO_LEASE = {"running_turn": null(), "run_id": null(), "lease_until": null()}

Outcome = Literal[
    "begun",
    "resumed",
    "replay",
    "in_progress",
    "busy",
    "gave_up",
    "discarded",
    "rate_limited",
    "user_budget_used",
    "service_budget_used",
    "key_reused",
    "not_found",
]
"""What `begin_turn` decided; see chat/sql/begin_turn_2.sql."""


class TurnLost(Exception):
    """This run lost the turn: another run replaced it, or it was discarded, or its conversation deleted."""


@dataclass(frozen=True, slots=True)
class TurnRequest:
    """A message to answer, under its idempotency key."""

    user_id: UUID
    key: str
    message: str
    conversation_id: UUID | None
    new_conversation_id: UUID | None = None
    """The id that a new conversation gets."""
    time_zone: ZoneInfo = UTC_ZONE
    """The user's; a retry may come from another zone."""


@dataclass(frozen=True, slots=True)
class Run:
    """One attempt at a turn, which writes under its own id."""

    user_id: UUID
    conversation_id: UUID
    turn: int
    run_id: UUID
    lease: timedelta


@dataclass(frozen=True, slots=True)
class StoredMessage:
    sequence: int
    content: str


@dataclass(frozen=True, slots=True)
class StoredStep:
    """A model's output that called tools or ended the turn (see `taskchat.chat.steps`)."""

    turn: int
    step: int
    output: StepOutput


@dataclass(frozen=True, slots=True)
class StoredToolCall:
    turn: int
    step: int
    position: int
    name: str
    arguments: dict[str, Any]
    result: Any


@dataclass(frozen=True, slots=True)
class TurnStart:
    """The outcome of `begin_turn`, with the conversation up to this turn, oldest first, within the requested size."""

    outcome: Outcome
    conversation_id: UUID | None
    turn: int | None
    retry_after_seconds: float | None
    messages: list[StoredMessage]
    steps: list[StoredStep]
    tool_calls: list[StoredToolCall]


_BEGIN_TURN = (
    text(
        "select * from begin_turn_2(:user_id, :key, :run_id, :message, :conversation_id, :new_conversation_id,"
        " :new_message_id, :title, :lease, :every, :burst, :max_runs, :history_bytes,"
        " :user_tokens, :service_tokens)"
    )
    .bindparams(
        *(
            bindparam(name, type_=Uuid)
            for name in ("user_id", "run_id", "conversation_id", "new_conversation_id", "new_message_id")
        ),
        *(bindparam(name, type_=Interval) for name in ("lease", "every")),
    )
    .columns(steps=JSON, tool_calls=JSON)
)


async def begin_turn(
    engine: AsyncEngine,
    request: TurnRequest,
    *,
    run_id: UUID,
    title: str,
    lease: timedelta,
    turns_per_minute: int,
    history_bytes: int,
    user_tokens_per_day: int | None = None,
    service_tokens_per_day: int | None = None,
) -> TurnStart:
    """Begin or resume the turn, or find out why not. Idempotent for the same `run_id`.

    Args:
        history_bytes: how much of the earlier conversation to read, in whole turns.
        user_tokens_per_day, service_tokens_per_day: refuse the turn once today's tokens reach one of them.
    """
    parameters = {
        "user_id": request.user_id,
        "key": request.key,
        "run_id": run_id,
        "message": request.message,
        "conversation_id": request.conversation_id,
        "new_conversation_id": request.new_conversation_id or uuid7(),
        "new_message_id": uuid7(),
        "title": title,
        "lease": lease,
        "every": RATE_WINDOW / turns_per_minute,
        "burst": turns_per_minute,
        "max_runs": MAX_RUNS,
        "history_bytes": history_bytes,
        "user_tokens": user_tokens_per_day,
        "service_tokens": service_tokens_per_day,
    }
    [row] = await _execute(engine, _BEGIN_TURN, parameters)
    return TurnStart(
        outcome=row.outcome,
        conversation_id=row.conversation_id,
        turn=row.turn,
        retry_after_seconds=row.retry_after,
        messages=[StoredMessage(*pair) for pair in zip(row.sequences or (), row.contents or (), strict=True)],
        steps=[StoredStep(**step) for step in row.steps or ()],
        tool_calls=[StoredToolCall(**call) for call in row.tool_calls or ()],
    )


class Effect(Protocol):
    """A tool's effect, as a part of the statement that records the call.

    Called with the owner's id as an SQL expression. Returns the effect as a CTE, and the tool's result as a JSON
    expression over it.
    """

    def __call__(self, owner: ColumnElement[UUID]) -> tuple[CTE, ColumnElement[Any]]: ...


# The parts of a tool call's statement that are always the same. As SQLAlchemy's expressions, they would double the time
# to build it. Their parameters begin with `turn_`: one that an effect names alike would silently replace the value.
_OWNER = (
    text("select user_id from owner where user_id = :turn_user_id for no key update")
    .bindparams(bindparam("turn_user_id", type_=Uuid))
    .columns(user_id=Uuid)
)
"""The user's row. Locked before the conversation, because `count_tokens` updates it."""
_LEASE = (
    text(
        """
        update conversation set lease_until = clock_timestamp() + :turn_lease
        from me
        where id = :turn_conversation_id and run_id = :turn_run_id and conversation.user_id = me.user_id
        returning run_id, conversation.user_id
        """
    )
    .bindparams(
        *(bindparam(name, type_=Uuid) for name in ("turn_conversation_id", "turn_run_id")),
        bindparam("turn_lease", type_=Interval),
    )
    .columns(run_id=Uuid, user_id=Uuid)
)
# Without an output it does nothing, so that the statement is the same and is prepared once.
_STEP = (
    text(
        """
        insert into step (conversation_id, turn, step, output)
        select :turn_conversation_id, :turn_number, :turn_step, :turn_output where :turn_output is not null
        on conflict do nothing
        """
    )
    .bindparams(
        bindparam("turn_conversation_id", type_=Uuid),
        *(bindparam(name, type_=Integer) for name in ("turn_number", "turn_step")),
        bindparam("turn_output", type_=JSONB(none_as_null=True)),
    )
    .columns()
)


async def call_tool(
    engine: AsyncEngine,
    run: Run,
    call: StoredToolCall,
    *,
    step_output: StepOutput | None,
    effect: Effect | None,
    tokens: int = 0,
) -> StoredToolCall:
    """Atomically execute the effect, record the call and its step, count the tokens and renew the lease.

    Args:
        call: its `result` is recorded if there is no effect.
        step_output: None if an earlier call of the step stored it.
        tokens: what the run has used since its last statement.

    Returns:
        The call as stored. Numbers and the order of members may differ from what was given.

    Raises:
        TurnLost: nothing was written.
    """
    owner = _OWNER.bindparams(turn_user_id=run.user_id).cte("me")
    lease = _LEASE.bindparams(
        turn_conversation_id=run.conversation_id, turn_run_id=run.run_id, turn_lease=run.lease
    ).cte("lease")
    step = _STEP.bindparams(
        turn_conversation_id=run.conversation_id, turn_number=run.turn, turn_step=call.step, turn_output=step_output
    ).cte("step_said")
    # `run_id` comes before `result` in the table, so the fence is evaluated before the effect.
    record: dict[Any, ColumnElement[Any]] = {
        ToolCall.conversation_id: literal(run.conversation_id),
        ToolCall.turn: literal(run.turn),
        ToolCall.step: literal(call.step),
        ToolCall.position: literal(call.position),
        ToolCall.run_id: func.coalesce(select(lease.c.run_id).scalar_subquery(), func.turn_lost()),
        ToolCall.name: literal(call.name),
        ToolCall.arguments: literal(call.arguments, JSONB),
        ToolCall.result: literal(call.result, JSONB),
    }
    ctes = [owner, lease, step]
    if effect is not None:
        effect_cte, record[ToolCall.result] = effect(select(lease.c.user_id).scalar_subquery())
        ctes.append(effect_cte)
    statement = (
        insert(ToolCall)
        .from_select(list(record), select(*record.values()))
        .add_cte(*ctes)
        .returning(col(ToolCall.arguments), col(ToolCall.result), tokens_counted(run.user_id, tokens))
    )
    try:
        [row] = await _execute(engine, statement)
    except DBAPIError as error:
        if sqlstate(error) != UNIQUE_VIOLATION:
            raise
        # Either this call recorded it already, but its connection was lost before we got the response. Or the effect
        # itself violated a key, which then has no record.
        rows = await _execute(engine, _record_of(run, call))
        if not rows:
            if await find_turn(engine, run) is not None:
                raise
            raise TurnLost from None  # the conversation was deleted in between
        [row] = rows
    return replace(call, arguments=row.arguments, result=row.result)


def _record_of(run: Run, call: StoredToolCall) -> Select[Any]:
    return select(col(ToolCall.arguments), col(ToolCall.result)).where(
        col(ToolCall.conversation_id) == run.conversation_id,
        col(ToolCall.turn) == run.turn,
        col(ToolCall.step) == call.step,
        col(ToolCall.position) == call.position,
    )


# The lease's end, the answer, the tokens and the step. The last line finds the answer if a first attempt stored it, but
# lost its connection before the response. As SQLAlchemy's expressions, it would take a quarter of a turn's CPU time.
_FINISH_TURN = text(
    """
    with me as (
      select user_id from owner where user_id = :user_id for no key update
    ), lease as (
      update conversation
      set running_turn = null, run_id = null, lease_until = null, updated_at = clock_timestamp()
      from me
      where id = :conversation_id and run_id = :run_id and conversation.user_id = me.user_id
      returning id, conversation.user_id
    ), said as (
      insert into message (id, conversation_id, user_id, turn, role, content)
      select :message_id, id, user_id, :turn, 'assistant', :answer from lease
      returning id, count_tokens(:user_id, :tokens)
    ), step_said as (
      insert into step (conversation_id, turn, step, output)
      select id, :turn, :step, :output from lease where :output is not null
      on conflict do nothing
    )
    select id from said
    union all select id from message where id = :message_id
    """
).bindparams(
    *(bindparam(name, type_=Uuid) for name in ("user_id", "conversation_id", "run_id", "message_id")),
    *(bindparam(name, type_=Integer) for name in ("turn", "step")),
    bindparam("output", type_=JSONB(none_as_null=True)),
    bindparam("answer", type_=Text),
    bindparam("tokens", type_=BigInteger),
)


async def finish_turn(
    engine: AsyncEngine,
    run: Run,
    answer: str,
    *,
    step: int = 0,
    step_output: StepOutput | None = None,
    tokens: int = 0,
) -> None:
    """Store the answer, count the tokens and end the lease.

    Args:
        step: the number of the step that ended the turn.
        step_output: that step's output, if it has more than the answer's text.
        tokens: what the run has used since its last statement.

    Raises:
        TurnLost: nothing was written.
    """
    parameters = {
        "user_id": run.user_id,
        "conversation_id": run.conversation_id,
        "run_id": run.run_id,
        "turn": run.turn,
        "step": step,
        "output": step_output,
        "message_id": uuid7(),
        "answer": answer,
        "tokens": tokens,
    }
    if not await _execute(engine, _FINISH_TURN, parameters):
        raise TurnLost


async def turn_began_at(engine: AsyncEngine, run: Run) -> datetime:
    """Return when the turn's message was stored.

    Raises:
        TurnLost: it is gone.
    """
    statement = select(col(Message.created_at)).where(
        col(Message.conversation_id) == run.conversation_id, col(Message.sequence) == run.turn * 2 - 1
    )
    rows = await _execute(engine, statement)
    if not rows:
        raise TurnLost
    began: datetime = rows[0].created_at
    return began


@dataclass(frozen=True, slots=True)
class StoredTurn:
    answer: str | None
    tool_calls: list[StoredToolCall]
    is_discarded: bool


async def find_turn(engine: AsyncEngine, run: Run) -> StoredTurn | None:
    """Find what any run has stored of the turn; None if its conversation was deleted."""
    answer = select(col(Message.content)).where(
        col(Message.conversation_id) == run.conversation_id, col(Message.sequence) == run.turn * 2
    )
    names = ("turn", "step", "position", "name", "arguments", "result")
    call = func.jsonb_build_object(*(part for name in names for part in (name, col(getattr(ToolCall, name)))))
    calls = select(func.jsonb_agg(aggregate_order_by(call, col(ToolCall.step), col(ToolCall.position)))).where(
        col(ToolCall.conversation_id) == run.conversation_id, col(ToolCall.turn) == run.turn
    )
    exists = select(col(Conversation.id)).where(
        col(Conversation.id) == run.conversation_id, col(Conversation.user_id) == run.user_id
    )
    discarded = select(col(DiscardedTurn.turn)).where(
        col(DiscardedTurn.user_id) == run.user_id,
        col(DiscardedTurn.conversation_id) == run.conversation_id,
        col(DiscardedTurn.turn) == run.turn,
    )
    # One statement, so that the conversation cannot be deleted between two.
    turn = select(
        answer.scalar_subquery().label("answer"),
        calls.scalar_subquery().label("tool_calls"),
        exists.exists().label("exists"),
        discarded.exists().label("is_discarded"),
    )
    [row] = await _execute(engine, turn)
    if not row.exists and not row.is_discarded:
        return None
    return StoredTurn(row.answer, [StoredToolCall(**c) for c in row.tool_calls or ()], row.is_discarded)


@dataclass(frozen=True, slots=True)
class Discarded:
    """The outcome of `discard_turn`, the run that it ended, and what the message and its conversation were before."""

    outcome: Literal["discarded", "answered", "not_found"]
    run_id: UUID | None
    conversation_id: UUID | None
    title: str
    message: StoredMessage | None


_DISCARD_TURN = text(
    """
    with asked as (
      select conversation.id, title, sequence, content
      from message join conversation on conversation.id = conversation_id
      where message.user_id = :user_id
      and (idempotency_key = :key or conversation_id = :conversation_id and sequence = :turn * 2 - 1)
    )
    select outcome, run_id, id as conversation_id, coalesce(title, '') as title, sequence, content
    from discard_turn(:user_id, :key, :conversation_id, :turn, :new_message_id, :note) left join asked on true
    where :user_id = (select count_request(:user_id, :every, :burst, false))
    """
).bindparams(
    *(bindparam(name, type_=Uuid) for name in ("user_id", "conversation_id", "new_message_id")),
    bindparam("key", type_=Text),
    bindparam("turn", type_=Integer),
    bindparam("every", type_=Interval),
)


async def discard_turn(
    engine: AsyncEngine,
    user_id: UUID,
    *,
    key: str | None = None,
    conversation_id: UUID | None = None,
    turn: int | None = None,
    requests_per_minute: int,
) -> Discarded:
    """Discard a turn without an answer, named by its key or by its number; see chat/sql/discard_turn.sql.

    Raises:
        RateLimited: the user is over the rate.
    """
    parameters = {
        "user_id": user_id,
        "key": key,
        "conversation_id": conversation_id,
        "turn": turn,
        "new_message_id": uuid7(),
        "note": STOPPED_NOTE,
        "every": RATE_WINDOW / requests_per_minute,
        "burst": requests_per_minute,
    }
    [row] = await _execute(engine, _DISCARD_TURN, parameters)
    message = None if row.sequence is None else StoredMessage(row.sequence, row.content)
    return Discarded(row.outcome, row.run_id, row.conversation_id, row.title, message)


async def find_first_message(engine: AsyncEngine, conversation_id: UUID) -> StoredMessage | None:
    """Return the message that a conversation begins with; None if there is none."""
    statement = (
        select(col(Message.sequence), col(Message.content))
        .where(col(Message.conversation_id) == conversation_id)
        .order_by(col(Message.sequence))
        .limit(1)
    )
    rows = await _execute(engine, statement)
    return StoredMessage(rows[0].sequence, rows[0].content) if rows else None


async def rename(engine: AsyncEngine, conversation_id: UUID, title: str, *, old_title: str) -> None:
    """Give a conversation another title, unless it no longer has the old one."""
    statement = (
        update(Conversation)
        .where(col(Conversation.id) == conversation_id, col(Conversation.title) == old_title)
        .values(title=title)
        .returning(col(Conversation.id))
    )
    await _execute(engine, statement)


async def release_turn(engine: AsyncEngine, user_id: UUID, run_id: UUID, *, tokens: int = 0) -> bool:
    """End the lease of a run without an answer, so that a retry can resume the turn. Return whether it held one.

    The tokens count in any case: the conversation may have been deleted, or another run has taken over. If the
    connection breaks after this, they count twice.
    """
    owner = _OWNER.bindparams(turn_user_id=user_id).cte("me")
    released = (
        update(Conversation)
        .where(col(Conversation.user_id) == user_id, col(Conversation.run_id) == run_id)
        .where(col(Conversation.user_id) == owner.c.user_id)
        .values(**_NO_LEASE)
        .returning(col(Conversation.id))
        .cte("released")
    )
    number = select(func.count()).select_from(released).scalar_subquery()
    [row] = await _execute(engine, select(number.label("released"), tokens_counted(user_id, tokens)))
    return bool(row.released)


async def count_tokens(engine: AsyncEngine, user_id: UUID, tokens: int) -> None:
    """Count the tokens of a run that lost its turn, or whose lease `release_turns` has ended."""
    await _execute(engine, select(tokens_counted(user_id, tokens)))


async def release_turns(engine: AsyncEngine, users: Mapping[UUID, UUID]) -> set[UUID]:
    """End the leases of many runs, given with their users. Return the runs that held one.

    This skips locked conversations: the deletion of an account locks several too, in another order.
    """
    run_id, user_id = (any_(literal(list(ids), ARRAY(Uuid))) for ids in (users, users.values()))
    held = (
        select(col(Conversation.id), col(Conversation.run_id))
        .where(col(Conversation.user_id) == user_id, col(Conversation.run_id) == run_id)
        .with_for_update(skip_locked=True)
        .cte("held")
    )
    statement = (
        update(Conversation).where(col(Conversation.id) == held.c.id).values(**_NO_LEASE).returning(held.c.run_id)
    )
    return {row.run_id for row in await _execute(engine, statement)}


async def _execute(
    engine: AsyncEngine, statement: Executable, parameters: dict[str, Any] | None = None
) -> Sequence[Row[Any]]:
    """Execute a statement, and once more if its connection broke.

    So each statement here may be executed twice: a begin with the same run does not count twice, a tool call at the
    same position violates its key, and a finish or release finds its lease gone.

    Raises:
        TurnLost: the fence refused the statement; nothing was written.
        DatabaseUnavailable: the database is unreachable.
    """
    with database_errors():
        async with asyncio.timeout(STATEMENT_SECONDS):
            return await retry_once(partial(_execute_once, engine, statement, parameters))


async def _execute_once(
    engine: AsyncEngine, statement: Executable, parameters: dict[str, Any] | None
) -> Sequence[Row[Any]]:
    with database_errors(), _turn_lost():
        async with engine.connect() as connection:
            return (await connection.execute(statement, parameters)).all()


@contextmanager
def _turn_lost() -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        if sqlstate(error) == TURN_LOST:
            raise TurnLost from None
        raise
