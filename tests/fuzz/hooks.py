"""What Schemathesis has to know of Taskchat: who it is, and which ids there are. Loaded by SCHEMATHESIS_HOOKS."""

import os
import re
import zlib
from collections import deque
from pathlib import Path
from typing import Any

import httpx
import schemathesis
from schemathesis.core.parameters import ParameterLocation

USER_ID = os.environ.get("FUZZ_USER_ID", "00000000-0000-4000-8000-000000000000")
SESSION_COOKIE = os.environ.get("FUZZ_SESSION_COOKIE", "")
"""Empty: everything is asked without a token."""
TALLY = Path(os.environ["FUZZ_TALLY"])
TOKEN_SECONDS = 120
"""How long a token is used; it lives for five minutes."""

_ids: dict[str, deque[str]] = {"conversation_id": deque(maxlen=50), "task_id": deque(maxlen=50)}
"""Ids that the api has given out lately."""
_cursors: dict[str, str] = {}
"""The last cursor of each list. No schema can say which ones are good."""
_NEW = {
    "conversation_id": re.compile(r'"conversation_id":"([0-9a-f-]{36})"'),
    "task_id": re.compile(r'^{"id":"([0-9a-f-]{36})".*"completed":'),
}
_CURSOR = re.compile(r'"next_cursor":"([^"]+)"')


if SESSION_COOKIE:

    @schemathesis.auth(refresh_interval=TOKEN_SECONDS)
    class AccessToken:
        """A fresh token of a signed-in session."""

        def get(self, case: Any, context: Any) -> str:
            headers = {"cookie": SESSION_COOKIE}
            response = httpx.get(f"{os.environ['FUZZ_AUTH_URL']}/api/auth/token", headers=headers)
            token: str = response.json()["token"]
            return token

        def set(self, case: Any, data: str, context: Any) -> None:
            case.headers["Authorization"] = f"Bearer {data}"


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: Any) -> None:
    """Lead most well-formed requests to what is there; malformed ones stay as they were made up."""
    if _is_well_formed(case, ParameterLocation.PATH) and case.path_parameters:
        user_id = case.path_parameters.get("user_id")
        if user_id is not None and not _falls(user_id, of=8):
            case.path_parameters["user_id"] = USER_ID
        # There ids come from earlier answers, and it is checked that what was just made is found.
        if case.meta.phase.name != "stateful":
            _lead(case.path_parameters)
    if _is_well_formed(case, ParameterLocation.QUERY) and (case.query or {}).pop("cursor", None) is not None:
        case.query.update({"cursor": _cursors[case.path]} if case.path in _cursors else {})
    if _is_well_formed(case, ParameterLocation.BODY) and isinstance(case.body, dict):
        _lead(case.body)
    if _is_well_formed(case, ParameterLocation.HEADER) and "Idempotency-Key" in case.headers:
        # One key for two different messages is refused, rightly.
        case.headers["Idempotency-Key"] = f"{zlib.crc32(repr(case.body).encode()):x}"


def _is_well_formed(case: Any, location: ParameterLocation) -> bool:
    component = case.meta.components.get(location) if case.meta else None
    return component is not None and component.mode.is_positive


def _lead(parameters: dict[str, Any]) -> None:
    for name, ids in _ids.items():
        made_up = parameters.get(name)
        if isinstance(made_up, str) and ids and not _falls(made_up, of=4):
            parameters[name] = ids[zlib.crc32(made_up.encode()) % len(ids)]


def _falls(value: object, *, of: int) -> bool:
    """Whether this one is among every `of` ones; the same each time, so that a run can be repeated."""
    return zlib.crc32(repr(value).encode()) % of == 0


@schemathesis.hook
def after_call(context: Any, case: Any, response: Any) -> None:
    """Remember new ids, and count what was answered."""
    with TALLY.open("a") as tally:
        tally.write(f"{case.method} {case.path} {response.status_code}\n")
    text = response.content.decode("utf-8", "replace") if response.status_code in (200, 201) else ""
    for name, pattern in _NEW.items():
        if found := pattern.search(text):
            _ids[name].append(found[1])
    if found := _CURSOR.search(text):
        _cursors[case.path] = found[1]
