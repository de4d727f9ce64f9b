"""The bases of all request and response bodies, and how bodies follow a table's columns."""

from collections.abc import Callable, Mapping, Set
from typing import Annotated, Any, Literal, TypeVar, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, create_model, model_validator
from pydantic.fields import FieldInfo
from sqlmodel.main import FieldInfoMetadata

MAX_MEMBERS = 100
"""Of a body's object. Each unknown member would be reported."""


class RequestBody(BaseModel):
    """A request body: only the declared members, each of exactly its type."""

    model_config = ConfigDict(extra="forbid", strict=True, use_attribute_docstrings=True)

    @model_validator(mode="before")
    @classmethod
    def _has_few_members(cls, given: Any) -> Any:
        if isinstance(given, dict) and len(given) > MAX_MEMBERS:
            raise ValueError(f"has {len(given)} members; {MAX_MEMBERS} is the most")
        return given


class ResponseBody(BaseModel):
    """A response body."""

    model_config = ConfigDict(from_attributes=True, use_attribute_docstrings=True)


M = TypeVar("M", bound=BaseModel)
_JSON_TYPES = {str, int, float, bool, type(None)}


def with_columns(table: type[BaseModel], *, without: Set[str] = frozenset()) -> Callable[[type[M]], type[M]]:
    """Add a table's columns to a response schema, without their constraints."""
    fields: dict[str, Any] = {
        name: (column.annotation, ...) for name, column in table.model_fields.items() if name not in without
    }
    return lambda schema: extend(schema, fields)


def with_fields(
    source: type[BaseModel],
    *,
    without: Set[str] = frozenset(),
    all_optional: bool = False,
    examples: Mapping[str, Any] | None = None,
) -> Callable[[type[M]], type[M]]:
    """Add the fields of `source` to a request schema.

    Args:
        all_optional: allows leaving out any field, but not null, unless the column is nullable.
        examples: replace those of `source`, by field.
    """

    def accepted(name: str, field: FieldInfo) -> tuple[Any, Any]:
        example = (examples or {}).get(name)
        options: dict[str, Any] = {
            "description": field.description,
            "examples": field.examples if example is None else [example],
            "json_schema_extra": field.json_schema_extra,
        }
        types = get_args(field.annotation) or (field.annotation,)
        if get_origin(field.annotation) is not Literal and not set(types) <= _JSON_TYPES:
            options["strict"] = False  # JSON has no dates or ids; they arrive as strings
        if all_optional:
            # Never used, but unlike a default it does not appear in the contract.
            options["default_factory"] = lambda: None
        elif not field.is_required():
            options["default"] = field.default
        return annotation_of(field), Field(**options)

    fields = {name: accepted(name, field) for name, field in source.model_fields.items() if name not in without}
    return lambda schema: extend(schema, fields)


def annotation_of(field: FieldInfo) -> Any:
    """A field's type with its constraints."""
    constraints = [part for part in field.metadata if not isinstance(part, FieldInfoMetadata)]
    return Annotated[field.annotation, *constraints] if constraints else field.annotation


def extend(schema: type[M], fields: Mapping[str, Any]) -> type[M]:
    """Add fields to a schema under the same name."""
    extended: type[M] = create_model(
        schema.__name__, __base__=schema, __module__=schema.__module__, __doc__=schema.__doc__, **fields
    )
    return extended


IdempotencyKey = Annotated[str, StringConstraints(pattern=r"^[\x21-\x7e]{1,255}$")]
"""The header with which clients repeat a request safely."""


class ProblemDetails(BaseModel):
    """What went wrong (RFC 9457, `application/problem+json`)."""

    model_config = ConfigDict(extra="allow", use_attribute_docstrings=True)

    type: str
    title: str
    status: int
    code: str
    """Stable identifier; act on this."""
    detail: str
