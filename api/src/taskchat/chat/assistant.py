"""The assistant: a model with a domain's instructions and tools, which takes the steps of each turn."""

import asyncio
from collections.abc import Sequence
from functools import partial

from taskchat.chat import steps
from taskchat.chat.context import TurnContext
from taskchat.chat.failures import CutOff, EmptyAnswer, TooManySteps
from taskchat.chat.history import History
from taskchat.chat.language_model import LanguageModel
from taskchat.chat.providers.retry import retry
from taskchat.chat.steps import Item, Reply, StepOutput
from taskchat.chat.tools import Tool, ToolRunner
from taskchat.chat.usage import estimate_input, estimate_output, may_have_cost

MAX_STEPS = 10
"""The maximum number of model steps in one turn."""
MAX_EMPTY_ANSWERS = 2
"""How often to ask a model that returns no text and no call."""


class Assistant:
    """Answers turns with the given model, any number at a time.

    Args:
        model_timeout_seconds: of each model step, including its retries; less than the lease.
    """

    def __init__(
        self, model: LanguageModel, instructions: str, tools: Sequence[Tool], *, model_timeout_seconds: float
    ) -> None:
        self.origin = model.origin
        self._model = model
        self._instructions = instructions
        self._tools = ToolRunner(tools)
        self._model_timeout_seconds = model_timeout_seconds

    async def answer(self, turn: TurnContext, history: History) -> str:
        """Answer the last message of the history. By then, all tool calls are recorded.

        Steps and calls that an earlier run recorded are taken as they are, so a turn resumes where that run stopped.

        Raises:
            TurnLost: another run took over, or the conversation is gone.
            TooManySteps: the model still calls tools after `MAX_STEPS`.
            Problem: the database failed under a tool.
            Exception: any error of the model or its client; see `taskchat.chat.failures`.
        """
        for step in range(MAX_STEPS):
            output = turn.steps.get(step)
            if output is None:
                output = await self._next_step(turn, history, step)
                turn.check_limits(output)
                turn.steps[step] = output
            if not steps.has_calls(output):
                return steps.answer_text(output)
            await self._tools.run(turn, step)
        raise TooManySteps

    def _dated_instructions(self, turn: TurnContext) -> str:
        # The date comes last, so that providers can cache what precedes it.
        return (
            f"{self._instructions}\nToday is {turn.today:%A}, {turn.today.isoformat()}, where the person is "
            f"(time zone {turn.time_zone.key}).\n"
        )

    async def _next_step(self, turn: TurnContext, history: History, step: int) -> StepOutput:
        """The model's next step, or a list of the changes so far if it returns nothing.

        Raises:
            EmptyAnswer: the model returned nothing, and no tool succeeded.
            CutOff: likewise, because the answer reached its length limit.
        """
        so_far = history.with_steps(turn.steps, turn.tool_calls, step)
        reply = Reply(())
        for _ in range(MAX_EMPTY_ANSWERS):
            reply = await self._ask(turn, step, so_far)
            if output := steps.from_model(reply, tool_names=self._tools.names, origin=self.origin):
                return output
            if reply.is_cut:
                break
        if (done := self._tools.describe_calls(turn.tool_calls_in_order())) is None:
            raise CutOff if reply.is_cut else EmptyAnswer
        return [{"type": "message", "text": done}]

    async def _ask(self, turn: TurnContext, step: int, history: list[Item]) -> Reply:
        ends_at = turn.deadline(step, self._model_timeout_seconds)
        async with asyncio.timeout_at(ends_at):
            return await retry(partial(self._ask_once, turn, history), ends_at=ends_at)

    async def _ask_once(self, turn: TurnContext, history: list[Item]) -> Reply:
        request = (self._dated_instructions(turn), history, self._tools.schemas)
        if self.origin is None:  # the offline assistant costs nothing
            return await self._model.ask(*request)
        try:
            reply = await self._model.ask(*request)
        except BaseException as error:  # a timeout cancels the request
            if may_have_cost(error):
                turn.tokens += estimate_input(*request)
            raise
        turn.tokens += reply.tokens or estimate_input(*request) + estimate_output(reply)
        return reply
