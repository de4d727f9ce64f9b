"""User data survives restarts, updates, and a backup and restore."""

import asyncio
import os
import stat
import subprocess
from getpass import getuser
from uuid import uuid4

import httpx
import pytest

from compose.conftest import NewPerson
from compose.people import Person
from compose.stack import Stack, seconds
from support.report import Report

DEPLOY = "docs/deploy.md"
HEAD = ("what", "seconds")


class TestDownAndUp:
    async def test_everything_is_kept(self, stack: Stack, new_person: NewPerson, report: Report) -> None:
        ada = await new_person()
        await ada.chat("add milk", None, key=str(uuid4()))
        stopped = await asyncio.to_thread(seconds, lambda: stack.compose("down"))
        started = await asyncio.to_thread(seconds, stack.up)
        report.add("times", HEAD, "down", f"{stopped:.1f}")
        report.add("times", HEAD, "up again, with its data", f"{started:.1f}")
        await assert_has_milk(ada)


class TestUpdate:
    async def test_a_refused_setting_leaves_the_old_release_running(self, stack: Stack, new_person: NewPerson) -> None:
        ada = await new_person()
        old = stack.containers("gateway") + stack.containers("auth-service") + stack.containers("api")
        stack.environment["SIGN_UP"] = "perhaps"
        try:
            with pytest.raises(RuntimeError, match="auth-migrations"):
                await asyncio.to_thread(stack.run_block, f"{DEPLOY}#updating-3")
            assert "SIGN_UP must be open or closed" in stack.compose("logs", "auth-migrations")
        finally:
            del stack.environment["SIGN_UP"]
        assert stack.containers("gateway") + stack.containers("auth-service") + stack.containers("api") == old
        await ada.chat("add milk", None, key=str(uuid4()))
        await asyncio.to_thread(stack.run_block, f"{DEPLOY}#updating-3")
        await assert_has_milk(ada)

    async def test_a_new_api_starts_before_the_old_one_stops(self, stack: Stack, new_person: NewPerson) -> None:
        ada = await new_person()
        [old] = stack.containers("api")
        stop = asyncio.Event()

        async def talk() -> int:
            turns = 0
            while not stop.is_set():
                await ada.chat("add milk", None, key=str(uuid4()))
                turns += 1
            return turns

        talking = asyncio.create_task(talk())
        await asyncio.to_thread(stack.run_block, f"{DEPLOY}#updating-4")
        stop.set()
        assert await talking > 0
        [new] = stack.containers("api")
        # Caddy up to 2.11.1 answers this if a replica does not listen yet, since it cannot resend a body.
        assert set(ada.refusals) <= {"502"}
        assert new != old
        stack.run_block(f"{DEPLOY}#updating-5")
        assert stack.containers("api") == [new]
        await ada.chat("add bread", None, key=str(uuid4()))


class TestBackup:
    async def test_it_restores_into_an_empty_stack(self, stack: Stack, new_person: NewPerson, report: Report) -> None:
        ada = await new_person()
        key = str(uuid4())
        answer = await ada.chat("add milk", None, key)
        token = ada.authorization
        (stack.folder / "backups").mkdir()
        stack.environment["BACKUP_USER"] = f"{os.getuid()}:{os.getgid()}"
        stack.run_block(f"{DEPLOY}#updating-1")
        stack.run_block(f"{DEPLOY}#backup-2")
        [backup] = (stack.folder / "backups").iterdir()
        assert (backup.owner(), stat.filemode(backup.stat().st_mode)) == (getuser(), "-rw-------")
        assert unignored(stack, "backups", "better_auth_secret") == ""
        await ada.chat("add bread", None, key=str(uuid4()))

        stack.compose("down", "--volumes")
        restore = {"scheduled-20261130T031500Z.dump": backup.name}
        await asyncio.to_thread(stack.run_block, f"{DEPLOY}#restore-1")
        said = await asyncio.to_thread(stack.run_block, f"{DEPLOY}#restore-3", restore)
        report.add("restore", ("what it printed",), next(line for line in said.splitlines() if "restored" in line))
        assert (await ada.http.get(f"/api/{ada.id}/tasks", headers={"authorization": token})).status_code == 200
        await assert_has_milk(ada)
        assert await ada.chat("add milk", None, key) == answer
        await assert_has_milk(ada)
        assert [c["id"] for c in (await ada.export())["conversations"]] == [answer["conversation_id"]]
        await ada.sign_in()

    async def test_it_restores_over_a_running_stack(self, stack: Stack, new_person: NewPerson) -> None:
        """Also over a newer release's schema."""
        ada = await new_person()
        await ada.chat("add milk", None, key=str(uuid4()))
        before = set((stack.folder / "backups").iterdir())
        stack.compose("run", "--rm", "--no-deps", "backup", "once")
        [backup] = set((stack.folder / "backups").iterdir()) - before
        await ada.chat("add bread", None, key=str(uuid4()))
        stack.sql("create table chat.of_a_newer_release (user_id uuid references chat.owner)")

        stack.run_block(f"{DEPLOY}#restore-2")
        restore = {"scheduled-20261130T031500Z.dump": backup.name}
        await asyncio.to_thread(stack.run_block, f"{DEPLOY}#restore-3", restore)
        await assert_has_milk(ada)


class TestSecret:
    async def test_a_new_secret_signs_everyone_out_and_loses_no_data(self, stack: Stack, new_person: NewPerson) -> None:
        ada = await new_person()
        await ada.chat("add milk", None, key=str(uuid4()))
        secret = ("exec", "-T", "auth-service", "with-secrets", "printenv", "BETTER_AUTH_SECRET")
        before, old_token = stack.compose(*secret), ada.authorization

        said = await asyncio.to_thread(stack.run_block, f"{DEPLOY}#a-lost-or-leaked-better-auth-secret-1")
        assert "is the only signing key now" in said
        rotate = ("auth-service", "node", "auth-service/src/commands/rotate-secret.ts")
        assert "nothing to do" in stack.compose("run", "--rm", "-T", "--no-deps", *rotate)

        assert stack.compose(*secret) != before
        assert (await ada.http.get("/api/auth/get-session")).json() is None
        await ada.sign_in()
        await assert_has_milk(ada)
        stack.compose("restart", "api")
        await asyncio.to_thread(stack.up)
        assert (await ada.request("GET", "/tasks")).status_code == httpx.codes.OK
        refused = await ada.http.get(f"/api/{ada.id}/tasks", headers={"authorization": old_token})
        assert refused.status_code == httpx.codes.UNAUTHORIZED


def unignored(stack: Stack, *paths: str) -> str:
    """Return what git would commit of these."""
    command = ["git", "-C", str(stack.folder), "status", "--porcelain", "--", *paths]
    return subprocess.run(command, check=True, capture_output=True, encoding="utf-8").stdout


async def assert_has_milk(ada: Person) -> None:
    await ada.refresh()  # with the earlier session
    assert [task["title"] for task in (await ada.export())["tasks"]] == ["milk"]
    answer = await ada.http.get("/api/auth/get-session")
    assert (answer.status_code, answer.json()["user"]["id"]) == (httpx.codes.OK, ada.id)
