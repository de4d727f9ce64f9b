"""scripts/backup.sh as a service and by hand, with a Postgres that requires TLS."""

import os
import re
import signal
import stat
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from support.certificates import CertificateAuthority
from support.database import ROOT
from support.processes import Program, descendants, eventually
from support.system_postgres import SystemPrograms, TlsPostgres
from taskchat_dev_stack.processes.files import make_folder

SCRIPT = ROOT / "scripts/backup.sh"
WROTE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ backup: wrote (scheduled-\d{8}T\d{6}Z\.dump) \(\d+ bytes\)")
LONG_AGO = 1_700_000_000


@pytest.fixture(scope="module")
def postgres(programs: SystemPrograms, folder: Path, authority: CertificateAuthority) -> Iterator[TlsPostgres]:
    certificate = authority.sign("localhost")
    with TlsPostgres(make_folder(folder / "to-back-up", 0o711), programs, certificate) as server:
        yield server


@pytest.fixture
def environment(postgres: TlsPostgres, authority: CertificateAuthority, tmp_path: Path) -> dict[str, str]:
    """The settings of the service, and a database with one note."""
    settings = {
        "PATH": os.environ["PATH"],
        "BACKUP_FOLDER": str(tmp_path),
        "BACKUP_RETRY_SECONDS": "0.1",
        "PGHOST": "localhost",
        "PGPORT": str(postgres.port),
        "PGUSER": "postgres",
        "PGPASSWORD": postgres.password,
        "PGDATABASE": "taskchat",
        "PGSSLMODE": "verify-full",
        "PGSSLROOTCERT": str(authority.file),
    }
    sql(settings, "drop schema if exists auth, chat cascade; create schema auth; create schema chat")
    sql(settings, "create table chat.note (text text); insert into chat.note values ('milk')")
    return settings


def sql(environment: dict[str, str], statement: str) -> str:
    psql = ["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-c", statement]
    return subprocess.run(psql, env=environment, check=True, capture_output=True, encoding="utf-8").stdout.strip()


def run(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["sh", SCRIPT, *arguments], env=environment, capture_output=True, encoding="utf-8")


@contextmanager
def scheduled(environment: dict[str, str]) -> Iterator[Program]:
    """Run the service, and stop it."""
    with Program("sh", SCRIPT, "schedule", **environment) as service:
        try:
            yield service
        finally:
            service.kill()


class TestSchedule:
    def test_it_writes_one_file_and_keeps_the_newest(self, environment: dict[str, str], tmp_path: Path) -> None:
        for name in ("scheduled-1.dump", "scheduled-2.dump", "scheduled-3.dump", "manual-1.dump"):
            (tmp_path / name).touch()
            os.utime(tmp_path / name, (LONG_AGO, LONG_AGO))
        assert run(environment, "check").returncode == 1
        with scheduled({**environment, "BACKUP_KEEP": "2"}) as service:
            wrote = WROTE.fullmatch(service.next_line())
            assert wrote is not None
            kept = {wrote[1], "scheduled-3.dump", "manual-1.dump"}
            eventually(lambda: {file.name for file in tmp_path.iterdir()} == kept)
        assert stat.filemode((tmp_path / wrote[1]).stat().st_mode) == "-rw-------"
        assert run(environment, "check").returncode == 0

    def test_a_restarted_service_waits_until_the_next_is_due(self, environment: dict[str, str], tmp_path: Path) -> None:
        recent = tmp_path / "scheduled-20261130T031500Z.dump"
        recent.touch()
        with scheduled(environment) as service:
            eventually(lambda: sleeps(service))
            assert list(tmp_path.iterdir()) == [recent]
            os.utime(recent, (LONG_AGO, LONG_AGO))
            assert WROTE.fullmatch(service.next_line()) is not None

    def test_it_survives_an_outage_of_the_database(
        self, environment: dict[str, str], postgres: TlsPostgres, tmp_path: Path
    ) -> None:
        postgres.stop()
        try:
            with scheduled(environment) as service:
                assert service.stderr is not None
                failed = service.stderr.readline()
                assert re.search(r"Z backup: failed: pg_dump: error: connection .* Connection refused", failed)
                assert list(tmp_path.iterdir()) == []
                postgres.start()
                assert WROTE.fullmatch(service.next_line()) is not None
                assert len(list(tmp_path.iterdir())) == 1
        finally:
            postgres.stop()
            postgres.start()

    @pytest.mark.parametrize("busy", [False, True], ids=["asleep", "dumping"])
    def test_it_stops_when_told_and_its_password_shows_in_no_process_list(
        self, environment: dict[str, str], tmp_path: Path, busy: bool
    ) -> None:
        lock = "begin; lock table chat.note; select 'locked';\n"
        with Program("psql", "-XAtq", **environment) as session:
            if busy:
                assert session.stdin is not None
                session.stdin.write(lock)
                session.stdin.flush()
                assert session.next_line() == "locked"
            with scheduled(environment) as service:
                if busy:
                    waiting = "select 1 from pg_stat_activity where wait_event_type = 'Lock'"
                    eventually(lambda: sql(environment, waiting), seconds=30)
                    argv = [argument for process in descendants(service.pid) for argument in process.argv]
                    assert any(argument.endswith("pg_dump") for argument in argv)
                    assert not any(environment["PGPASSWORD"] in argument for argument in argv)
                else:
                    assert WROTE.fullmatch(service.next_line()) is not None
                service.send_signal(signal.SIGTERM)
                assert service.wait(timeout=10) == 0
            session.kill()
        assert len(list(tmp_path.glob("*.dump"))) == (0 if busy else 1)


