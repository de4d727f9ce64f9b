"""Which lines of the services' logs appear on the terminal."""

import io
import json
from pathlib import Path

import pytest

from support.processes import eventually
from taskchat_dev_stack.processes.logs import format_for_terminal, last_error
from taskchat_dev_stack.terminal import LogTail, Terminal


class TestForTerminal:
    @pytest.mark.parametrize(
        ("record", "shown"),
        [
            ({"level": "info", "message": "ready"}, None),
            ({"level": "INFO", "message": "ready"}, None),
            ({"level": 30, "msg": "ready"}, None),
            ({"level": "WARNING", "message": "slow"}, "warning: slow"),
            ({"level": 40, "msg": "slow"}, "warning: slow"),
            ({"level": "error", "message": "refused", "error": {"name": "E", "code": "X1"}}, "error: refused (X1)"),
            ({"level": "error", "message": "refused", "err": {"message": "no route"}}, "error: refused (no route)"),
            ({"level": "error", "message": "refused: why", "error": "why"}, "error: refused: why"),
            ({"level": "error"}, "error: no message"),
            ({"level": "error", "logger": "http.log.error", "msg": "dial tcp: refused"}, "error: dial tcp: refused"),
            ({"level": "error", "logger": "http.log.access.log0", "msg": "handled request", "status": 502}, None),
            ({"level": "error", "message": "\u001b[31mred\u001b[0m\u0007"}, "error: red"),
        ],
    )
    def test_json(self, record: dict[str, object], shown: str | None) -> None:
        assert format_for_terminal(json.dumps(record), whole=False) == shown

    def test_plain_lines_are_shown_only_if_whole(self) -> None:
        assert format_for_terminal("Traceback", whole=False) is None
        assert format_for_terminal("\u001b[31mfailed\u001b[0m to parse", whole=True) == "failed to parse"
        assert format_for_terminal("  ", whole=True) is None
        assert format_for_terminal('{"no": "level"}', whole=False) is None
        assert format_for_terminal('{"broken', whole=False) is None


class TestLastWords:
    def test_prefers_the_last_error_to_later_lines(self) -> None:
        traceback = ["Traceback (most recent call last):", '  File "x"', "app.errors.BadError: why", "", "bye"]
        assert last_error(traceback) == "app.errors.BadError: why"
        logged = ['{"level": "fatal", "message": "no keys"}', '{"level": "info", "message": "bye"}']
        assert last_error(logged) == "fatal: no keys"

    def test_falls_back_to_the_last_line(self) -> None:
        assert last_error(["one", "two", ""]) == "two"
        assert last_error([]) == "no output"


def error(message: str) -> str:
    return json.dumps({"level": "error", "message": message}) + "\n"


class TestLogTail:
    def test_it_follows_replaced_files(self, tmp_path: Path) -> None:
        log, shown = tmp_path / "api.log", io.StringIO()
        tail = LogTail(Terminal(shown), {"api": log})
        try:
            log.write_text(
                '{"level": "info", "message": "quiet"}\n' + error("first") + error("second")[:20], encoding="utf-8"
            )
            eventually(lambda: shown.getvalue().splitlines() == ["[api] error: first"])
            with log.open("a", encoding="utf-8") as file:
                file.write(error("second")[20:])
            eventually(lambda: shown.getvalue().splitlines()[1:] == ["[api] error: second"])
            log.replace(tmp_path / "previous")
            log.write_text(error("third"), encoding="utf-8")
            eventually(lambda: shown.getvalue().splitlines()[2:] == ["[api] error: third"])
        finally:
            tail.stop()


class TestTerminal:
    def test_a_step_takes_one_line(self) -> None:
        shown = io.StringIO()
        with Terminal(shown).step("database"):
            pass
        assert shown.getvalue() == "  database                0.0 s\n"

    def test_another_line_in_between_gets_its_own_line(self) -> None:
        shown = io.StringIO()
        terminal = Terminal(shown)
        with terminal.step("database"):
            terminal.say("between")
        assert shown.getvalue().splitlines() == [
            "  database              ",
            "between",
            "  database                0.0 s",
        ]

    def test_a_closed_terminal_is_ignored(self) -> None:
        shown = io.StringIO()
        shown.close()
        Terminal(shown).say("anything")
