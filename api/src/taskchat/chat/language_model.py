"""The model that answers: at a server, or the offline assistant in this process."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from taskchat.chat.steps import Item, Reply


@dataclass(frozen=True, slots=True)
class ToolSchema:
    """A tool as a model sees it.

    Attributes:
        parameters: the arguments' JSON schema, for strict function calling.
    """

    name: str
    description: str
    parameters: Mapping[str, Any]


class LanguageModel(Protocol):
    @property
    def origin(self) -> str | None:
        """The server's name for opaque parts; None if it has none and accepts any history."""

    async def ask(self, instructions: str, history: Sequence[Item], tools: Sequence[ToolSchema]) -> Reply:
        """Ask for the next step."""
