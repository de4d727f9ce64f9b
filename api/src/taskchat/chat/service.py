"""One turn, from the message to the stored answer.

No database connection is held while the model thinks: a turn begins and ends in one round trip each, and each tool
call takes one more. A run may stop at any point; sending the message again with its key resumes the turn.
"""

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import NoReturn, cast
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncEngine

from taskchat.chat.assistant import Assistant
from taskchat.chat.context import TurnContext
from taskchat.chat.failures import to_problem
from taskchat.chat.history import History, bytes_to_read
from taskchat.chat.leases import Leases
from taskchat.chat.providers.server_errors import is_refused, is_too_long, log_fields
from taskchat.chat.statements import (
    Discarded,
    Run,
    StoredToolCall,
    TurnLost,
    TurnRequest,
    TurnStart,
    begin_turn,
    count_tokens,
    discard_turn,
    find_first_message,
    find_turn,
    finish_turn,
    rename,
    turn_began_at,
)
from taskchat.chat.steps import as_answer
from taskchat.chat.stopping import STOP_SECONDS, raise_if_cancelled, shield_until_done
from taskchat.chat.titles import make_title
from taskchat.errors import (
    BudgetUsed,
    ConversationBusy,
    ConversationNotFound,
    DatabaseUnavailable,
    IdempotencyKeyReused,
    ModelUnavailable,
    NoAssistant,
    Problem,
    RateLimited,
    TurnAnswered,
    TurnDiscarded,
    TurnFailed,
    TurnInProgress,
    TurnNotFound,
)
from taskchat.http.time_zones import today_in
from taskchat.settings import Settings

logger = logging.getLogger(__name__)

LEASE_MARGIN_SECONDS = 5
"""On top of a model step's time limit, so that no other run takes over while a step may still end."""
SERVICE_BUDGET_USED = "Today's allowance of this service is used up. Try again after midnight UTC."
STOPPING = "The service is restarting. Your message is kept: send it again to get an answer."


@dataclass(frozen=True, slots=True)
class Answer:
    conversation_id: UUID
    text: str
    tool_calls: list[StoredToolCall]
    is_replay: bool = False
    """Whether an earlier request of the same turn stored it."""


