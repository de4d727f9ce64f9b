"""Back to the previous version and forward again on one database, without containers.

tests/compose/test_rollback.py does the same with the commands of docs/deploy.md.
"""

import asyncio
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest

from support.database import ROOT
from support.processes import StartProgram
from support.repository import copy_repository
from support.versions import install, make_newer
from taskchat_dev_stack.programs import SETTINGS

ADA = {"name": "Ada", "email": "ada@example.com", "password": "seven quiet lanterns"}
OBJECTS = """
    select n.nspname || '.' || c.relname as object, pg_get_userbyid(relowner)::text as owner, relacl::text as grants
      from pg_class c join pg_namespace n on n.oid = relnamespace where nspname in ('auth', 'chat')
    union all
    select n.nspname || '.' || proname, pg_get_userbyid(proowner)::text, proacl::text
      from pg_proc join pg_namespace n on n.oid = pronamespace where nspname in ('auth', 'chat')
    order by 1"""


class Site:
    """A running version, as Ada uses it."""

    def __init__(self, addresses: dict[str, Any], http: httpx.Client) -> None:
        self.database_url: str = addresses["database_url"]
        self.data = Path(addresses["data"])
        self._auth_url = f"{addresses['auth_url']}/api/auth"
        self._api_url: str = addresses["api_urls"][0]
        self._http = http

    def enter(self, path: str) -> None:
        """Sign up or sign in."""
        user = self._http.post(f"{self._auth_url}/{path}/email", json=ADA).raise_for_status().json()["user"]
        token = self._http.get(f"{self._auth_url}/token").raise_for_status().json()["token"]
        self._http.headers["authorization"] = f"Bearer {token}"
        self._api_url += f"/api/{user['id']}"

    def say(self, message: str) -> None:
        body = {"message": message, "conversation_id": self._conversation()}
        headers = {"idempotency-key": str(uuid4())}
        self._http.post(f"{self._api_url}/chat", json=body, headers=headers).raise_for_status()

    def tasks(self) -> list[str]:
        return [task["title"] for task in self._get("/tasks")]

    def messages(self) -> list[str]:
        found = self._get(f"/conversations/{self._conversation()}/messages")
        return [message["content"] for message in found if message["role"] == "user"]

    def _conversation(self) -> str | None:
        found = self._get("/conversations")
        return found[0]["id"] if found else None

    def _get(self, path: str) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = self._http.get(self._api_url + path).raise_for_status().json()["items"]
        return items

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        return asyncio.run(self._rows(query))

    async def _rows(self, query: str) -> list[tuple[Any, ...]]:
        connection = await asyncpg.connect(self.database_url)
        try:
            return [tuple(row) for row in await connection.fetch(query)]
        finally:
            await connection.close()


StartSite = Callable[[Path, str | Path], AbstractContextManager[Site]]


@pytest.fixture
def start(start_program: StartProgram, folder: Path) -> StartSite:
    @contextmanager
    def start(checkout: Path, python: str | Path) -> Iterator[Site]:
        """Run `make dev` of a checkout, without pages."""
        command = (python, "-m", "taskchat_dev_stack.serve", "--web", "none", "--data", folder)
        no_settings = dict.fromkeys(SETTINGS, "")
        program = start_program("env", "-C", checkout, *command, **no_settings)
        line = next(iter(program.lines()), None)
        assert line is not None, program.communicate()[1]
        addresses = json.loads(line)
        with httpx.Client(headers={"origin": addresses["url"]}, timeout=60, trust_env=False) as http:
            yield Site(addresses, http)
        program.terminate()
        assert program.wait(60) == 0

    return start


def test_an_older_version_runs_on_the_database_of_a_newer_one(start: StartSite, tmp_path: Path) -> None:
    newer = tmp_path / "newer"
    copy_repository(newer)
    make_newer(newer)
    newer_python = install(newer)

    with start(newer, newer_python) as site:
        site.enter("sign-up")
        site.say("add milk")
        before = site.rows(OBJECTS)
        assert {"chat.label", "auth.badge", "chat.of_newer_version"} <= {row[0] for row in before}
        assert site.rows('select nickname from auth."user"') == [("none yet",)]

    with start(ROOT, sys.executable) as site:
        site.enter("sign-in")
        assert site.tasks() == ["milk"]
        site.say("add bread")
        assert site.messages() == ["add milk", "add bread"]
        assert site.rows(OBJECTS) == before
        log = (site.data / "logs" / "api-migration.log").read_text(encoding="utf-8")
        assert log.startswith("The database is ahead of this version, so nothing was done: "), log

    with start(newer, newer_python) as site:
        site.enter("sign-in")
        assert site.tasks() == ["milk", "bread"]
        site.say("add eggs")
        assert site.messages() == ["add milk", "add bread", "add eggs"]
        assert site.rows("select distinct note from chat.task") == [("written by the newer version",)]
        assert site.rows(OBJECTS) == before
