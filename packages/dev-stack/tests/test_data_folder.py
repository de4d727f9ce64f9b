"""Permissions of the data folder, and the lock that allows one user at a time."""

import os
import stat
import sys
import time
from pathlib import Path

import pytest

from support.processes import Program, StartProgram
from taskchat_dev_stack.errors import DevStackError
from taskchat_dev_stack.postgres.data_folder import resolve_data_folder
from taskchat_dev_stack.processes.files import file_lock

TAKEN = "in use: {note} (process {pid})"
# Locks, and passes the lock to a child that lives until our standard input ends.
HOLDER = """
import subprocess, sys
from pathlib import Path
from taskchat_dev_stack.processes.files import file_lock
with file_lock(Path(sys.argv[1]), "taken", "the holder") as lock:
    child = subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], pass_fds=[lock])
    print("held", flush=True)
    child.wait()
"""


@pytest.fixture
def lock_file(tmp_path: Path) -> Path:
    return tmp_path / "lock"


@pytest.fixture
def holder(start_program: StartProgram, lock_file: Path) -> Program:
    holder = start_program(sys.executable, "-c", HOLDER, lock_file)
    assert holder.next_line() == "held"
    return holder


class TestFolder:
    @pytest.mark.parametrize("exists", [False, True])
    def test_others_cannot_list_it_whatever_the_umask(self, folder: Path, exists: bool) -> None:
        data = folder / "data"
        umask = os.umask(0)
        try:
            if exists:
                data.mkdir()
            resolved = resolve_data_folder(data)
        finally:
            os.umask(umask)
        # Under root, Postgres runs as `nobody`, which needs access.
        assert stat.S_IMODE(resolved.stat().st_mode) == (0o711 if os.geteuid() == 0 else 0o700)


class TestExclusiveUse:
    def test_it_fails_immediately_while_the_holder_is_alive(self, holder: Program, lock_file: Path) -> None:
        began = time.monotonic()
        with (
            pytest.raises(DevStackError, match=rf"^in use: the holder \(process {holder.pid}\)$"),
            file_lock(lock_file, TAKEN, seconds=5),
        ):
            pass
        assert time.monotonic() - began < 5

    def test_it_waits_for_the_children_of_a_dead_holder(self, holder: Program, lock_file: Path) -> None:
        holder.kill()
        holder.wait()
        with pytest.raises(DevStackError), file_lock(lock_file, TAKEN, seconds=0.2):
            pass
        holder.end_input()
        with file_lock(lock_file, TAKEN):
            pass

    def test_it_is_released_after_use(self, lock_file: Path) -> None:
        for _ in range(2):
            with file_lock(lock_file, TAKEN):
                pass
