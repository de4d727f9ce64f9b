"""What all bodies of the HTTP contract have in common."""

from typing import Any

from pydantic import BaseModel, ConfigDict, model_validator

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


class ProblemDetails(BaseModel):
    """What went wrong (RFC 9457, `application/problem+json`)."""

    model_config = ConfigDict(extra="allow", use_attribute_docstrings=True)

    type: str
    title: str
    status: int
    code: str
    """Stable: act on this one."""
    detail: str
