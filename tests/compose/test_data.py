"""User data survives restarts, updates, and a backup and restore."""

import asyncio
import re
import subprocess
from pathlib import Path
from uuid import uuid4

import httpx

from compose.conftest import NewPerson
from compose.people import Person
from compose.stack import Stack, seconds
from support.report import Report
from taskchat_dev_stack.repository import ROOT

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
    async def test_a_new_api_starts_before_the_old_one_stops(self, stack: Stack, new_person: NewPerson) -> None:
        """The commands of docs/deploy.md."""
        ada = await new_person()
        [old] = stack.containers("api")
        stop = asyncio.Event()

        async def talk() -> int:
            turns = 0
            while not stop.is_set():
                await ada.chat("add milk", None, key=str(uuid4()))
                turns += 1
            return turns

        def replace() -> None:
            stack.compose("run", "--rm", "api-migrations")
            stack.up("--no-deps", "--no-recreate", "--scale", "api=2", "api")
            stack.docker("stop", "-t", "105", old)
            stack.docker("rm", old)

        talking = asyncio.create_task(talk())
        await asyncio.to_thread(replace)
        stop.set()
        assert await talking > 0
        [new] = stack.containers("api")
        # Caddy up to 2.11.1 answers this if a replica does not listen yet, since it cannot resend a body.
        assert set(ada.refusals) <= {"502"}
        stack.up("--no-deps", "auth-service", "gateway")
        assert stack.containers("api") == [new]
        await ada.chat("add bread", None, key=str(uuid4()))


class TestGoingBack:
    async def test_to_a_release_without_owners_and_forward_again(self, stack: Stack, new_person: NewPerson) -> None:
        """The statements of docs/deploy.md; then an update converts the database."""
        ada = await new_person()
        await ada.chat("add milk", None, key=str(uuid4()))
        text = (
            (ROOT / "docs" / "deploy.md")
            .read_text(encoding="utf-8")
            .partition("## Going back to a release without owners")[2]
        )
        statements = re.search(r"^begin;$.+?^commit;$", text, re.MULTILINE | re.DOTALL)
        assert statements is not None
        owners = (
            "select string_agg(nspowner::regrole::text, ' ' order by nspname) from pg_namespace "
            "where nspname in ('auth', 'chat')"
        )

        stack.compose("stop", "gateway", "auth-service", "api")
        stack.sql(statements[0])
        assert stack.sql(owners) == ["auth_service chat_api"]
        await asyncio.to_thread(stack.up)
        assert stack.sql(owners) == ["auth_owner chat_owner"]
        await assert_has_milk(ada)


class TestBackup:
    async def test_it_restores_into_an_empty_stack(
        self, stack: Stack, new_person: NewPerson, tmp_path: Path, report: Report
    ) -> None:
        """Runs the commands of docs/deploy.md; users even stay signed in."""
        ada = await new_person()
        await ada.chat("add milk", None, key=str(uuid4()))
        backup, secret = tmp_path / "taskchat.dump", tmp_path / "better_auth_secret"
        socket = ("-h", "/var/run/postgresql", "-U", "taskchat")
        piped(stack, "exec", "-T", "auth-service", "with-secrets", "printenv", "BETTER_AUTH_SECRET", to=secret)
        piped(stack, "exec", "-T", "db", "pg_dump", *socket, "--format", "custom", "taskchat", to=backup)
        stack.compose("down", "--volumes")

        put = ("sh", "secrets", "-c", "cat > /secrets/auth-service/BETTER_AUTH_SECRET")
        stack.compose("run", "--rm", "-T", "secrets")
        piped(stack, "run", "--rm", "-T", "--no-deps", "--entrypoint", *put, of=secret)
        stack.compose("run", "--rm", "-T", "bootstrap")
        options = ("--dbname", "taskchat", "--clean", "--if-exists", "--single-transaction")
        piped(stack, "exec", "-T", "db", "pg_restore", *socket, *options, of=backup)
        await asyncio.to_thread(stack.up)
        await assert_has_milk(ada)


class TestSecret:
    async def test_a_new_secret_signs_everyone_out_and_loses_no_data(self, stack: Stack, new_person: NewPerson) -> None:
        """The commands of docs/deploy.md."""
        ada = await new_person()
        await ada.chat("add milk", None, key=str(uuid4()))
        secret = ("exec", "-T", "auth-service", "with-secrets", "printenv", "BETTER_AUTH_SECRET")
        before, old_token = stack.compose(*secret), ada.authorization

        run = ("run", "--rm", "-T", "--no-deps")
        new_secret = "rm -f /secrets/auth-service/BETTER_AUTH_SECRET && python -m taskchat.database.make_secrets"
        stack.compose(*run, "--entrypoint", "sh", "secrets", "-c", new_secret)
        said = stack.compose(*run, "auth-service", "node", "auth-service/src/commands/rotate-secret.ts")
        assert "is the only signing key now" in said
        again = stack.compose(*run, "auth-service", "node", "auth-service/src/commands/rotate-secret.ts")
        assert "nothing to do" in again
        await asyncio.to_thread(stack.up, "--force-recreate", "--no-deps", "auth-service")

        assert stack.compose(*secret) != before
        assert (await ada.http.get("/api/auth/get-session")).json() is None
        await ada.sign_in()
        await assert_has_milk(ada)
        stack.compose("restart", "api")
        await asyncio.to_thread(stack.up)
        assert (await ada.request("GET", "/tasks")).status_code == httpx.codes.OK
        refused = await ada.http.get(f"/api/{ada.id}/tasks", headers={"authorization": old_token})
        assert refused.status_code == httpx.codes.UNAUTHORIZED


def piped(stack: Stack, *arguments: str, of: Path = Path("/dev/null"), to: Path = Path("/dev/null")) -> None:
    """Run a command of `docker compose` with its input or output in a file."""
    with of.open("rb") as read, to.open("wb") as written:
        subprocess.run(
            ["docker", *stack.compose_options, *arguments],
            env=stack.environment,
            stdin=read,
            stdout=written,
            check=True,
        )


async def assert_has_milk(ada: Person) -> None:
    await ada.refresh()  # with the earlier session
    assert [task["title"] for task in (await ada.export())["tasks"]] == ["milk"]
    answer = await ada.http.get("/api/auth/get-session")
    assert (answer.status_code, answer.json()["user"]["id"]) == (httpx.codes.OK, ada.id)