def sleeps(service: Program) -> bool:
    return any(process.argv[:1] == ["sleep"] for process in descendants(service.pid))


class TestRestore:
    def test_it_replaces_everything(self, environment: dict[str, str], tmp_path: Path) -> None:
        assert run(environment, "once").returncode == 0
        [backup] = tmp_path.iterdir()
        assert backup.name.startswith("manual-")
        sql(environment, "update chat.note set text = 'bread'; create table chat.of_a_newer_release (text text)")
        done = run(environment, "restore", f"backups/{backup.name}")
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.endswith(f" backup: restored {backup.name}\n")
        assert sql(environment, "select text from chat.note") == "milk"
        assert sql(environment, "select to_regclass('chat.of_a_newer_release')") == ""

    def test_without_a_file_it_asks_for_one(self, environment: dict[str, str]) -> None:
        done = run(environment, "restore")
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr.endswith(" backup: say which file of the folder: restore FILE\n")

    @pytest.mark.parametrize("damage", ["truncated", "foreign", "missing"])
    def test_a_damaged_file_changes_nothing(self, environment: dict[str, str], tmp_path: Path, damage: str) -> None:
        sql(environment, "insert into chat.note select md5(i::text) from generate_series(1, 20000) i")
        assert run(environment, "once").returncode == 0
        [backup] = tmp_path.iterdir()
        damaged: dict[str, Callable[[], object]] = {
            "truncated": lambda: os.truncate(backup, backup.stat().st_size * 2 // 3),
            "foreign": lambda: backup.write_text("no dump", encoding="utf-8"),
            "missing": lambda: backup.unlink(),
        }
        damaged[damage]()
        sql(environment, "update chat.note set text = 'bread' where text = 'milk'")
        done = run(environment, "restore", backup.name)
        assert done.returncode == 1
        assert ("restored" if damage != "missing" else "no readable file") in done.stderr
        assert sql(environment, "select count(*), count(*) filter (where text = 'bread') from chat.note") == "20001|1"


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"BACKUP_EVERY_HOURS": "0"}, "BACKUP_EVERY_HOURS is '0', but must be a whole number greater than 0"),
        ({"BACKUP_KEEP": "all"}, "BACKUP_KEEP is 'all', but must be a whole number greater than 0"),
        ({"BACKUP_FOLDER": "/nowhere"}, "can't write to the folder of the backups: create it, and set BACKUP_USER"),
        ({"PGHOST": ""}, "the database isn't known"),
    ],
)
def test_a_wrong_setting_is_one_line(environment: dict[str, str], settings: dict[str, str], says: str) -> None:
    for mode in ("schedule", "once"):
        done = run({**environment, **settings}, mode)
        assert (done.returncode, done.stdout) == (1, "")
        [line] = done.stderr.splitlines()
        assert says in line
