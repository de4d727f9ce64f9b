"""Tools: what a domain defines, and how a turn runs them.

A tool's effect is one SQL statement, so that it commits together with its record. The owner comes from the verified
token, never from the model.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.fields import FieldInfo
from sqlalchemy import CTE, ColumnElement

from taskchat.chat.context import TurnContext
from taskchat.chat.language_model import ToolSchema
from taskchat.chat.statements import Effect, StoredToolCall, call_tool
from taskchat.errors import InternalError
from taskchat.http.schemas import annotation_of, extend

logger = logging.getLogger(__name__)

_UNKNOWN = {"error": "unknown_tool", "detail": "There is no tool with this name."}
_NOT_STRICT = ("minLength", "maxLength", "pattern", "format", "default")
"""Keywords that strict function calling refuses. We validate arguments ourselves."""


class Arguments(BaseModel):
    """The base class of every tool's arguments."""

    model_config = ConfigDict(extra="forbid")


A = TypeVar("A", bound=Arguments)


def with_arguments(
    source: type[BaseModel], descriptions: Mapping[str, str], *, all_optional: bool = False
) -> Callable[[type[A]], type[A]]:
    """Add the fields of `source` to a tool's arguments. Optional ones may be null, which means "not given".

    Args:
        descriptions: what each field means to the model, instead of the field's own description.
    """

    def argument(name: str, field: FieldInfo) -> tuple[Any, Any]:
        annotation = annotation_of(field)
        description = descriptions.get(name, field.description)
        if field.is_required() and not all_optional:
            return annotation, Field(description=description)
        return annotation | None, Field(default=None, description=description)

    fields: dict[str, Any] = {name: argument(name, field) for name, field in source.model_fields.items()}
    return lambda arguments: extend(arguments, fields)


@dataclass(frozen=True, slots=True)
class Tool:
    """One thing that the assistant can do.

    Attributes:
        description: what the tool does, for the model.
        effect: returns a CTE and a JSON result, as `taskchat.chat.statements.Effect` does, for the arguments and the
            owner's id. A result with the member `error` means that nothing was changed.
        describe_change: describes a call's change in Markdown, from its result. None for a tool that only reads.
    """

    name: str
    description: str
    arguments: type[Arguments]
    effect: Callable[[Any, ColumnElement[UUID]], tuple[CTE, ColumnElement[Any]]]
    describe_change: Callable[[Any], str] | None = None

    @property
    def schema(self) -> ToolSchema:
        schema = self.arguments.model_json_schema()
        return ToolSchema(self.name, self.description, _strict(schema, schema.get("$defs", {})))


def _strict(schema: Any, definitions: Mapping[str, Any]) -> Any:
    """Convert a JSON schema to one for strict function calling: all members required, no others, no bounds.

    Source: platform.openai.com/docs/guides/structured-outputs, "Supported schemas".
    """
    if isinstance(schema, list):
        return [_strict(item, definitions) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema and len(schema) > 1:  # strict mode allows no other keywords next to it
        definition = definitions[schema["$ref"].removeprefix("#/$defs/")]
        schema = definition | {keyword: value for keyword, value in schema.items() if keyword != "$ref"}
    kept = {keyword: value for keyword, value in schema.items() if keyword not in _NOT_STRICT}
    if "properties" in schema:
        kept |= {"additionalProperties": False, "required": list(schema["properties"])}
    return {
        # Their members are names, not keywords.
        keyword: {name: _strict(member, definitions) for name, member in value.items()}
        if keyword in ("properties", "$defs")
        else _strict(value, definitions)
        for keyword, value in kept.items()
    }


class ToolRunner:
    """Runs a domain's tools and records each call together with its effect."""

    def __init__(self, tools: Sequence[Tool]) -> None:
        self._tools = {tool.name: tool for tool in tools}
        self._describe = change_describer(tools)
        self.names = frozenset(self._tools)
        self.schemas = tuple(tool.schema for tool in tools)

    async def run(self, turn: TurnContext, step: int) -> None:
        """Run the calls of a step that no earlier run has recorded, one after the other, and record each.

        A call that names no tool, or has invalid arguments, is recorded with the reason as its result.
        """
        calls = [item for item in turn.steps[step] if item["type"] == "function_call"]
        for position, item in enumerate(calls):
            if (step, position) in turn.tool_calls:
                continue
            given = orjson.loads(item["arguments"])
            tool = self._tools.get(item["name"])
            effect, result = (None, _UNKNOWN) if tool is None else _parse(tool, given)
            await _record(turn, StoredToolCall(turn.run.turn, step, position, item["name"], given, result), effect)

    def describe_calls(self, calls: Sequence[StoredToolCall]) -> str | None:
        """List the changes for the user, if the model returned no text. None if no call succeeded."""
        described = (self._describe(call.name, call.result) for call in calls)
        changes = [f"- {change}" for change in described if change is not None]
        if changes:
            return "\n".join(["The assistant's model gave no answer, but this was done:", "", *changes])
        if any("error" not in call.result for call in calls):
            return "I looked it up, but the assistant's model gave no answer. Nothing was changed. Please ask again."
        return None


def change_describer(tools: Sequence[Tool]) -> Callable[[str, Any], str | None]:
    """Create a function that describes a call's change in Markdown, from the tool's name and the result.

    It returns None if the call failed or only read, and for unknown tools.
    """
    by_name = {tool.name: tool.describe_change for tool in tools}

    def describe(name: str, result: Any) -> str | None:
        describe_change = by_name.get(name)
        if describe_change is None or "error" in result:
            return None
        try:
            return describe_change(result)
        except Exception:  # the change is made, so a defect in its description must not fail the turn
            logger.exception("a tool's change could not be described", extra={"tool": name})
            return name

    return describe


def _parse(tool: Tool, given: dict[str, Any]) -> tuple[Effect | None, Any]:
    try:
        return partial(_effect, tool, tool.arguments.model_validate(given)), None
    except ValidationError as error:
        wrong = [f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors(include_input=False)]
        return None, {"error": "invalid_arguments", "detail": "; ".join(wrong)}


def _effect(tool: Tool, arguments: Arguments, owner: ColumnElement[UUID]) -> tuple[CTE, ColumnElement[Any]]:
    try:
        return tool.effect(arguments, owner)
    except Exception as error:  # a defect of the tool, which must not be blamed on the model
        raise InternalError from error


async def _record(turn: TurnContext, call: StoredToolCall, effect: Effect | None) -> None:
    turn.check_limits()
    # Send the step with its first call only, so that the cost stays linear.
    output = None if call.step in turn.stored_steps else turn.steps[call.step]
    tokens = turn.uncounted_tokens
    stored = await call_tool(turn.engine, turn.run, call, step_output=output, effect=effect, tokens=tokens)
    turn.counted_tokens += tokens
    turn.record(stored)
