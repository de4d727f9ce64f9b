"""How the contract is written down: the problems that an address can answer with, by status."""

from itertools import groupby
from typing import Any

from taskchat.errors import (
    AuthUnavailable,
    BodyTooLarge,
    DatabaseUnavailable,
    InternalError,
    InvalidRequest,
    Problem,
    Unauthenticated,
    UserMismatch,
)
from taskchat.schemas import ProblemDetails

_EVERYWHERE = (
    Unauthenticated,
    UserMismatch,
    BodyTooLarge,
    InvalidRequest,
    InternalError,
    AuthUnavailable,
    DatabaseUnavailable,
)


def problems(*specific: type[Problem]) -> dict[int | str, dict[str, Any]]:
    """The `responses` of an endpoint: these problems and those that any guarded endpoint has."""
    by_status = groupby(sorted((*_EVERYWHERE, *specific), key=lambda p: p.status), key=lambda p: p.status)
    return {status: _response(list(of_status)) for status, of_status in by_status}


def _response(of_status: list[type[Problem]]) -> dict[str, Any]:
    examples = {
        p.code: {"value": {"type": "about:blank", "status": p.status, "code": p.code, "detail": p.default_detail}}
        for p in of_status
    }
    return {
        "description": "; ".join(f"`{p.code}`: {(p.__doc__ or '').strip()}" for p in of_status),
        "content": {
            "application/problem+json": {
                "schema": {"$ref": f"#/components/schemas/{ProblemDetails.__name__}"},
                "examples": examples,
            }
        },
    }
