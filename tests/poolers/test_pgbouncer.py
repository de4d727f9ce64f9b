"""All of Taskchat through PgBouncer in transaction mode, with TLS on both sides."""

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from uuid import UUID

import httpx
import pytest
from jose import jwt

from support.api_process import ApiProcess
from support.certificates import CertificateAuthority
from support.client import Client, Person
from support.database import PASSWORDS, SECRET, Database, migrate_api, migrate_auth
from support.issuer import Issuer
from support.system_postgres import PgBouncer, SystemPrograms, TlsPostgres
from taskchat.database.bootstrap import bootstrap
from taskchat.database.engine import PREPARED_STATEMENTS_REFUSED
from taskchat_dev_stack.processes.files import make_folder
from taskchat_dev_stack.processes.ports import reserve_port
from taskchat_dev_stack.settings import StackSettings
from taskchat_dev_stack.stack import Stack

ACCOUNT = {"name": "Test", "email": "test@example.com", "password": "a long password"}
TURNS = 50
KEEPS_PREPARED_STATEMENTS = (1, 21)


@pytest.fixture
def pooler(
    request: pytest.FixtureRequest,
    programs: SystemPrograms,
    folder: Path,
    server: TlsPostgres,
    authority: CertificateAuthority,
) -> Iterator[PgBouncer]:
    """A PgBouncer; the test's parameter says how many prepared statements it keeps."""
    kept = getattr(request, "param", 0)
    if kept and programs.pgbouncer_version < KEEPS_PREPARED_STATEMENTS:
        version = ".".join(map(str, programs.pgbouncer_version))
        pytest.skip(f"PgBouncer {version} does not keep prepared statements; 1.21 and newer do")
    place = make_folder(folder / f"pgbouncer-{kept}", 0o711)
    with PgBouncer(place, programs, server, authority.file, PASSWORDS, kept) as pooler:
        yield pooler


@contextmanager
def stack_through(pooler: PgBouncer, admin_url: str, *, prepared_statements: bool) -> Iterator[Stack]:
    """Run roles.sql, both migrations and both services through the pooler."""
    auth, api, auth_migration, api_migration = (
        pooler.through(admin_url).replace(admin_url.partition("@")[0], f"postgresql://{user}:{password}")
        for user, password in PASSWORDS.items()
    )
    settings = StackSettings(
        web=None,
        database_url=pooler.through(admin_url),
        auth_database_url=auth,
        api_database_url=api,
        auth_migration_database_url=auth_migration,
        api_migration_database_url=api_migration,
        better_auth_secret=SECRET,
        env={
            "DATABASE_PREPARED_STATEMENTS": str(prepared_statements).lower(),
            "TURNS_PER_MINUTE": "1000",
            "REQUESTS_AT_ONCE": "1000",
        },
    )
    with Stack(settings) as stack:
        yield stack


@pytest.mark.parametrize(("pooler", "prepared_statements"), [(0, False), (100, True)], indirect=["pooler"])
async def test_everything_works_from_sign_up_to_deletion(
    pooler: PgBouncer, server: TlsPostgres, authority: CertificateAuthority, prepared_statements: bool
) -> None:
    admin_url = server.url(sslrootcert=str(authority.file))
    with ExitStack() as running:
        through = stack_through(pooler, admin_url, prepared_statements=prepared_statements)
        stack = await asyncio.to_thread(running.enter_context, through)
        async with (
            httpx.AsyncClient(base_url=f"{stack.addresses.auth_url}/api/auth", timeout=60) as auth,
            Client(base_url=stack.addresses.api_urls[0], timeout=60, limits=httpx.Limits(max_connections=100)) as api,
        ):
            assert (await auth.post("/sign-up/email", json=ACCOUNT)).status_code == 200
            token = (await auth.get("/token")).json()["token"]
            person = Person(UUID(jwt.get_unverified_claims(token)["sub"]), token)

            answer = (await api.chat(person, "add milk and bread")).json()
            assert [call["name"] for call in answer["tool_calls"]] == ["add_task", "add_task"]
            done = await api.chat(person, "mark milk as done", conversation_id=answer["conversation_id"])
            assert done.status_code == 200

            turns = [api.chat(person, f"add thing {number}") for number in range(TURNS)]
            assert [response.status_code for response in await asyncio.gather(*turns)] == [200] * TURNS
            tasks = (await api.as_person(person, "GET", "/tasks")).json()["items"]
            assert len(tasks) == TURNS + 2
            assert [task["title"] for task in tasks if task["completed"]] == ["milk"]

            deletion = {"password": ACCOUNT["password"]}
            origin = {"origin": stack.addresses.public_url}
            assert (await auth.post("/delete-user", json=deletion, headers=origin)).status_code == 200
            assert (await api.chat(person, "still there?")).status_code == 401
        await asyncio.to_thread(running.close)


async def test_readiness_reports_lost_prepared_statements(
    pooler: PgBouncer, server: TlsPostgres, authority: CertificateAuthority
) -> None:
    admin_url = server.url(sslrootcert=str(authority.file))
    roles = await bootstrap(admin_url, PASSWORDS)
    for migrated in (migrate_auth(roles.auth_migration), migrate_api(roles.api_migration)):
        assert migrated.returncode == 0, migrated.stderr
    with Issuer() as issuer:
        environment = {"JWKS_URL": issuer.jwks_url, "JWT_ISSUER": issuer.url, "REQUESTS_AT_ONCE": "20"}
        with ApiProcess({"API_DATABASE_URL": pooler.through(roles.api), **environment}, probe="/healthz") as process:
            user_id = await Database(admin_url, roles).create_user()
            person = Person(user_id, issuer.token(user_id))
            async with Client(base_url=process.url, timeout=60) as client:
                ready = await client.get("/readyz")
                assert (ready.status_code, ready.json()["detail"]) == (503, PREPARED_STATEMENTS_REFUSED)
                turns = [client.chat(person, "hello") for _ in range(20)]
                answers = await asyncio.gather(*turns)
            # Some requests may succeed, but none may get a 500.
            assert {response.status_code for response in answers} <= {200, 503}
            process.stop()
        [line] = [line for line in process.logged() if "not ready" in line["message"]]
        assert PREPARED_STATEMENTS_REFUSED in line["message"]


async def test_migrations_bypass_the_pooler_if_the_direct_host_is_set(
    server: TlsPostgres, authority: CertificateAuthority, monkeypatch: pytest.MonkeyPatch
) -> None:
    direct = f"localhost:{server.port}"
    # Nothing listens on the pooler's port.
    url = server.url(sslrootcert=str(authority.file)).replace(f":{server.port}/", f":{reserve_port()}/")
    roles = await bootstrap(url, PASSWORDS, direct_host=direct)
    monkeypatch.setenv("DATABASE_DIRECT_HOST", direct)
    for migrated in (migrate_auth(roles.auth_migration), migrate_api(roles.api_migration)):
        assert (migrated.returncode, migrated.stderr) == (0, "")
