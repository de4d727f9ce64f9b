"""What a domain hands to `main`: all that the rest of the service needs to know of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fastapi import APIRouter

from taskchat.accounts.export import ExportSection
from taskchat.chat.providers.offline import OfflineAssistant
from taskchat.chat.tools import Tool


@dataclass(frozen=True, kw_only=True)
class Domain:
    """What people keep here, and can chat about.

    Attributes:
        summary, description: say so in the HTTP contract.
        instructions: tell the model what it is and how to behave. The person's date is added to them.
        routers: the endpoints.
        export_sections: the domain's part of a user's export.
        offline_assistant: answers where no language model is set up.
        examples: of the contract's schemas, by schema and member.
    """

    summary: str
    description: str
    instructions: str
    tools: tuple[Tool, ...]
    routers: tuple[APIRouter, ...]
    export_sections: tuple[ExportSection, ...]
    offline_assistant: OfflineAssistant | None = None
    examples: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
