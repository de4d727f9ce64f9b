"""Hooks that give Schemathesis a user and existing ids. Loaded through SCHEMATHESIS_HOOKS."""

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
"""Empty to send every request without a token."""
TALLY = Path(os.environ["FUZZ_TALLY"])
TOKEN_SECONDS = 120
"""How long a token is used. It is valid for five minutes."""

_ids: dict[str, deque[str]] = {"conversation_id": deque(maxlen=50), "task_id": deque(maxlen=50)}
"""Ids that the api returned recently."""
_cursors: dict[str, str] = {}
"""The last cursor of each list, since a schema cannot describe valid ones."""
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
    """Point most well-formed requests at existing rows; leave malformed ones unchanged."""
    if _is_well_formed(case, ParameterLocation.PATH) and case.path_parameters:
        user_id = case.path_parameters.get("user_id")
        if user_id is not None and not _is_selected(user_id, of=8):
            case.path_parameters["user_id"] = USER_ID
        # The stateful phase uses ids from earlier responses, and checks that created resources are found.
        if case.meta.phase.name != "stateful":
            _use_existing_ids(case.path_parameters)
    if _is_well_formed(case, ParameterLocation.QUERY) and (case.query or {}).pop("cursor", None) is not None:
        case.query.update({"cursor": _cursors[case.path]} if case.path in _cursors else {})
    if _is_well_formed(case, ParameterLocation.BODY) and isinstance(case.body, dict):
        _use_existing_ids(case.body)
        _follow_rules_of_tasks(case.body)
    if case.method == "DELETE" and case.path.endswith("/tasks") and not _is_malformed(case, ParameterLocation.QUERY):
        case.query = {"completed": "true"} if "id" not in (case.query or {}) else {"id": case.query["id"]}
    if _is_well_formed(case, ParameterLocation.HEADER) and "Idempotency-Key" in case.headers:
        # The api rejects one key for two different messages.
        case.headers["Idempotency-Key"] = f"{zlib.crc32(repr(case.body).encode()):x}"


def _is_well_formed(case: Any, location: ParameterLocation) -> bool:
    component = case.meta.components.get(location) if case.meta else None
    return component is not None and component.mode.is_positive


def _is_malformed(case: Any, location: ParameterLocation) -> bool:
    component = case.meta.components.get(location) if case.meta else None
    return component is not None and not component.mode.is_positive


def _use_existing_ids(parameters: dict[str, Any]) -> None:
    for name, ids in _ids.items():
        generated = parameters.get(name)
        if isinstance(generated, str) and ids and not _is_selected(generated, of=4):
            parameters[name] = ids[zlib.crc32(generated.encode()) % len(ids)]


def _follow_rules_of_tasks(body: dict[str, Any]) -> None:
    """Keep the rules that a schema can't express: a time needs a date, and `after` names a task that exists."""
    if body.get("due_at") is not None and body.get("due_on") is None:
        body["due_on"] = "2026-12-04"
    if "after" in body:
        body["after"] = None


def _is_selected(value: object, *, of: int) -> bool:
    """Select one value in `of` by its hash, so that a run can be repeated."""
    return zlib.crc32(repr(value).encode()) % of == 0


@schemathesis.hook
def after_call(context: Any, case: Any, response: Any) -> None:
    """Remember new ids, and tally the status codes."""
    with TALLY.open("a", encoding="utf-8") as tally:
        tally.write(f"{case.method} {case.path} {response.status_code}\n")
    text = response.content.decode("utf-8", "replace") if response.status_code in (200, 201) else ""
    for name, pattern in _NEW.items():
        if found := pattern.search(text):
            _ids[name].append(found[1])
    if found := _CURSOR.search(text):
        _cursors[case.path] = found[1]
