"""What all bodies of the HTTP contract have in common."""

from pydantic import BaseModel, ConfigDict


class RequestBody(BaseModel):
    """A body that we accept: exactly the named members, each of exactly its type."""

    model_config = ConfigDict(extra="forbid", strict=True, use_attribute_docstrings=True)


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