class Turns:
    """Runs turns, any number at a time.

    Args:
        assistant: None refuses every turn before anything is stored.
    """

    def __init__(self, engine: AsyncEngine, assistant: Assistant | None, settings: Settings) -> None:
        self._engine = engine
        self._assistant = assistant
        self._settings = settings
        self._lease = timedelta(seconds=settings.model_timeout_seconds + LEASE_MARGIN_SECONDS)
        self._running: dict[UUID, asyncio.Task[object]] = {}
        self._discarded: set[UUID] = set()
        self._leases = Leases(engine, self._lease)
        self._budget_reported_on: date | None = None

    async def answer(self, request: TurnRequest) -> Answer:
        """Answer a message, or return the stored answer of a turn that is done.

        Raises:
            Problem: one of the contract's, with `conversation_id` if the turn has begun.
        """
        self._require_assistant()
        current = cast(asyncio.Task[object], asyncio.current_task())  # a coroutine runs in one
        run_id = uuid4()
        self._running[run_id] = current
        try:
            return await self._answer(request, run_id)
        except asyncio.CancelledError:
            if run_id in self._discarded:
                raise TurnDiscarded from None
            await self._leases.release(request.user_id, run_id)
            raise ModelUnavailable(STOPPING, retry_after_seconds=1) from None
        except Problem:
            if run_id in self._discarded:
                raise TurnDiscarded from None
            raise
        finally:
            del self._running[run_id]
            self._discarded.discard(run_id)

    async def discard(
        self, user_id: UUID, *, key: str | None = None, conversation_id: UUID | None = None, turn: int | None = None
    ) -> None:
        """Discard a turn without an answer, named by its key or by its number, and stop its run.

        A run in this process is cancelled. One in another process ends at its next statement.

        Raises:
            TurnAnswered: it has its answer.
            TurnNotFound: the user has no such turn.
        """
        discarded = await discard_turn(
            self._engine,
            user_id,
            key=key,
            conversation_id=conversation_id,
            turn=turn,
            requests_per_minute=self._settings.requests_per_minute,
        )
        if discarded.outcome == "not_found":
            raise TurnNotFound
        if discarded.outcome == "answered":
            raise TurnAnswered
        if discarded.run_id in self._running and discarded.run_id not in self._discarded:
            self._discarded.add(discarded.run_id)
            self._running[discarded.run_id].cancel()
        await self._name_after_what_remains(discarded)

    async def _name_after_what_remains(self, discarded: Discarded) -> None:
        """Rename a conversation that began with the discarded message and is still named after it."""
        conversation_id, message = discarded.conversation_id, discarded.message
        if conversation_id is None or message is None or discarded.title != make_title(message.content):
            return
        first_message = await find_first_message(self._engine, conversation_id)
        if first_message is None or first_message.sequence < message.sequence:
            return  # nothing remains, or it only has the same words as the title
        title = make_title(first_message.content)
        if title != discarded.title:
            await rename(self._engine, conversation_id, title, old_title=discarded.title)

    def _require_assistant(self) -> Assistant:
        if self._assistant is None:
            raise NoAssistant
        return self._assistant

    async def _answer(self, request: TurnRequest, run_id: UUID) -> Answer:
        start = await self._begin(request, run_id)
        if start.conversation_id is None or start.turn is None or start.outcome not in ("begun", "resumed", "replay"):
            self._log_used_budget(start)
            _refuse(start)
        run = Run(request.user_id, start.conversation_id, start.turn, run_id, self._lease)
        if start.outcome == "replay":
            return Answer(run.conversation_id, start.messages[-1].content, start.tool_calls, is_replay=True)
        logger.info("turn begun", extra={"conversation_id": str(run.conversation_id), "outcome": start.outcome})
        return await self._run(run, start, request.time_zone)

    def _log_used_budget(self, start: TurnStart) -> None:
        """Log a refusal; as a warning if it is this process's first of the day because of the service's budget."""
        if start.outcome not in ("user_budget_used", "service_budget_used"):
            return
        today = datetime.now(UTC).date()
        is_news = start.outcome == "service_budget_used" and self._budget_reported_on != today
        if is_news:
            self._budget_reported_on = today
        logger.log(logging.WARNING if is_news else logging.INFO, "budget used", extra={"outcome": start.outcome})

    async def _begin(self, request: TurnRequest, run_id: UUID) -> TurnStart:
        costs = self._require_assistant().origin is not None
        begin = begin_turn(
            self._engine,
            request,
            run_id=run_id,
            title=make_title(request.message),
            lease=self._lease,
            turns_per_minute=self._settings.turns_per_minute,
            history_bytes=bytes_to_read(self._settings.history_budget_tokens),
            user_tokens_per_day=self._settings.model_tokens_per_user_per_day if costs else None,
            service_tokens_per_day=self._settings.model_tokens_per_day if costs else None,
        )
        try:
            return await shield_until_done(begin)
        except DatabaseUnavailable:  # the turn may have begun nevertheless
            self._leases.release_later(request.user_id, run_id)
            raise

    async def _run(self, run: Run, start: TurnStart, time_zone: ZoneInfo) -> Answer:
        ends_at = asyncio.get_running_loop().time() + self._settings.turn_timeout_seconds
        context = TurnContext.of(self._engine, run, start, ends_at=ends_at, time_zone=time_zone)
        try:
            raise_if_cancelled()  # during the begin
            async with asyncio.timeout_at(ends_at):
                if start.outcome == "resumed":
                    context.today = today_in(time_zone, await turn_began_at(self._engine, run))
                text = await self._ask(context, start)
            await shield_until_done(self._finish(context, text))
        except asyncio.CancelledError:
            if run.run_id in self._discarded:
                await self._count(context)
                raise TurnDiscarded from None
            await self._leases.release(run.user_id, run.run_id, context.uncounted_tokens)
            raise ModelUnavailable(STOPPING, retry_after_seconds=1, conversation_id=str(run.conversation_id)) from None
        except Exception as error:
            return await self._recover(context, error)
        logger.info("turn answered", extra={"conversation_id": str(run.conversation_id), "tokens": context.tokens})
        return Answer(run.conversation_id, text, context.tool_calls_in_order())

    async def _finish(self, context: TurnContext, text: str) -> None:
        step, output = context.answer()
        tokens = context.uncounted_tokens
        await finish_turn(self._engine, context.run, text, step=step, step_output=as_answer(output), tokens=tokens)
        context.counted_tokens += tokens

    async def _ask(self, context: TurnContext, start: TurnStart) -> str:
        assistant = self._require_assistant()
        history = History.of(start, assistant.origin, self._settings.history_budget_tokens)
        while True:
            try:
                return await assistant.answer(context, history)
            except Exception as error:
                easier = _easier(history, context, error)
                if easier is None:
                    raise
                history = easier

    async def _recover(self, context: TurnContext, error: Exception) -> Answer:
        """Return the answer of the run that replaced this one. Otherwise release the lease and raise the problem."""
        run, tokens = context.run, context.uncounted_tokens
        failure = to_problem(error)
        if isinstance(failure, TurnLost):
            await self._count(context)
            return await self._answer_of_another_run(run)
        level = logging.WARNING if failure.status > 500 else logging.ERROR
        fields = {"code": failure.code, "tokens": context.tokens, **log_fields(error)}
        logger.log(level, "turn failed", extra=fields, exc_info=error)
        if isinstance(failure, DatabaseUnavailable):
            self._leases.release_later(run.user_id, run.run_id, tokens)
        else:
            await self._leases.release(run.user_id, run.run_id, tokens)
        failure.members["conversation_id"] = str(run.conversation_id)
        raise failure from error

    async def _count(self, context: TurnContext) -> None:
        """Count the tokens of a run that lost its turn."""
        if tokens := context.uncounted_tokens:
            await shield_until_done(count_tokens(self._engine, context.run.user_id, tokens))
            context.counted_tokens += tokens

    async def _answer_of_another_run(self, run: Run) -> Answer:
        stored = await find_turn(self._engine, run)
        if stored is None:
            raise ConversationNotFound
        if stored.is_discarded:
            raise TurnDiscarded
        if stored.answer is None:
            raise TurnInProgress(conversation_id=str(run.conversation_id))
        return Answer(run.conversation_id, stored.answer, stored.tool_calls, is_replay=True)

    async def aclose(self) -> None:
        """Wait up to `STOP_SECONDS` until cancelled turns have released their leases."""
        with suppress(TimeoutError):
            async with asyncio.timeout(STOP_SECONDS):
                while self._running:
                    await asyncio.wait(self._running.values())
                await self._leases.aclose()


