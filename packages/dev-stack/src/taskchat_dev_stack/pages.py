"""The built pages: built when their sources have changed, and replaced while they are being served.

A running stack looks at the sources twice a second, which costs a millisecond; a bundler in watch mode would hold
some hundred megabytes. As a program, `python -m taskchat_dev_stack.pages` builds once.
"""

import contextlib
import hashlib
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

from taskchat_dev_stack.errors import DevStackError
from taskchat_dev_stack.processes.files import make_folder
from taskchat_dev_stack.processes.logs import format_for_terminal
from taskchat_dev_stack.processes.services import POLL_SECONDS, Services
from taskchat_dev_stack.processes.supervised import SupervisedProcess
from taskchat_dev_stack.programs import pages_build
from taskchat_dev_stack.repository import PAGES, ROOT
from taskchat_dev_stack.terminal import Terminal

SOURCES = ("src", "public", "index.html", "package.json", "tsconfig.json", "vite.config.ts", "../package-lock.json")
LOOK_AT_SOURCES_SECONDS = 0.5
SHOWN_LINES = 30


@dataclass(frozen=True)
class _Record:
    """The last good build: a fingerprint of its sources, and its files."""

    sources: str
    files: list[str]


@dataclass(frozen=True)
class _Build:
    process: SupervisedProcess
    folder: Path
    sources: str
    started: float = field(default_factory=time.monotonic)


class Pages:
    """The pages that a stack serves, as they were built last."""

    def __init__(
        self, services: Services, terminal: Terminal, *, web: Path = ROOT / "web", served: Path = PAGES
    ) -> None:
        """Builds nothing yet.

        Args:
            services: starts the builds, and knows where their log is.
            terminal: is told about each build while the pages are served.
            web: the folder with the sources.
            served: the folder that the built pages are served from.
        """
        self._services = services
        self._terminal = terminal
        self._web = web
        self._served = served
        self._record = served.with_name("pages.json")
        self._build: _Build | None = None
        self._tried = ""  # fingerprint of the sources of the last build, good or bad
        self._seen = ""
        self._look_at = 0.0

    def begin(self) -> None:
        """Starts a build if the sources have changed since the last one. Doesn't wait for it."""
        sources = _fingerprint(self._web)
        if self._read_record().sources != sources or not (self._served / "index.html").exists():
            self._start(sources)
        self._tried = self._seen = sources

    def wait(self, *, last_good_will_do: bool = True) -> None:
        """Waits until the build that was started has ended, with an eye on the services.

        Args:
            last_good_will_do: whether to keep serving older pages when the build fails.

        Raises:
            DevStackError: the build failed and there are no pages to serve instead, or a service has ended.
        """
        while self._build is not None:
            self._services.check()
            error = self._finish()
            if error is not None and not (last_good_will_do and (self._served / "index.html").exists()):
                raise DevStackError(f"the pages cannot be built: {error}")
            if self._build is not None:
                time.sleep(POLL_SECONDS)

    def check(self) -> None:
        """Rebuilds after a change. Call it again and again while the pages are served; it never waits."""
        if self._build is not None:
            started = self._build.started
            if self._finish() is None and self._build is None:
                self._terminal.say(f"[pages] rebuilt in {time.monotonic() - started:.1f} s")
        elif time.monotonic() >= self._look_at:
            self._look_at = time.monotonic() + LOOK_AT_SOURCES_SECONDS
            before, self._seen = self._seen, _fingerprint(self._web)
            if self._seen == before != self._tried:  # unchanged since the last look, so no editor is still writing
                self._tried = self._seen
                self._start(self._seen)

    def stop(self) -> None:
        """Ends a build that is under way. Harmless when there is none."""
        build, self._build = self._build, None
        if build is not None:
            build.process.stop()
            shutil.rmtree(build.folder, ignore_errors=True)

    def _start(self, sources: str) -> None:
        folder = Path(tempfile.mkdtemp(prefix="unfinished-", dir=make_folder(self._served.parent)))
        process = self._services.start_task(pages_build(self._web, folder))
        self._build = _Build(process, folder, sources)

    def _finish(self) -> str | None:
        """Publishes the build if it has ended. If it failed, reports that and returns the reason."""
        build = self._build
        if build is None or (status := build.process.poll()) is None:
            return None
        if status == 0:
            self._publish(build)
        self.stop()
        if status == 0:
            return None
        log = self._services.log("pages")
        lines = [line for line in map(_plain, log.read_text(errors="replace").splitlines()) if line]
        self._terminal.say(f"[pages] the build has failed, so the last good pages stay as they are (log: {log}):")
        for line in lines[:SHOWN_LINES]:
            self._terminal.say(f"[pages] {line}")
        return " ".join(lines[:SHOWN_LINES]) or f"status {status}"

    def _publish(self, build: _Build) -> None:
        """Puts the new files in place one by one, the document that names the others last.

        Files of the previous build stay, because pages that are open in a browser may still load them.
        """
        files = sorted(_files(build.folder), key=lambda file: file == "index.html")
        for file in files:
            (self._served / file).parent.mkdir(parents=True, exist_ok=True)
            (build.folder / file).replace(self._served / file)
        kept = {*files, *self._read_record().files}
        for file in set(_files(self._served)) - kept:
            (self._served / file).unlink(missing_ok=True)
        unfinished = build.folder / "pages.json"
        unfinished.write_text(json.dumps(asdict(_Record(build.sources, files))))
        unfinished.replace(self._record)

    def _read_record(self) -> _Record:
        with contextlib.suppress(FileNotFoundError, ValueError, TypeError):
            return _Record(**json.loads(self._record.read_text()))
        return _Record("", [])


def _files(folder: Path) -> Iterator[str]:
    for path in folder.rglob("*"):
        if path.is_file():
            yield path.relative_to(folder).as_posix()


def _fingerprint(web: Path) -> str:
    """A digest of the names, sizes and times of all sources. Takes about a millisecond."""
    digest = hashlib.sha256()
    for path in sorted(_source_files(web)):
        with contextlib.suppress(FileNotFoundError):
            stat = path.stat()
            digest.update(f"{path}\0{stat.st_size}\0{stat.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def _source_files(web: Path) -> Iterator[Path]:
    for source in SOURCES:
        top = web / source
        if top.is_dir():
            for folder, _, names in os.walk(top):
                yield from (Path(folder, name) for name in names if not name.endswith((".test.ts", ".test.tsx")))
        else:
            yield top


def _plain(line: str) -> str | None:
    return format_for_terminal(line, whole=True)


def main() -> int:
    pages = Pages(Services(PAGES.with_name("logs")), Terminal(sys.stderr))
    try:
        pages.begin()
        pages.wait(last_good_will_do=False)
    except DevStackError as error:
        print(error, file=sys.stderr)
        return 1
    finally:
        pages.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
