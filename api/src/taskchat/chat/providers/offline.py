"""The adapter for a domain's offline assistant."""

from collections.abc import Sequence
from typing import Any

from agents import Model
from openai.types.responses import ResponseFunctionToolCall, ResponseOutputMessage

from taskchat.chat.language_model import ToolSchema
from taskchat.chat.steps import Item, Reply, SaidCall, SaidText


class InProcessModel:
    """Adapts a model of the agents SDK that runs in this process and needs no server.

    The model gets only the instructions and the history.
    """

    origin = None

    def __init__(self, model: Model) -> None:
        self._model = model

    async def ask(self, instructions: str, history: Sequence[Item], _tools: Sequence[ToolSchema]) -> Reply:
        items: Any = history
        ask: Any = self._model.get_response
        response = await ask(instructions, items)
        said: list[SaidText | SaidCall] = []
        for item in response.output:
            if isinstance(item, ResponseFunctionToolCall):
                said.append(SaidCall(item.name, item.arguments))
            elif isinstance(item, ResponseOutputMessage):
                said.append(SaidText("".join(part.text for part in item.content if part.type == "output_text")))
        return Reply(said)
