"""The bootstrap command, as the containers and docs/neon.md run it, and the secrets of the containers."""

import asyncio
import json
import os
import re
import stat
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import asyncpg
import pytest

import taskchat.database.bootstrap
from support.database import execute
from support.processes import ASCII_ONLY
from taskchat.database.bootstrap import ROLES, password_setting
from taskchat.database.make_secrets import LIBPQ_SETTINGS, URL_FILES, SecretsError, make_secrets
from taskchat.database.url import parse_database_url, url_for_role
from taskchat_dev_stack.postgres import EmbeddedPostgres
from taskchat_dev_stack.repository import ROOT

PASSWORDS = {role: f"s3cret'{role}" for role in ROLES}
SETTINGS = {password_setting(role): password for role, password in PASSWORDS.items()}
URLS = json.loads((ROOT / "packages" / "shared-schema" / "database-urls.json").read_text(encoding="utf-8"))
UNDERSTOOD = [example for example in URLS["examples"] if "means" in example]
CLOSED_PORT = "127.0.0.1:1"


@pytest.fixture(scope="module")
def postgres() -> Iterator[EmbeddedPostgres]:
    with EmbeddedPostgres(durable=False) as postgres:
        yield postgres


def bootstrap(**settings: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "taskchat.database.bootstrap"]
    environment = {"PATH": os.environ["PATH"], **ASCII_ONLY, **SETTINGS, **settings}
    return subprocess.run(command, env=environment, capture_output=True, encoding="utf-8", check=False)


class TestBootstrap:
    def test_it_creates_roles_that_can_connect(self, postgres: EmbeddedPostgres) -> None:
        done = bootstrap(DATABASE_URL=postgres.url)
        assert (done.returncode, done.stdout) == (0, "bootstrap: roles and schemas are up to date\n")
        for role, password in PASSWORDS.items():
            asyncio.run(execute(url_for_role(postgres.url, role, password), "SELECT 1"))

    def test_it_bypasses_the_pooler(self, postgres: EmbeddedPostgres) -> None:
        pooled = postgres.url.replace(f"127.0.0.1:{postgres.port}", CLOSED_PORT)
        assert bootstrap(DATABASE_URL=pooled).returncode == 1
        assert bootstrap(DATABASE_URL=pooled, DATABASE_DIRECT_HOST=f"127.0.0.1:{postgres.port}").returncode == 0

    def test_without_an_owners_url_it_does_nothing(self) -> None:
        done = bootstrap(DATABASE_URL="")
        assert (done.returncode, done.stdout, done.stderr) == (
            0,
            "bootstrap: nothing to do, because DATABASE_URL is empty\n",
            "",
        )

    @pytest.mark.parametrize(
        ("host", "direct_host"),
        [
            ("db.example.com:port", ""),
            ("[::1", ""),
            ("2001:db8::1", ""),
            ("one,two", ""),
            ("db.example.com", "db:54:32"),
            (CLOSED_PORT, ""),
        ],
    )
    def test_an_unusable_address_is_refused_in_one_line(self, host: str, direct_host: str) -> None:
        done = bootstrap(DATABASE_URL=f"postgresql://u:secret@{host}/d", DATABASE_DIRECT_HOST=direct_host)
        assert (done.returncode, done.stdout) == (1, "")
        [line] = done.stderr.splitlines()
        assert line.startswith(f"bootstrap: DATABASE_{'DIRECT_HOST' if direct_host else 'URL'}")
        assert "secret" not in line

    def test_no_password_is_printed_or_logged(self, postgres: EmbeddedPostgres) -> None:
        assert bootstrap(DATABASE_URL=postgres.url).returncode == 0
        refused = bootstrap(DATABASE_URL=url_for_role(postgres.url, "chat_api", PASSWORDS["chat_api"]))
        assert (refused.returncode, "the role chat_api may not create roles" in refused.stderr) == (1, True)
        log = postgres.log.read_text(encoding="utf-8")
        assert "permission denied to alter role" in log
        assert "s3cret" not in refused.stdout + refused.stderr + log

    def test_a_password_that_is_no_text_is_not_printed(self, postgres: EmbeddedPostgres) -> None:
        password = os.fsdecode(b"s3cret\xff")
        done = bootstrap(DATABASE_URL=postgres.url, CHAT_API_PASSWORD=password)
        assert (done.returncode, done.stderr) == (1, "bootstrap: CHAT_API_PASSWORD is not UTF-8.\n")

    @pytest.mark.parametrize("role", ROLES)
    def test_a_missing_password_is_reported(self, postgres: EmbeddedPostgres, role: str) -> None:
        done = bootstrap(DATABASE_URL=postgres.url, **{password_setting(role): ""})
        assert (done.returncode, f"taskchat.{role}_password is missing" in done.stderr) == (1, True), done.stderr

    def test_it_retries_while_a_service_holds_a_lock(self, postgres: EmbeddedPostgres) -> None:
        asyncio.run(self._bootstrap_while_locked(postgres))

    async def _bootstrap_while_locked(self, postgres: EmbeddedPostgres) -> None:
        await execute(postgres.url, "ALTER DATABASE taskchat SET lock_timeout = '2s'")
        connection = await asyncpg.connect(postgres.url)
        await connection.execute("SELECT pg_advisory_lock(hashtextextended('taskchat.roles', 0))")
        running = asyncio.create_task(asyncio.to_thread(bootstrap, DATABASE_URL=postgres.url))
        while "canceling statement due to lock timeout" not in postgres.log.read_text(encoding="utf-8"):
            assert not running.done()
            await asyncio.sleep(0.01)
        await connection.close()
        done = await running
        assert (done.returncode, done.stderr) == (0, "")

    def test_databases_of_one_server_can_be_bootstrapped_at_once(self, postgres: EmbeddedPostgres) -> None:
        names = [f"at_once_{number}" for number in range(8)]
        asyncio.run(execute(postgres.url, *(f"CREATE DATABASE {name}" for name in names)))
        asyncio.run(self._bootstrap_at_once([f"{postgres.url.rpartition('/')[0]}/{name}" for name in names]))

    async def _bootstrap_at_once(self, urls: list[str]) -> None:
        await asyncio.gather(*(taskchat.database.bootstrap.bootstrap(url, PASSWORDS) for url in urls))


