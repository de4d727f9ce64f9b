"""Restarting services whose code changes, tested with a small server."""

import sys
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path

import httpx
import pytest

from support.processes import eventually
from taskchat_dev_stack.processes.ports import reserve_port
from taskchat_dev_stack.processes.services import Service, Services
from taskchat_dev_stack.sources import Reload
from taskchat_dev_stack.terminal import Terminal

CODE = """
import http.server, sys
class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"{answer}")
    def log_message(self, *_):
        pass
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Answer).serve_forever()
"""


@pytest.fixture
def code(tmp_path: Path) -> Path:
    code = tmp_path / "src" / "main.py"
    code.parent.mkdir()
    code.write_text(CODE.format(answer="one"), encoding="utf-8")
    return code


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    services = Services(tmp_path / "logs")
    yield services
    services.stop()


def test_a_changed_service_is_restarted(code: Path, services: Services) -> None:
    port = str(reserve_port())
    url = f"http://127.0.0.1:{port}/"
    services.start(Service("answer", [sys.executable, code, port], {}, code.parent, ready=[url]))
    services.wait_until_ready("answer")
    output = StringIO()
    reload = Reload(services, Terminal(output), {"answer": [code.parent]})

    def check_until(condition: Callable[[], bool]) -> None:
        def look() -> bool:
            reload.check()
            services.check()
            return condition()

        eventually(look, 60)

    code.write_text(CODE.format(answer="two"), encoding="utf-8")
    check_until(lambda: "[answer] restarted" in output.getvalue())
    assert httpx.get(url, trust_env=False).text == "two"

    code.write_text("this is no Python", encoding="utf-8")
    check_until(lambda: "SyntaxError" in output.getvalue())
    code.write_text(CODE.format(answer="three"), encoding="utf-8")
    check_until(lambda: output.getvalue().count("restarted") == 2)
    assert httpx.get(url, trust_env=False).text == "three"

    code.with_name("rules.txt").write_text("data that the code reads", encoding="utf-8")
    check_until(lambda: output.getvalue().count("restarted") == 3)