def _easier(history: History, context: TurnContext, error: Exception) -> History | None:
    """The history to ask the model with after an error; None if the history did not cause the error."""
    if is_too_long(error):
        logger.warning("the history is too long for the model; retrying with half of it")
        return history.halved()
    plain = history.plain()
    steps = (context.steps, context.tool_calls, len(context.steps))
    if is_refused(error) and plain.with_steps(*steps) != history.with_steps(*steps):
        logger.warning(
            "the model's server refuses the history; retrying with questions and answers only", extra=log_fields(error)
        )
        return plain
    return None


def _refuse(start: TurnStart) -> NoReturn:
    match start.outcome:
        case "not_found":
            raise ConversationNotFound
        case "key_reused":
            raise IdempotencyKeyReused
        case "rate_limited":
            raise RateLimited(
                "Too many messages. Try again in a moment.", retry_after_seconds=start.retry_after_seconds
            )
        case "user_budget_used":
            raise BudgetUsed(retry_after_seconds=start.retry_after_seconds)
        case "service_budget_used":
            raise BudgetUsed(SERVICE_BUDGET_USED, retry_after_seconds=start.retry_after_seconds)
        case "discarded":
            raise TurnDiscarded
        case "gave_up":
            raise TurnFailed(conversation_id=str(start.conversation_id))
        case "in_progress":
            raise TurnInProgress(conversation_id=str(start.conversation_id))
        case _:
            raise ConversationBusy(conversation_id=str(start.conversation_id))
