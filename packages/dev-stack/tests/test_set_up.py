"""The set-up of a fresh clone by the real `make`, from a shell that has settings for other projects."""

import json
import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Self

import httpx
import pytest

from support.processes import Program, StartProgram
from taskchat_dev_stack.postgres.data_folder import temporary_folder
from taskchat_dev_stack.processes.ports import reserve_port
from taskchat_dev_stack.programs import SETTINGS
from taskchat_dev_stack.repository import ROOT

NPMRC = "omit=dev\nlegacy-peer-deps=true\nignore-scripts=true\nbin-links=false\ndry-run=true\ninstall-strategy=linked\n"
OTHER_PLACES = (
    *(
        "PIP_TARGET",
        "PIP_PREFIX",
        "PIP_CONSTRAINT",
        "UV_TARGET",
        "UV_PREFIX",
        "UV_CONSTRAINT",
        "UV_PROJECT_ENVIRONMENT",
    ),
    *("npm_config_prefix", "PYTHONHOME", "PYTHONSTARTUP", "VIRTUAL_ENV", "CONDA_PREFIX", "NODE_PATH"),
    *("GIT_DIR", "CDPATH", "BASH_ENV", "ENV", "TMPDIR", "PGSERVICE", "PGHOST"),
)
HOSTILE = """
    LC_ALL=C PYTHONUTF8=0 PYTHONCOERCECLOCALE=0 PYTHONIOENCODING=ascii
    PYTHONOPTIMIZE=2 PYTHONINSPECT=1 PYTHONWARNINGS=error
    PIP_USER=1 PIP_REQUIRE_VIRTUALENV=1 PIP_DRY_RUN=1 PIP_REQUIRE_HASHES=1
    UV_PYTHON=2.7 UV_SYSTEM_PYTHON=1 UV_NO_BINARY=1 UV_EXCLUDE_NEWER=2020-01-01
    NODE_ENV=production NPM_CONFIG_OMIT=dev npm_config_global=true npm_config_workspaces=false npm_config_workspace=web
    npm_config_dry_run=true npm_config_bin_links=false
    PGOPTIONS=-csearch_path=nowhere PGPORT=1 PGSSLMODE=verify-full PGUSER=nobody
    MAKEFLAGS=-j4 MAKELEVEL=3
"""
SMALL = "defu"
"""A package without dependencies, from our own lock file."""


class Registry(ThreadingHTTPServer):
    """A registry that has no package; it may keep its clients waiting."""

    def __init__(self, *, answers: bool = True) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.agents: list[str] = []
        self.was_asked = threading.Event()
        self.may_answer = threading.Event()
        if answers:
            self.may_answer.set()

    def __enter__(self) -> Self:
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.may_answer.set()
        self.shutdown()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: Registry

    def do_GET(self) -> None:
        self.server.agents.append(self.headers["user-agent"].partition("/")[0])
        self.server.was_asked.set()
        self.server.may_answer.wait()
        self.send_error(404)

    def log_message(self, *_: object) -> None:
        """Print nothing."""


@pytest.fixture(scope="module")
def clone() -> Iterator[Path]:
    """A copy of what git knows, in a folder whose name has spaces and umlauts, by a symbolic link."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, stdout=subprocess.PIPE
    )
    with temporary_folder() as folder:
        copy = folder / "ein Ördner" / "task chat"
        for name in filter(None, os.fsdecode(listed.stdout).split("\0")):
            if (ROOT / name).is_file():
                (copy / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / name, copy / name)
        (folder / "link").symlink_to(copy)
        yield folder / "link"


@pytest.fixture(scope="module")
def hostile(clone: Path) -> Mapping[str, str]:
    """The environment, with the folder of the clone for what must not be there."""
    own_npmrc = Path(os.environ.get("NPM_CONFIG_USERCONFIG", Path.home() / ".npmrc"))
    npmrc = clone.parent / "npmrc"
    npmrc.write_text((own_npmrc.read_text(encoding="utf-8") if own_npmrc.exists() else "") + NPMRC, encoding="utf-8")
    (clone.parent / "alembic.py").write_text("raise SystemExit('not our alembic')", encoding="utf-8")
    folders = [folder for folder in os.environ["PATH"].split(os.pathsep) if Path(folder) != ROOT / ".venv/bin"]
    return {
        **dict.fromkeys(SETTINGS, ""),
        **dict.fromkeys(OTHER_PLACES, str(clone.parent / "elsewhere")),
        **dict(setting.split("=", 1) for setting in HOSTILE.split()),
        "PYTHONPATH": str(clone.parent),
        "npm_config_userconfig": str(npmrc),
        "PATH": os.pathsep.join(folders),
    }


def set_up(clone: Path, *what: str, **env: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        what, cwd=clone, env={**os.environ, **env}, capture_output=True, encoding="utf-8", umask=0o077, check=False
    )


def test_make_dev_in_a_hostile_shell(
    clone: Path, hostile: Mapping[str, str], start_program: StartProgram, folder: Path
) -> None:
    """It installs what it runs, in the clone and nowhere else, and starts. An older .venv has lost its Python."""
    (clone / ".venv/bin").mkdir(parents=True)
    (clone / ".venv/bin/python").symlink_to("/usr/lib/a-python-that-is-gone")
    port = str(reserve_port())
    program = start_program(
        *("sh", "-c", 'umask 077; cd "$1"; exec make --no-print-directory dev', "sh", str(clone)),
        **{**hostile, "PORT": port, "TASKCHAT_DATA": str(folder)},
    )
    lines = until_ready(program)
    assert lines[:3] == ["setup: making .venv", "setup: Python packages", "setup: npm packages"]
    page = httpx.get(f"http://localhost:{port}/", headers={"accept": "text/html"}, trust_env=False)
    assert (page.status_code, "<html" in page.text) == (200, True)
    program.terminate()
    assert program.wait(60) != 0  # make's own status after a signal
    assert not (clone / ".venv/bin/pytest").exists()
    assert not (clone / "node_modules/@playwright").exists()
    assert not (clone.parent / "elsewhere").exists()
    again = set_up(clone, "make", "--no-print-directory", "setup-dev", **hostile)
    assert (again.returncode, again.stdout) == (0, "")


def until_ready(program: Program) -> list[str]:
    lines = []
    for line in program.lines():
        lines.append(line)
        if "Taskchat is ready" in line:
            return lines
    raise AssertionError(lines, program.communicate()[1])


def test_a_failed_set_up_is_repeated(clone: Path, hostile: Mapping[str, str], tmp_path: Path) -> None:
    """Here, with a changed lock, one package lost, and pip's mirror without it."""
    make = ["make", "--no-print-directory", "setup-dev"]
    with (clone / "requirements.txt").open("a", encoding="utf-8") as lock:
        lock.write("# changed\n")
    [lost] = (clone / ".venv").glob("lib/python*/site-packages/idna-*.dist-info")
    shutil.rmtree(lost)
    with Registry() as mirror:
        only_mirror = {"PIP_CONFIG_FILE": os.devnull, "PIP_EXTRA_INDEX_URL": "", "PIP_FIND_LINKS": ""}
        only_mirror |= {"PIP_INDEX_URL": f"{mirror.url}/simple", "UV_CACHE_DIR": str(tmp_path)}
        failed = set_up(clone, *make, **hostile, **only_mirror)
    assert failed.returncode == 2
    assert mirror.agents[:1] == ["uv"]
    assert "setup: uv pip sync failed with status 1. Fix what it says above" in failed.stderr
    assert set_up(clone, *make, **hostile).stdout == "setup: Python packages\n"
    assert set_up(clone, *make, **hostile).stdout == ""


