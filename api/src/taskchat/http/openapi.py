"""The OpenAPI document: each endpoint's problems by status, and examples."""

from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from taskchat.errors import (
    AuthUnavailable,
    BodyTooLarge,
    DatabaseUnavailable,
    InternalError,
    InvalidRequest,
    Problem,
    RateLimited,
    Unauthenticated,
    UserMismatch,
    title_of,
)
from taskchat.http.schemas import ProblemDetails

HOW_TO_CALL = """\
Sign in with auth-service (`/api/auth/*`), get an access token
from `GET /api/auth/token`, and send it with every request. Errors are problem documents (RFC 9457): act on `code`.
"""

_EVERYWHERE: tuple[type[Problem], ...] = (
    Unauthenticated,
    UserMismatch,
    BodyTooLarge,
    InvalidRequest,
    RateLimited,
    InternalError,
    AuthUnavailable,
    DatabaseUnavailable,
)


def problems(*specific: type[Problem]) -> dict[int | str, dict[str, Any]]:
    """Build an endpoint's `responses`: these problems and those of all guarded endpoints."""
    by_status = groupby(sorted((*_EVERYWHERE, *specific), key=lambda p: p.status), key=lambda p: p.status)
    return {status: _response(list(of_status)) for status, of_status in by_status}


def _response(of_status: list[type[Problem]]) -> dict[str, Any]:
    examples = {
        p.code: {
            "value": {
                "type": "about:blank",
                "title": title_of(p.status),
                "status": p.status,
                "code": p.code,
                "detail": p.default_detail,
            }
        }
        for p in of_status
    }
    response = {
        "description": "; ".join(f"`{p.code}`: {(p.__doc__ or '').strip()}" for p in of_status),
        "content": {
            "application/problem+json": {
                "schema": {"$ref": f"#/components/schemas/{ProblemDetails.__name__}"},
                "examples": examples,
            }
        },
    }
    if headers := _headers(of_status):
        response["headers"] = headers
    return response


def _headers(of_status: list[type[Problem]]) -> dict[str, Any]:
    headers = {}
    if Unauthenticated in of_status:
        headers["WWW-Authenticate"] = {
            "description": "`Bearer`. If a token was sent, `error_description` says whether it is expired or invalid.",
            "required": True,
            "schema": {"type": "string"},
        }
    retried = [p.default_retry_after_seconds is not None for p in of_status]
    if any(retried):
        headers["Retry-After"] = {
            "description": "The number of seconds to wait before trying again.",
            "required": all(retried),
            "schema": {"type": "integer", "minimum": 1},
        }
    return headers


def operation_id(route: APIRoute) -> str:
    """Use the function's name, which generated clients take over."""
    return route.name


def _parameters(document: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for operations in document["paths"].values():
        for operation in operations.values():
            yield from operation.get("parameters", ())


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """A parameter may be left out, but in URLs and headers there is no null."""
    if "anyOf" not in schema:
        return schema
    others = [option for option in schema["anyOf"] if option != {"type": "null"}]
    rest = {name: value for name, value in schema.items() if name != "anyOf"}
    return others[0] | rest if len(others) == 1 else {"anyOf": others} | rest


def install(app: FastAPI, examples: Mapping[str, Mapping[str, Any]]) -> None:
    """Publish the contract with the schema of problems, and with examples by schema and member."""

    def contract() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = get_openapi(
                title=app.title,
                version=app.version,
                summary=app.summary,
                description=app.description,
                routes=app.routes,
            )
            schemas = document["components"]["schemas"]
            schemas[ProblemDetails.__name__] = ProblemDetails.model_json_schema()
            for parameter in _parameters(document):
                parameter["schema"] = _without_null(parameter["schema"])
            for schema, members in examples.items():
                for member, example in members.items():
                    schemas[schema]["properties"][member]["examples"] = [example]
            for unused in ("HTTPValidationError", "ValidationError"):
                schemas.pop(unused, None)
            app.openapi_schema = document
        return app.openapi_schema

    app.openapi = contract  # type: ignore[method-assign]
