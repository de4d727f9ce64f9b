"""A model that first says again what it has said: by this a turn resumes where a run was stopped."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from typing import Any

from agents import Model, ModelResponse, TResponseInputItem, Usage
from agents.items import TResponseStreamEvent

from taskchat.chat import steps
from taskchat.chat.context import TurnContext
from taskchat.chat.retries import ask_again
from taskchat.chat.tools import record_unknown_calls


class ResumableModel(Model):
    """Replays the recorded steps of a turn, then asks the model; one object for each run.

    The model is shown the history and this turn's steps as they are recorded, and so the same as in later turns; the
    SDK would put the outputs of a step in another order, and say other things of unknown tools.

    Each step of the model has `timeout_seconds`, retries included: within the lease.
    """

    def __init__(
        self, model: Model, context: TurnContext, history: list[TResponseInputItem], *, timeout_seconds: float
    ) -> None:
        self._model = model
        self._context = context
        self._history = history
        self._timeout_seconds = timeout_seconds
        self._next_step = 0

    async def get_response(
        self,
        system_instructions: str | None,
        input: str | list[TResponseInputItem],  # noqa: A002
        *args: Any,
        **kwargs: Any,
    ) -> ModelResponse:
        turn, step = self._context.run.turn, self._next_step
        output = self._context.steps.get(step)
        usage = Usage()
        if output is None:
            shown = self._history + self._taken(step)
            response = await self._ask(partial(self._model.get_response, system_instructions, shown, *args, **kwargs))
            usage = response.usage
            output = self._context.steps[step] = steps.from_model(response.output)
            await record_unknown_calls(self._context, step)
        self._next_step = step + 1
        return ModelResponse(output=steps.to_sdk(output, turn, step), usage=usage, response_id=None)

    def _taken(self, steps_taken: int) -> list[TResponseInputItem]:
        turn, taken = self._context.run.turn, self._context.steps
        results = {place: call.result for place, call in self._context.tool_calls.items()}
        return [item for step in range(steps_taken) for item in steps.to_input(taken[step], turn, step, results)]

    async def _ask(self, ask: Callable[[], Awaitable[ModelResponse]]) -> ModelResponse:
        ends_at = min(asyncio.get_running_loop().time() + self._timeout_seconds, self._context.ends_at)
        async with asyncio.timeout_at(ends_at):
            return await ask_again(ask, ends_at=ends_at)

    def stream_response(self, *_args: Any, **_kwargs: Any) -> AsyncIterator[TResponseStreamEvent]:
        raise TypeError("turns are not streamed")
