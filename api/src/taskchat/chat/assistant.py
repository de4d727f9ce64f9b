"""The assistant: one agent with a domain's instructions and tools, run for each turn."""

from collections.abc import Sequence
from copy import copy

from agents import Agent, RunConfig, RunContextWrapper, Runner, set_trace_provider, set_tracing_disabled
from agents.run_config import ToolExecutionConfig
from agents.tracing.provider import DefaultTraceProvider

from taskchat.chat.context import TurnContext
from taskchat.chat.history import History
from taskchat.chat.resumable_model import LanguageModel, ResumableModel
from taskchat.chat.tools import Tool, ToolRunner

MAX_STEPS = 10
"""The maximum number of model steps in one turn."""

# Traces would send conversations to a third party, and delay the exit if it is unreachable. We install an empty
# provider, because the SDK's own creates an HTTP client at once and fails on unsupported proxies.
set_trace_provider(DefaultTraceProvider())
set_tracing_disabled(True)


class Assistant:
    """Answers turns with the given model."""

    def __init__(
        self, model: LanguageModel, instructions: str, tools: Sequence[Tool], *, model_timeout_seconds: float
    ) -> None:
        self.origin = model.origin
        self._model = model
        self._instructions = instructions
        self._runner = ToolRunner(tools)
        self._model_timeout_seconds = model_timeout_seconds
        self._agent: Agent[TurnContext] = Agent(
            name="Taskchat", instructions=self._dated_instructions, tools=self._runner.function_tools()
        )
        # Copied for each run: creating one takes 13 % of a turn's CPU time, because the SDK resolves type hints.
        self._run_config = RunConfig(
            tool_not_found_behavior="return_error_to_model",
            # One after the other, so that things added at once keep their order.
            tool_execution=ToolExecutionConfig(max_function_tool_concurrency=1),
        )

    def _dated_instructions(self, run: RunContextWrapper[TurnContext], _agent: Agent[TurnContext]) -> str:
        # The date comes last, so that providers can cache what precedes it.
        today, zone = run.context.today, run.context.time_zone
        return (
            f"{self._instructions}\nToday is {today:%A}, {today.isoformat()}, where the person is "
            f"(time zone {zone.key}).\n"
        )

    async def answer(self, context: TurnContext, history: History) -> str:
        """Answer the last message of the history. By then, all tool calls are recorded.

        Raises:
            TurnLost: another run took over, or the conversation is gone.
            Problem: the database failed under a tool.
            Exception: any error of the model, its client or the SDK; see `taskchat.chat.failures`.
        """
        run_config = copy(self._run_config)
        run_config.model = ResumableModel(
            self._model, self._runner, context, history, timeout_seconds=self._model_timeout_seconds
        )
        try:  # the input is empty, because the model gets the history
            result = await Runner.run(self._agent, "", context=context, max_turns=MAX_STEPS, run_config=run_config)
        except Exception:
            if context.failure is not None:  # the SDK wraps a tool's exception
                raise context.failure from None
            raise
        return str(result.final_output)
