"""The assistant: one agent with a domain's instructions and tools, run for each turn."""

from collections.abc import Sequence

from agents import Agent, RunConfig, RunContextWrapper, Runner, set_trace_provider, set_tracing_disabled
from agents.run_config import ToolExecutionConfig
from agents.tracing.provider import DefaultTraceProvider

from taskchat.chat.context import TurnContext
from taskchat.chat.history import History
from taskchat.chat.providers.offline import OfflineAssistant
from taskchat.chat.resumable_model import LanguageModel, ResumableModel
from taskchat.chat.tools import Tool, ToolRunner

MAX_STEPS = 10
"""How often the model is asked in one turn at most."""

# Traces would send conversations to a third party, and slow down the exit where it cannot be reached. A provider
# without a destination, because the SDK's own makes an HTTP client at once, and fails on proxies that it cannot use.
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

    def _dated_instructions(self, run: RunContextWrapper[TurnContext], _agent: Agent[TurnContext]) -> str:
        # The date comes last, so that providers can cache what precedes it.
        today, zone = run.context.today, run.context.time_zone
        return (
            f"{self._instructions}\nToday is {today:%A}, {today.isoformat()}, where the person is "
            f"(time zone {zone.key}).\n"
        )

    async def answer(self, context: TurnContext, history: History) -> str:
        """The answer to the last message of the history; what tools did for it is recorded by then.

        Raises:
            TurnLost: another run took over, or the conversation is gone.
            Problem: the database failed under a tool.
            Exception: whatever the model, its client or the SDK raise; see `taskchat.chat.failures`.
        """
        if isinstance(self._model, OfflineAssistant):
            self._model.begin_turn()
        run_config = RunConfig(
            model=ResumableModel(
                self._model, self._runner, context, history, timeout_seconds=self._model_timeout_seconds
            ),
            tool_not_found_behavior="return_error_to_model",
            # In the order of the calls, so that three things added at once keep the order in which they were said.
            tool_execution=ToolExecutionConfig(max_function_tool_concurrency=1),
        )
        try:  # the model is shown the history, whatever the runner has
            result = await Runner.run(self._agent, "", context=context, max_turns=MAX_STEPS, run_config=run_config)
        except Exception:
            if context.failure is not None:  # the SDK wraps what a tool raises
                raise context.failure from None
            raise
        return str(result.final_output)