class TestSecrets:
    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        """The folders that the containers mount as volumes."""
        for name in ("db", "bootstrap", "auth-service", "api", "auth-migrations", "api-migrations", "backup"):
            (tmp_path / name).mkdir()
        return tmp_path

    def test_each_service_gets_only_what_it_needs(self, folder: Path) -> None:
        make_secrets(folder, {})
        written = {
            str(path.relative_to(folder)): path.read_text(encoding="utf-8")
            for path in folder.rglob("*")
            if path.is_file()
        }
        generated = {name for name, text in written.items() if re.fullmatch("[0-9a-f]{64}", text)}
        assert generated == {
            "db/POSTGRES_PASSWORD",
            *(f"bootstrap/{password_setting(role)}" for role in ROLES),
            "auth-service/BETTER_AUTH_SECRET",
            "backup/PGPASSWORD",
        }
        assert written["backup/PGPASSWORD"] == written["db/POSTGRES_PASSWORD"]
        assert len({written[name] for name in generated}) == len(generated) - 1
        backup = {f"backup/{name}" for name in LIBPQ_SETTINGS}
        assert written.keys() == generated | {"bootstrap/DATABASE_URL", *URL_FILES.values()} | backup
        admin_url = written["bootstrap/DATABASE_URL"]
        assert admin_url == f"postgresql://taskchat:{written['db/POSTGRES_PASSWORD']}@db:5432/taskchat"
        for role, file in URL_FILES.items():
            assert written[file] == url_for_role(admin_url, role, written[f"bootstrap/{password_setting(role)}"])

    def test_existing_secrets_are_kept(self, folder: Path) -> None:
        make_secrets(folder, {})
        (folder / "auth-service/BETTER_AUTH_SECRET").write_text("restored from a backup", encoding="utf-8")
        before = {path: path.read_text(encoding="utf-8") for path in folder.rglob("*") if path.is_file()}
        make_secrets(folder, {})
        assert {path: path.read_text(encoding="utf-8") for path in folder.rglob("*") if path.is_file()} == before

    def test_an_empty_file_is_replaced(self, folder: Path) -> None:
        (folder / "auth-service/BETTER_AUTH_SECRET").touch()
        make_secrets(folder, {})
        assert len((folder / "auth-service/BETTER_AUTH_SECRET").read_text(encoding="utf-8")) == 64

    def test_a_secret_written_by_hand_is_read_as_its_users_read_it(self, folder: Path) -> None:
        """The shell that exports a secret, and the database's image, drop line breaks at the end."""
        for file in ("db/POSTGRES_PASSWORD", "bootstrap/CHAT_API_PASSWORD"):
            (folder / file).write_text("by/hand@home\n", encoding="utf-8")
        make_secrets(folder, {})
        for file in ("bootstrap/DATABASE_URL", "api/API_DATABASE_URL"):
            assert parse_database_url((folder / file).read_text(encoding="utf-8")).password == "by/hand@home"
        assert (folder / "db/POSTGRES_PASSWORD").read_text(encoding="utf-8") == "by/hand@home\n"

    def test_the_containers_users_can_read_them(self, folder: Path) -> None:
        umask = os.umask(0o022)
        try:
            make_secrets(folder, {})
        finally:
            os.umask(umask)
        modes = {stat.S_IMODE(path.stat().st_mode) for path in folder.rglob("*") if path.is_file()}
        assert modes == {0o644}

    @pytest.mark.parametrize("example", UNDERSTOOD, ids=[example["about"] for example in UNDERSTOOD])
    def test_a_url_means_the_same_for_each_role(self, folder: Path, example: dict[str, Any]) -> None:
        make_secrets(folder, {"DATABASE_URL": f" {example['url']}\n"})
        means = URLS["unless_said"] | example["means"]
        for role, file in URL_FILES.items():
            found = asdict(parse_database_url((folder / file).read_text(encoding="utf-8")))
            password = (folder / "bootstrap" / password_setting(role)).read_text(encoding="utf-8")
            assert {**found, "ignored": list(found["ignored"])} == means | {"user": role, "password": password}

    @pytest.mark.parametrize(
        ("settings", "place", "tls"),
        [
            ({}, ("db", "5432", "taskchat", "taskchat"), ("disable", "", "", "")),
            (
                {"DATABASE_URL": "postgresql://o:p@ep-a-1-pooler.eu.aws.neon.tech/neondb?sslmode=require"},
                ("ep-a-1.eu.aws.neon.tech", "5432", "o", "neondb"),
                ("verify-full", "system", "", ""),
            ),
            (
                {
                    "DATABASE_URL": "postgresql://o:p@pooler.example.com/d?sslrootcert=/run/ca&sslcert=/c&sslkey=/k",
                    "DATABASE_DIRECT_HOST": "db.example.com:6000",
                },
                ("db.example.com", "6000", "o", "d"),
                ("verify-full", "/run/ca", "/c", "/k"),
            ),
        ],
    )
    def test_the_backup_connects_as_the_owner_past_poolers_and_verifies_the_server(
        self, folder: Path, settings: dict[str, str], place: tuple[str, ...], tls: tuple[str, ...]
    ) -> None:
        make_secrets(folder, settings)
        written = {name: (folder / "backup" / name).read_text(encoding="utf-8") for name in LIBPQ_SETTINGS}
        expected_password = "p" if settings else (folder / "db/POSTGRES_PASSWORD").read_text(encoding="utf-8")
        assert written.pop("PGPASSWORD") == expected_password
        assert tuple(written.values()) == place + tls

    def test_without_the_owners_url_the_backup_has_none(self, folder: Path) -> None:
        make_secrets(folder, {"DATABASE_URL": "postgresql://o:p@db.example.com/d"})
        make_secrets(folder, {Path(file).name: f"postgresql://{r}:p@h.example.com/d" for r, file in URL_FILES.items()})
        assert {(folder / "backup" / name).read_text(encoding="utf-8") for name in LIBPQ_SETTINGS} == {""}

    def test_given_urls_replace_the_derived_ones(self, folder: Path) -> None:
        given = {Path(file).name: f"postgresql://{role}:p@db.example.com/d" for role, file in URL_FILES.items()}
        make_secrets(folder, {"DATABASE_URL": "postgresql://owner@db/d", **given})
        assert (folder / "bootstrap/DATABASE_URL").read_text(encoding="utf-8") == ""
        assert {Path(file).name: (folder / file).read_text(encoding="utf-8") for file in URL_FILES.values()} == given

    @pytest.mark.parametrize(
        ("settings", "complaint"),
        [
            ({"DATABASE_URL": "postgresql://owner:s3cret@/d"}, "DATABASE_URL names no host"),
            (
                {"DATABASE_URL": "postgresql://owner:s3cret@h.example.com/d", "DATABASE_DIRECT_HOST": "a b"},
                "DATABASE_DIRECT_HOST has no proper host",
            ),
            ({"API_DATABASE_URL": "postgresql://u:s3cret@h/d"}, "set both AUTH_DATABASE_URL and API_DATABASE_URL"),
            (
                dict.fromkeys(("AUTH_DATABASE_URL", "API_DATABASE_URL"), "postgresql://u:s3cret@h/d"),
                "with AUTH_DATABASE_URL and API_DATABASE_URL, set AUTH_MIGRATION_DATABASE_URL and",
            ),
        ],
    )
    def test_unusable_settings_are_refused(self, folder: Path, settings: dict[str, str], complaint: str) -> None:
        with pytest.raises(SecretsError) as refusal:
            make_secrets(folder, settings)
        assert str(refusal.value).startswith(complaint)
        assert "s3cret" not in str(refusal.value)
