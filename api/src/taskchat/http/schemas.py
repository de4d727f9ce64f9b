"""What all bodies of the HTTP contract have in common, and how they follow the columns of a table."""

from collections.abc import Callable, Mapping, Set
from typing import Annotated, Any, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, Field, create_model, model_validator
from pydantic.fields import FieldInfo
from sqlmodel.main import FieldInfoMetadata

MAX_MEMBERS = 100
"""Of a body's object. Ours have a few; each unknown one would be told of."""


class RequestBody(BaseModel):
    """A body that we accept: exactly the named members, each of exactly its type."""

    model_config = ConfigDict(extra="forbid", strict=True, use_attribute_docstrings=True)

    @model_validator(mode="before")
    @classmethod
    def _has_few_members(cls, given: Any) -> Any:
        if isinstance(given, dict) and len(given) > MAX_MEMBERS:
            raise ValueError(f"has {len(given)} members; {MAX_MEMBERS} is the most")
        return given


class ResponseBody(BaseModel):
    """A body that we send."""

    model_config = ConfigDict(from_attributes=True, use_attribute_docstrings=True)


M = TypeVar("M", bound=BaseModel)
_JSON_TYPES = {str, int, float, bool, type(None)}


def with_columns(table: type[BaseModel], *, without: Set[str] = frozenset()) -> Callable[[type[M]], type[M]]:
    """Add the columns of a table to a schema of what we send: their types, without what a value must keep to."""
    fields: dict[str, Any] = {
        name: (column.annotation, ...) for name, column in table.model_fields.items() if name not in without
    }
    return lambda schema: extend(schema, fields)


def with_fields(
    source: type[BaseModel], *, all_optional: bool = False, examples: Mapping[str, Any] | None = None
) -> Callable[[type[M]], type[M]]:
    """Add the fields of `source` to a schema of what we accept.

    Args:
        all_optional: each may be left out, but is never null unless its column is.
        examples: in place of those that `source` has, by field.
    """

    def accepted(name: str, field: FieldInfo) -> tuple[Any, Any]:
        example = (examples or {}).get(name)
        options: dict[str, Any] = {
            "description": field.description,
            "examples": field.examples if example is None else [example],
            "json_schema_extra": field.json_schema_extra,
        }
        if not set(get_args(field.annotation) or (field.annotation,)) <= _JSON_TYPES:
            options["strict"] = False  # JSON has no dates and no ids: they come as texts
        if all_optional:
            # The value is never used. A default would be shown in the contract.
            options["default_factory"] = lambda: None
        elif not field.is_required():
            options["default"] = field.default
        return annotation_of(field), Field(**options)

    fields = {name: accepted(name, field) for name, field in source.model_fields.items()}
    return lambda schema: extend(schema, fields)


def annotation_of(field: FieldInfo) -> Any:
    """The type of a column's field with what a value must keep to."""
    constraints = [part for part in field.metadata if not isinstance(part, FieldInfoMetadata)]
    return Annotated[field.annotation, *constraints] if constraints else field.annotation


def extend(schema: type[M], fields: Mapping[str, Any]) -> type[M]:
    """Add fields to a schema, which keeps its name and description."""
    extended: type[M] = create_model(
        schema.__name__, __base__=schema, __module__=schema.__module__, __doc__=schema.__doc__, **fields
    )
    return extended


class ProblemDetails(BaseModel):
    """What went wrong (RFC 9457, `application/problem+json`)."""

    model_config = ConfigDict(extra="allow", use_attribute_docstrings=True)

    type: str
    title: str
    status: int
    code: str
    """Stable: act on this one."""
    detail: str
