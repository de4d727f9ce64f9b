"""The interface between a domain and the rest of the service."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from fastapi import APIRouter

from taskchat.accounts.export import ExportSection
from taskchat.chat.language_model import LanguageModel
from taskchat.chat.tools import Tool


@dataclass(frozen=True, kw_only=True)
class Domain:
    """The data that people keep here and chat about.

    Attributes:
        summary, description: the domain in the HTTP contract.
        instructions: the model's system prompt, to which the engine adds the user's date.
        routers: the domain's endpoints.
        export_sections: the domain's part of a user's export.
        offline_assistant: creates what answers if no language model is set up; its imports may be slow.
        examples: values for the HTTP contract, by schema and member.
    """

    summary: str
    description: str
    instructions: str
    tools: tuple[Tool, ...]
    routers: tuple[APIRouter, ...]
    export_sections: tuple[ExportSection, ...]
    offline_assistant: Callable[[], LanguageModel] | None = None
    examples: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
