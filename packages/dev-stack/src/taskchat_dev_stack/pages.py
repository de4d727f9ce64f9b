"""Builds the pages when their sources have changed, and replaces them while they are being served.

A running stack polls the sources; a bundler in watch mode would need hundreds of megabytes.
`python -m taskchat_dev_stack.pages` builds once.
"""

import contextlib
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

from taskchat.streams import use_utf8
from taskchat_dev_stack.errors import DevStackError
from taskchat_dev_stack.processes.files import make_folder
from taskchat_dev_stack.processes.logs import format_for_terminal
from taskchat_dev_stack.processes.services import POLL_SECONDS, Services
from taskchat_dev_stack.processes.supervised import SupervisedProcess
from taskchat_dev_stack.programs import pages_build
from taskchat_dev_stack.repository import PAGES, ROOT
from taskchat_dev_stack.sources import Sources
from taskchat_dev_stack.terminal import Terminal

SOURCES = (
    "src",
    "public",
    "index.html",
    "package.json",
    "tsconfig.json",
    "vite.config.ts",
    "service-worker.js",
    "headers.json",
    "../package-lock.json",
)
SHOWN_LINES = 30


@dataclass(frozen=True)
class _Record:
    """The last successful build: a fingerprint of its sources, and its files."""

    sources: str
    files: list[str]


@dataclass(frozen=True)
class _Build:
    process: SupervisedProcess
    folder: Path
    sources: str
    started: float = field(default_factory=time.monotonic)


class Pages:
    """The pages that a stack serves, as last built."""

    def __init__(
        self, services: Services, terminal: Terminal, *, web: Path = ROOT / "web", served: Path = PAGES
    ) -> None:
        """Build nothing yet.

        Args:
            services: runs the builds and keeps their log.
            terminal: shows each build while the pages are served.
            web: the folder with the sources.
            served: the folder with the built pages.
        """
        self._services = services
        self._terminal = terminal
        self._web = web
        self._served = served
        self._record = served.with_name("pages.json")
        self._build: _Build | None = None
        self._sources = Sources(lambda: _source_files(web))

    def begin(self) -> None:
        """Start a build if the sources have changed since the last one. Don't wait for it."""
        sources = self._sources.accept()
        if self._read_record().sources != sources or not (self._served / "index.html").exists():
            self._start(sources)

    def wait(self, *, fall_back: bool = True) -> None:
        """Wait for the running build, and keep checking the services.

        Args:
            fall_back: keep the previous pages if the build fails.

        Raises:
            DevStackError: the build failed and there are no previous pages to serve, or a service exited.
        """
        while self._build is not None:
            self._services.check()
            error = self._finish()
            if error is not None and not (fall_back and (self._served / "index.html").exists()):
                raise DevStackError(f"can't build the pages: {error}")
            if self._build is not None:
                time.sleep(POLL_SECONDS)

    def check(self) -> None:
        """Rebuild after a change. Call it repeatedly while the pages are served; it never waits."""
        if self._build is not None:
            started = self._build.started
            if self._finish() is None and self._build is None:
                self._terminal.say(f"[pages] rebuilt in {time.monotonic() - started:.1f} s")
        elif (sources := self._sources.poll()) is not None:
            self._start(sources)

    def stop(self) -> None:
        """Stop a running build, if any."""
        build, self._build = self._build, None
        if build is not None:
            build.process.stop()
            shutil.rmtree(build.folder, ignore_errors=True)

    def _start(self, sources: str) -> None:
        folder = Path(tempfile.mkdtemp(prefix="unfinished-", dir=make_folder(self._served.parent)))
        process = self._services.start_task(pages_build(self._web, folder))
        self._build = _Build(process, folder, sources)

    def _finish(self) -> str | None:
        """Publish the build if it has finished. If it failed, report that and return the reason."""
        build = self._build
        if build is None or (status := build.process.poll()) is None:
            return None
        if status == 0:
            self._publish(build)
        self.stop()
        if status == 0:
            return None
        log = self._services.log("pages")
        lines = [line for line in map(_plain, log.read_text(errors="replace", encoding="utf-8").splitlines()) if line]
        self._terminal.say(f"[pages] the build failed, so the previous pages stay (log: {log}):")
        for line in lines[:SHOWN_LINES]:
            self._terminal.say(f"[pages] {line}")
        return " ".join(lines[:SHOWN_LINES]) or f"status {status}"

    def _publish(self, build: _Build) -> None:
        """Move the new files into place one by one, ending with the document that refers to the others.

        Files of the previous build stay, because open pages may still load them.
        """
        files = sorted(_files(build.folder), key=lambda file: file == "index.html")
        for file in files:
            (self._served / file).parent.mkdir(parents=True, exist_ok=True)
            (build.folder / file).replace(self._served / file)
        kept = {*files, *self._read_record().files}
        for file in set(_files(self._served)) - kept:
            (self._served / file).unlink(missing_ok=True)
        unfinished = build.folder / "pages.json"
        unfinished.write_text(json.dumps(asdict(_Record(build.sources, files))), encoding="utf-8")
        unfinished.replace(self._record)

    def _read_record(self) -> _Record:
        with contextlib.suppress(FileNotFoundError, ValueError, TypeError):
            return _Record(**json.loads(self._record.read_text(encoding="utf-8")))
        return _Record("", [])


def _files(folder: Path) -> Iterator[str]:
    for path in folder.rglob("*"):
        if path.is_file():
            yield path.relative_to(folder).as_posix()


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
    use_utf8()
    pages = Pages(Services(PAGES.with_name("logs")), Terminal(sys.stderr))
    try:
        pages.begin()
        pages.wait(fall_back=False)
    except DevStackError as error:
        print(error, file=sys.stderr)
        return 1
    finally:
        pages.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
