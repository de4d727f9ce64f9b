"""Building pages from changing sources, with the real Vite and a small project."""

import re
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path

import pytest

from support.processes import eventually
from taskchat_dev_stack.errors import DevStackError
from taskchat_dev_stack.pages import Pages
from taskchat_dev_stack.processes.services import Services
from taskchat_dev_stack.terminal import Terminal

DOCUMENT = '<!doctype html><title>{title}</title><script type="module" src="/src/main.js"></script>'


@pytest.fixture
def web(tmp_path: Path) -> Path:
    web = tmp_path / "web"
    (web / "src").mkdir(parents=True)
    (web / "package.json").write_text('{"type": "module"}', encoding="utf-8")
    (web / "index.html").write_text(DOCUMENT.format(title="one"), encoding="utf-8")
    (web / "src" / "main.js").write_text('document.body.append("one")', encoding="utf-8")
    return web


@pytest.fixture
def output() -> StringIO:
    return StringIO()


@pytest.fixture
def served(tmp_path: Path) -> Path:
    return tmp_path / "made" / "pages"


@pytest.fixture
def pages(web: Path, served: Path, output: StringIO, tmp_path: Path) -> Iterator[Pages]:
    services = Services(tmp_path / "logs")
    pages = Pages(services, Terminal(output), web=web, served=served)
    yield pages
    pages.stop()


def build(pages: Pages) -> None:
    pages.begin()
    pages.wait()


def check_until(pages: Pages, condition: Callable[[], bool]) -> None:
    """Check the pages repeatedly, as a running stack does, until the condition holds."""

    def look() -> bool:
        pages.check()
        return condition()

    eventually(look, 60)


def parts(served: Path) -> set[str]:
    return {path.name for path in (served / "assets").iterdir()}


def part_in_use(served: Path) -> str:
    [name] = re.findall(r'src="/assets/([^"]+)"', (served / "index.html").read_text(encoding="utf-8"))
    return str(name)


class TestStart:
    def test_builds_only_what_has_changed(self, pages: Pages, web: Path, served: Path) -> None:
        build(pages)
        document = served / "index.html"
        made = document.stat().st_mtime_ns
        build(pages)
        assert document.stat().st_mtime_ns == made
        (web / "index.html").write_text(DOCUMENT.format(title="another"), encoding="utf-8")
        build(pages)
        assert "<title>another</title>" in document.read_text(encoding="utf-8")

    def test_builds_again_when_the_pages_have_gone(self, pages: Pages, served: Path) -> None:
        build(pages)
        (served / "index.html").unlink()
        build(pages)
        assert (served / "index.html").exists()

    def test_without_any_pages_a_failure_is_an_error(self, pages: Pages, web: Path) -> None:
        (web / "src" / "main.js").write_text("const = broken", encoding="utf-8")
        pages.begin()
        with pytest.raises(DevStackError, match=r"^can't build the pages: .*main\.js"):
            pages.wait()

    def test_without_fallback_a_failure_is_an_error(self, pages: Pages, web: Path) -> None:
        build(pages)
        (web / "src" / "main.js").write_text("const = broken", encoding="utf-8")
        pages.begin()
        with pytest.raises(DevStackError):
            pages.wait(fall_back=False)


class TestChange:
    def test_is_built_while_the_pages_are_served(self, pages: Pages, web: Path, served: Path, output: StringIO) -> None:
        build(pages)
        before = part_in_use(served)
        (web / "src" / "main.js").write_text('document.body.append("two")', encoding="utf-8")
        check_until(pages, lambda: "rebuilt" in output.getvalue())
        now = part_in_use(served)
        assert '"two"' in (served / "assets" / now).read_text(encoding="utf-8").replace("`", '"')
        assert parts(served) == {before, now}  # open pages may still load the previous part

        (web / "src" / "main.js").write_text('document.body.append("three")', encoding="utf-8")
        check_until(pages, lambda: output.getvalue().count("rebuilt") == 2)
        assert parts(served) == {now, part_in_use(served)}

    def test_that_does_not_build_is_reported_once_and_replaces_nothing(
        self, pages: Pages, web: Path, served: Path, output: StringIO
    ) -> None:
        build(pages)
        before = {path: path.read_bytes() for path in served.rglob("*.*")}
        (web / "src" / "main.js").write_text("const = broken", encoding="utf-8")
        check_until(pages, lambda: "main.js" in output.getvalue())
        said = output.getvalue()
        assert "[pages] the build failed, so the previous pages stay (log: " in said
        assert {path: path.read_bytes() for path in served.rglob("*.*")} == before

        (web / "src" / "main.js").write_text('document.body.append("good again")', encoding="utf-8")
        check_until(pages, lambda: "rebuilt" in output.getvalue())
        assert output.getvalue().count("build failed") == 1

    def test_that_does_not_build_at_the_start_replaces_nothing(
        self, pages: Pages, web: Path, served: Path, output: StringIO
    ) -> None:
        build(pages)
        (web / "src" / "main.js").write_text("const = broken", encoding="utf-8")
        build(pages)
        assert "the previous pages stay" in output.getvalue()
        assert part_in_use(served)


class TestStop:
    def test_during_a_build_leaves_no_files(self, pages: Pages, served: Path) -> None:
        pages.begin()
        pages.stop()
        assert [path.name for path in served.parent.iterdir()] == []
