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

MAX_EMPTY_ANSWERS = 2
"""How often we ask a model that says nothing."""


class LanguageModel(Protocol):
    """A model at a server, or the offline assistant."""

    @property
    def origin(self) -> str | None:
        """The name under which its opaque parts are stored; None where it has none and takes any history."""

    async def ask(self, instructions: str, history: Sequence[Item], tools: Sequence[FunctionTool]) -> Reply:
        """What it says next."""


class ResumableModel(Model):
    """Replays the recorded steps of a turn, then asks the model; one object for each run.

    The model is shown the history and this turn's steps as they are recorded, and so the same as in later turns; the
    SDK would put the outputs of a step in another order, and say other things of unknown tools.

    Each step of the model has `timeout_seconds`, retries included: within the lease.
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
        """The model's next step, or a list of the changes so far if it says nothing.

        Raises:
            EmptyAnswer: the model said nothing, and no tool has succeeded.
            CutOff: the same, because it ran into its limit.
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
            return await retry(partial(self._model.ask, instructions, history, tools), ends_at=ends_at)

    def stream_response(self, *_args: Any, **_kwargs: Any) -> AsyncIterator[TResponseStreamEvent]:
        raise TypeError("turns are not streamed")
