"""The embedded server: start, stop, data and errors."""

import os
import shutil
import socket
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from support.processes import StartProgram, descendants, eventually, none_alive
from taskchat_dev_stack.errors import DevStackError
from taskchat_dev_stack.postgres import EmbeddedPostgres, data_folder
from taskchat_dev_stack.postgres.data_folder import FALLBACK_PARENT

only_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root has an account to fall back for")
PROGRAM = [sys.executable, "-m", "taskchat_dev_stack.postgres"]


async def run(url: str, statement: str) -> str:
    connection = await asyncpg.connect(url)
    try:
        return await connection.execute(statement)
    finally:
        await connection.close()


async def value(url: str, query: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


class TestStart:
    async def test_it_serves_postgres_18_with_utf8(self, postgres: EmbeddedPostgres) -> None:
        assert str(await value(postgres.url, "show server_version_num")).startswith("18")
        assert await value(postgres.url, "show server_encoding") == "UTF8"
        assert await value(postgres.url, "select current_database()") == "taskchat"
        assert await value(postgres.url, "select lower('ÄÖ')") == "äö"

    async def test_it_listens_on_127_0_0_1_only(self, postgres: EmbeddedPostgres) -> None:
        assert await value(postgres.url, "show listen_addresses") == "127.0.0.1"
        assert await value(postgres.url, "show unix_socket_directories") == ""

    async def test_it_requires_the_password(self, postgres: EmbeddedPostgres) -> None:
        with pytest.raises(asyncpg.InvalidPasswordError):
            await asyncpg.connect(f"postgresql://postgres:guess@127.0.0.1:{postgres.port}/taskchat")

    def test_the_password_file_is_private(self, postgres: EmbeddedPostgres) -> None:
        status = (postgres.data / "postgres.password").stat()
        assert stat.S_IMODE(status.st_mode) == 0o600
        assert status.st_uid == os.geteuid()

    async def test_its_log_quotes_no_rows(self, postgres: EmbeddedPostgres) -> None:
        statement = "create temp table t (x text primary key); insert into t values ('private'), ('private')"
        with pytest.raises(asyncpg.UniqueViolationError):
            await run(postgres.url, statement)
        assert "(x)=(private)" not in postgres.log.read_text(encoding="utf-8")

    async def test_commits_are_durable_by_default(self, postgres: EmbeddedPostgres, data: Path) -> None:
        with EmbeddedPostgres(data) as durable:
            assert await value(durable.url, "show fsync") == "on"
        assert await value(postgres.url, "show fsync") == "off"


class TestRestart:
    async def test_the_data_is_kept(self, data: Path) -> None:
        with EmbeddedPostgres(data, durable=False) as first:
            await run(first.url, "create table kept as select 42 as x")
        with EmbeddedPostgres(data, durable=False) as second:
            assert await value(second.url, "select x from kept") == 42

    async def test_the_same_object_keeps_its_address(self, data: Path) -> None:
        server = EmbeddedPostgres(data, durable=False)
        with server:
            url = server.url
        with server:
            assert server.url == url

    async def test_it_recovers_from_an_interrupted_first_start(self, folder: Path) -> None:
        (folder / "postgres.unfinished").mkdir()
        (folder / "postgres.unfinished" / "PG_VERSION").write_text("18", encoding="utf-8")
        (folder / "postgres.password").write_text("of the interrupted one", encoding="utf-8")
        with EmbeddedPostgres(folder, durable=False) as server:
            assert await value(server.url, "select 1") == 1

    def test_a_temporary_one_leaves_no_files(self) -> None:
        with EmbeddedPostgres(durable=False) as server:
            folder = server.data
            assert folder.exists()
        assert not folder.exists()


class TestKilledOwner:
    async def test_the_server_shuts_down_cleanly(self, data: Path, start_program: StartProgram) -> None:
        program = start_program(*PROGRAM, "--data", data)
        url = program.next_line()
        await run(url, "create table kept as select 42 as x")
        processes = descendants(program.pid)
        assert len(processes) > 5  # the program, its supervisor, the server and its children
        program.kill()
        eventually(lambda: none_alive(processes))
        with EmbeddedPostgres(data) as server:
            assert await value(server.url, "select x from kept") == 42
            assert "database system was shut down at" in server.log.read_text(encoding="utf-8")  # not "was interrupted"

    async def test_a_killed_server_recovers(self, data: Path) -> None:
        with EmbeddedPostgres(data) as server:
            await run(server.url, "create table kept as select 42 as x")
            pid = int((data / "postgres" / "postmaster.pid").read_text(encoding="utf-8").split()[0])
            os.kill(pid, 9)
            with pytest.raises(DevStackError, match="the database exited with status 137"):
                eventually(server.check)
        with EmbeddedPostgres(data) as server:
            assert await value(server.url, "select x from kept") == 42


class TestProgram:
    @pytest.mark.parametrize("end", ["terminate", "interrupt", "end of input"])
    async def test_it_stops_on_request(self, start_program: StartProgram, data: Path, end: str) -> None:
        program = start_program(*PROGRAM, "--data", data, "--volatile")
        url = program.next_line()
        assert await value(url, "select 1") == 1
        processes = descendants(program.pid)
        match end:
            case "terminate":
                program.terminate()
            case "interrupt":
                program.send_signal(2)
            case _:
                program.end_input()
        assert program.wait(10) == 0
        eventually(lambda: none_alive(processes))

    def test_an_error_is_one_line(self, start_program: StartProgram, folder: Path) -> None:
        (folder / "postgres").mkdir()
        (folder / "postgres" / "PG_VERSION").write_text("15\n", encoding="utf-8")
        program = start_program(*PROGRAM, "--data", folder)
        said, errors = program.communicate()
        assert (program.returncode, said) == (1, "")
        assert errors.splitlines() == [
            f"{folder}/postgres was created by PostgreSQL 15, but this is 18. "
            "Move it elsewhere, or set TASKCHAT_DATA to another folder."
        ]


class TestRefusals:
    def test_data_of_a_running_server(self, data: Path) -> None:
        with (
            EmbeddedPostgres(data, durable=False),
            pytest.raises(DevStackError, match=rf"in use by process {os.getpid()}\. Stop it"),
            EmbeddedPostgres(data),
        ):
            pass

    def test_data_of_another_users_running_server(self, data: Path) -> None:
        with EmbeddedPostgres(data, durable=False):
            (data / "postgres.lock").unlink()
            with pytest.raises(DevStackError, match=r"in use by process \d+\. Stop it"), EmbeddedPostgres(data):
                pass

    def test_a_folder_without_a_cluster(self, folder: Path) -> None:
        (folder / "postgres").mkdir()
        with pytest.raises(DevStackError, match="contains no PostgreSQL data"), EmbeddedPostgres(folder):
            pass

    def test_data_without_its_password(self, data: Path) -> None:
        (data / "postgres.password").unlink()
        with pytest.raises(DevStackError, match=r"postgres\.password is missing"), EmbeddedPostgres(data):
            pass

    def test_a_port_in_use(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
            with (
                pytest.raises(DevStackError, match=f"port {port} is in use"),
                EmbeddedPostgres(port=port, durable=False),
            ):
                pass

    def test_an_unwritable_folder(self, folder: Path) -> None:
        (folder / "file").write_text("", encoding="utf-8")
        with pytest.raises(DevStackError, match=r"can't write to .*/file/data: Not a directory"):
            EmbeddedPostgres(folder / "file" / "data").start()

    def test_damaged_data(self, data: Path) -> None:
        (data / "postgres" / "global" / "pg_control").unlink()
        with pytest.raises(DevStackError, match=r"the database doesn't start: .*pg_control"), EmbeddedPostgres(data):
            pass


@only_root
class TestRoot:
    @pytest.fixture
    def closed_home(self) -> Iterator[Path]:
        """A folder that only root can enter. Removes its fallback under /var/lib at the end."""
        with data_folder.temporary_folder() as home:
            home.chmod(0o700)
            before = set(FALLBACK_PARENT.glob("taskchat-*"))
            yield home
            for made in set(FALLBACK_PARENT.glob("taskchat-*")) - before - {FALLBACK_PARENT / "taskchat-programs"}:
                shutil.rmtree(made)

    def test_the_server_is_not_root(self, data: Path) -> None:
        with EmbeddedPostgres(data, durable=False):
            owner = (data / "postgres").stat().st_uid
            pid = (data / "postgres" / "postmaster.pid").read_text(encoding="utf-8").split()[0]
            assert owner != 0
            assert Path(f"/proc/{pid}").stat().st_uid == owner

    async def test_data_in_a_private_home_goes_to_var_lib(self, closed_home: Path) -> None:
        with EmbeddedPostgres(closed_home / ".data", durable=False) as server:
            assert server.data.parent == FALLBACK_PARENT
            await run(server.url, "create table kept as select 42 as x")
        with EmbeddedPostgres(closed_home / ".data", durable=False) as server:
            assert await value(server.url, "select x from kept") == 42

    def test_the_data_stays_there_once_the_home_is_accessible(self, closed_home: Path) -> None:
        with EmbeddedPostgres(closed_home / ".data", durable=False) as server:
            stand_in = server.data
        closed_home.chmod(0o755)
        with EmbeddedPostgres(closed_home / ".data", durable=False) as server:
            assert server.data == stand_in

    def test_an_empty_private_folder_of_root_is_made_accessible(self, folder: Path) -> None:
        folder.chmod(0o700)
        with EmbeddedPostgres(folder, durable=False) as server:
            assert server.data == folder

    def test_two_homes_have_two_fallback_folders(self, closed_home: Path) -> None:
        stand_ins = {data_folder.resolve_data_folder(closed_home / name) for name in ("a", "b")}
        assert len(stand_ins) == 2
        assert all(stand_in.parent == FALLBACK_PARENT for stand_in in stand_ins)

    def test_the_owner_of_the_data_runs_the_server(self, data: Path) -> None:
        for path in [data / "postgres", *(data / "postgres").rglob("*")]:
            os.chown(path, 4321, 4321)
        with EmbeddedPostgres(data, durable=False):
            pid = (data / "postgres" / "postmaster.pid").read_text(encoding="utf-8").split()[0]
            assert Path(f"/proc/{pid}").stat().st_uid == 4321
