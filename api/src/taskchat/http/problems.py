"""Turns every error into a problem document, including those of the frameworks."""

from http import HTTPMethod

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Match

from taskchat.errors import BodyTooLarge, InvalidRequest, MethodNotAllowed, NotFound, Problem, problem_response

MAX_ERRORS_TOLD = 20


async def _problem(_request: Request, error: Exception) -> Response:
    if not isinstance(error, Problem):
        raise error
    return problem_response(error)


async def _invalid(_request: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        raise error
    # Without `input` and `ctx`, which may not even be valid text.
    all_wrong = error.errors()
    wrong = [{"type": e["type"], "loc": e["loc"], "msg": e["msg"]} for e in all_wrong[:MAX_ERRORS_TOLD]]
    detail = "; ".join(f"{'.'.join(str(part) for part in e['loc'])}: {e['msg']}" for e in wrong)
    if len(all_wrong) > len(wrong):
        detail += f"; and {len(all_wrong) - len(wrong)} more"
    return problem_response(InvalidRequest(detail, errors=wrong))


async def _framework(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    match error.status_code:
        case 404:
            problem: Problem = NotFound()
        case 405:
            problem = MethodNotAllowed()
        case 413:
            problem = BodyTooLarge()
        case status if status < 500:
            problem = InvalidRequest("The body is not valid JSON.")
        case _:
            raise error
    response = problem_response(problem)
    if isinstance(problem, MethodNotAllowed):
        response.headers["allow"] = ", ".join(_allowed_methods(request))
    return response


def _allowed_methods(request: Request) -> list[str]:
    """The methods of all routes of this URL; Starlette names only those of the first."""
    routes = request.app.routes
    return [
        method
        for method in HTTPMethod
        if any(route.matches({**request.scope, "method": method})[0] is Match.FULL for route in routes)
    ]


def install(app: FastAPI) -> None:
    app.add_exception_handler(Problem, _problem)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _framework)