def test_a_python_that_is_too_old_or_missing_is_named(clone: Path, hostile: Mapping[str, str]) -> None:
    done = set_up(clone, "make", "--no-print-directory", "PYTHON=python3.99", "setup", **hostile)
    [error, status] = done.stderr.splitlines()
    assert error.startswith("Python 3.11 or newer is needed, but python3.99 is missing. Name another one: make PYTHON=")
    assert "Error 1" in status


class TestNpm:
    """A folder with one package."""

    @pytest.fixture
    def small(self, clone: Path) -> Iterator[Path]:
        lock = json.loads((clone / "package-lock.json").read_text(encoding="utf-8"))
        package = lock["packages"][f"node_modules/{SMALL}"]
        manifest = {"name": "small", "version": "1.0.0", "dependencies": {SMALL: package["version"]}}
        packages = {"": manifest, f"node_modules/{SMALL}": package}
        folder = clone / "small"
        folder.mkdir()
        (folder / "package.json").write_text(json.dumps(manifest), encoding="utf-8")
        lock = {"name": "small", "version": "1.0.0", "lockfileVersion": 3, "requires": True, "packages": packages}
        (folder / "package-lock.json").write_text(json.dumps(lock), encoding="utf-8")
        yield folder
        shutil.rmtree(folder)

    SET_UP = ("sh", "scripts/setup.sh", "small")

    def test_a_killed_set_up_is_repeated(self, small: Path, tmp_path: Path) -> None:
        with Registry(answers=False) as registry:
            env = {**os.environ, "npm_config_registry": registry.url, "npm_config_cache": str(tmp_path)}
            killed = subprocess.Popen(self.SET_UP, cwd=small.parent, env=env, start_new_session=True)
            assert registry.was_asked.wait(60)
            os.killpg(killed.pid, signal.SIGKILL)
            killed.wait()
        assert set_up(small.parent, *self.SET_UP).stdout.startswith("setup: npm packages of small\n")
        assert (small / "node_modules" / SMALL / "package.json").exists()
        assert set_up(small.parent, *self.SET_UP).stdout == ""

    def test_packages_of_another_machine_are_replaced(self, small: Path) -> None:
        set_up(small.parent, *self.SET_UP)
        ready = small / "node_modules/.ready"
        ready.write_text("test\n" + 64 * "0" + "\n", encoding="utf-8")
        assert set_up(small.parent, *self.SET_UP).stdout.startswith("setup: npm packages of small\n")

    def test_a_package_that_npm_leaves_out_is_named(self, small: Path) -> None:
        """Here, because it is for another system only. npm itself reports nothing."""
        lock = json.loads((small / "package-lock.json").read_text(encoding="utf-8"))
        del lock["packages"][""]["dependencies"], lock["packages"][f"node_modules/{SMALL}"]["integrity"]
        lock["packages"][f"node_modules/{SMALL}"] |= {"extraneous": True}
        (small / "package-lock.json").write_text(json.dumps(lock), encoding="utf-8")
        (small / "package.json").write_text('{"name": "small", "version": "1.0.0"}', encoding="utf-8")
        done = set_up(small.parent, *self.SET_UP)
        assert (done.returncode, done.stderr.splitlines()[-1]) == (
            1,
            f"setup: npm left out node_modules/{SMALL}. Look for the setting that told it to: npm config list",
        )
