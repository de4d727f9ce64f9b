"""A model that replays the recorded steps, so that a turn resumes where a run was stopped."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from functools import partial
from typing import Any, Protocol

from agents import FunctionTool, Model, ModelResponse, ModelSettings, Tool, TResponseInputItem, Usage
from agents.items import TResponseStreamEvent

from taskchat.chat import steps
from taskchat.chat.context import TurnContext
from taskchat.chat.failures import CutOff, EmptyAnswer
from taskchat.chat.history import History
from taskchat.chat.providers.retry import retry
from taskchat.chat.steps import Item, Reply, StepOutput
from taskchat.chat.tools import ToolRunner
from taskchat.chat.usage import estimate_input, estimate_output, may_have_cost

MAX_EMPTY_ANSWERS = 2
"""How often to ask a model that returns no text and no call."""


class LanguageModel(Protocol):
    """A model at a server, or the offline assistant."""

    @property
    def origin(self) -> str | None:
        """The server's name for opaque parts; None if it has none and accepts any history."""

    async def ask(self, instructions: str, history: Sequence[Item], tools: Sequence[FunctionTool]) -> Reply:
        """Ask for the next step."""


class ResumableModel(Model):
    """Replays the recorded steps of a turn, then calls the model. One object per run.

    The model sees the history and this turn's steps as recorded, so exactly as in later turns. The SDK would reorder
    the outputs of a step, and describe unknown tools in other words.

    Each model step may take `timeout_seconds`, including retries, which is less than the lease.
    """

    def __init__(
        self,
        model: LanguageModel,
        runner: ToolRunner,
        context: TurnContext,
        history: History,
        *,
        timeout_seconds: float,
    ) -> None:
        self._model = model
        self._runner = runner
        self._context = context
        self._history = history
        self._timeout_seconds = timeout_seconds
        self._next_step = 0

    async def get_response(
        self,
        system_instructions: str | None,
        input: str | list[TResponseInputItem],  # noqa: A002
        model_settings: ModelSettings,
        tools: list[Tool],
        *_args: Any,
        **_kwargs: Any,
    ) -> ModelResponse:
        step = self._next_step
        output = self._context.steps.get(step)
        if output is None:
            ours = [tool for tool in tools if isinstance(tool, FunctionTool)]
            output = await self._next(step, system_instructions or "", ours)
            self._context.check_limits(output)
            self._context.steps[step] = output
            await self._runner.record_unknown_calls(self._context, step)
        self._next_step = step + 1
        sdk_output = steps.to_sdk(output, self._context.run.turn, step)
        return ModelResponse(output=sdk_output, usage=Usage(), response_id=None)

    async def _next(self, step: int, instructions: str, tools: list[FunctionTool]) -> StepOutput:
        """The model's next step, or a list of the changes so far if it returns nothing.

        Raises:
            EmptyAnswer: the model returned nothing, and no tool succeeded.
            CutOff: likewise, because the answer reached its length limit.
        """
        history = self._history.with_steps(self._context.steps, self._context.tool_calls, step)
        reply = Reply(())
        for _ in range(MAX_EMPTY_ANSWERS):
            reply = await self._ask(step, instructions, history, tools)
            if output := steps.from_model(reply, tool_names=self._runner.names, origin=self._model.origin):
                return output
            if reply.is_cut:
                break
        if (done := self._runner.describe_calls(self._context.tool_calls_in_order())) is None:
            raise CutOff if reply.is_cut else EmptyAnswer
        return [{"type": "message", "text": done}]

    async def _ask(self, step: int, instructions: str, history: list[Item], tools: list[FunctionTool]) -> Reply:
        ends_at = self._context.deadline(step, self._timeout_seconds)
        async with asyncio.timeout_at(ends_at):
            return await retry(partial(self._ask_once, instructions, history, tools), ends_at=ends_at)

    async def _ask_once(self, instructions: str, history: list[Item], tools: list[FunctionTool]) -> Reply:
        if self._model.origin is None:  # the offline assistant costs nothing
            return await self._model.ask(instructions, history, tools)
        try:
            reply = await self._model.ask(instructions, history, tools)
        except BaseException as error:  # a timeout cancels the request
            if may_have_cost(error):
                self._context.tokens += estimate_input(instructions, history, tools)
            raise
        self._context.tokens += reply.tokens or estimate_input(instructions, history, tools) + estimate_output(reply)
        return reply

    def stream_response(self, *_args: Any, **_kwargs: Any) -> AsyncIterator[TResponseStreamEvent]:
        raise TypeError("turns are not streamed")
