"""`python -m taskchat.doctor` on hostile servers, and its cheap look at the model's server."""

import asyncio
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pytest

from taskchat.chat.providers.model_list import examine_model_list
from taskchat.doctor import _pass_on, examine
from taskchat.findings import Finding
from taskchat.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
BASE = {
    "API_DATABASE_URL": "postgresql://chat_api:pw@127.0.0.1:1/taskchat",
    "JWKS_URL": "http://127.0.0.1:1/api/auth/jwks",
    "JWT_ISSUER": "http://localhost:3000",
}


def response(body: bytes, status: str = "200 OK", headers: str = "") -> bytes:
    return f"HTTP/1.1 {status}\r\n{headers}content-length: {len(body)}\r\nconnection: close\r\n\r\n".encode() + body


def listing(*names: str) -> bytes:
    return response(json.dumps({"object": "list", "data": [{"id": name} for name in names]}).encode())


@contextmanager
def serving(*answers: bytes, meeting: Barrier | None = None) -> Iterator[int]:
    """A server that answers its connections with these bytes, in order; the last one repeats. Yields its port.

    It answers only after `meeting`, if there is one.
    """

    def serve(listener: socket.socket) -> None:
        rest = list(answers)
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                with connection, suppress(OSError):
                    connection.recv(65536)
                    if meeting is not None:
                        meeting.wait(30)
                    connection.sendall(rest.pop(0) if len(rest) > 1 else rest[0])

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = Thread(target=serve, args=[listener])
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()


def doctor(environment: dict[str, str]) -> tuple[int, list[str]]:
    """Run the api's doctor; return its exit status and its lines."""
    done = subprocess.run(
        [sys.executable, "-m", "taskchat.doctor"],
        env={"PATH": os.environ["PATH"], **BASE, **environment},
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    assert done.stderr == ""
    return done.returncode, done.stdout.splitlines()


def test_the_checks_run_at_the_same_time() -> None:
    """Each server answers only once all three have been asked."""
    meeting = Barrier(3)
    with ExitStack() as servers:
        database, keys, model = (
            servers.enter_context(serving(answer, meeting=meeting))
            for answer in (b"", response(b"<html>"), listing("theirs"))
        )
        status, lines = doctor(
            {
                "API_DATABASE_URL": f"postgresql://chat_api:pw@127.0.0.1:{database}/taskchat?sslmode=disable",
                "JWKS_URL": f"http://127.0.0.1:{keys}/jwks",
                "OPENAI_BASE_URL": f"http://127.0.0.1:{model}/v1",
                "OPENAI_MODEL": "theirs",
            }
        )
    assert status == 1
    assert any(
        line.startswith(f"failed  api: API_DATABASE_URL: the database at 127.0.0.1:{database}") for line in lines
    )
    assert any("JWKS_URL answers with something that is no key set" in line for line in lines)
    assert any(line.startswith("ok      api: the model's server lists theirs") for line in lines)
    assert len(lines) == 3


@pytest.mark.parametrize(
    ("told", "complaint"),
    [
        ("", "its doctor printed no findings: does auth-service run"),
        ("Error response from daemon: no such container\n", "its doctor printed something other than its findings"),
        ('{"part": "auth-service", "status": "fine", "message": 7}\n[[[', "printed something other than its findings"),
    ],
    ids=["nothing", "an error", "other JSON"],
)
async def test_garbage_in_place_of_the_other_doctors_findings(tmp_path: Path, told: str, complaint: str) -> None:
    file = tmp_path / "findings"
    file.write_text(told, encoding="utf-8")
    findings: list[Finding] = []
    token: asyncio.Future[str | None] = asyncio.get_running_loop().create_future()
    await _pass_on(str(file), token, findings.append)
    [finding] = findings
    assert (finding.part, finding.status, token.result()) == ("auth-service", "failed", None)
    assert complaint in finding.message


@pytest.mark.parametrize(
    "answer",
    [
        response(b"x" * 10_000_000),
        response(b'{"keys": [\xe9\xff]}'),
        response(b'{"keys": [{"kid": 1}, null, "x"]}'),
        b"\x00\x01220 mail.example.com\r\n",
        response(b"", "302 Found", "location: http://127.0.0.1:1/\r\n"),
    ],
    ids=["10 MB", "not UTF-8", "no keys", "no HTTP", "redirect"],
)
async def test_hostile_keys(answer: bytes) -> None:
    findings: list[Finding] = []
    token: asyncio.Future[str | None] = asyncio.get_running_loop().create_future()
    token.set_result(None)
    with serving(answer) as port:
        settings = Settings.model_validate(
            {name.lower(): value for name, value in BASE.items()} | {"jwks_url": f"http://127.0.0.1:{port}/jwks"}
        )
        await examine(settings, token, findings.append, with_database=False)
    [message] = [finding.message for finding in findings if finding.status == "failed"]
    assert message.startswith("JWKS_URL ")


class TestModelList:
    """Findings from the list of models, without a call of the model."""

    @pytest.mark.parametrize(
        ("answers", "status", "words"),
        [
            ([listing("a", "qwen3")], "ok", "lists qwen3"),
            ([response(b'{"models": [{"name": "models/qwen3"}]}')], "ok", "lists qwen3"),
            ([listing("a"), response(b'{"id": "qwen3:latest"}')], "ok", "lists qwen3"),
            ([listing("qwen3:8b", "x{y}"), response(b'{"detail": "Not Found"}', "404 N")], "note", "such as qwen3:8b"),
            (
                [listing("qwen3:8b"), response(b'{"error": {"message": "model qwen3 not found"}}', "404 N")],
                "failed",
                "has no model qwen3: set OPENAI_MODEL to one that it has, such as qwen3:8b",
            ),
            ([response(b'{"error": {"code": "invalid_api_key"}}', "401 U")], "failed", "refuses OPENAI_API_KEY"),
            (
                [response(b'[{"error": {"message": "API key not valid."}}]', "400 B")],
                "failed",
                "refuses OPENAI_API_KEY",
            ),
            ([response(b"Missing scopes: api.model.read", "403 F")], "note", "has no list of models"),
            ([response(b"404 page not found", "404 N")], "note", "has no list of models"),
            ([response(b"<html>")], "note", "has no list of models"),
            ([response(b'{"data": []}')], "note", "has no list of models"),
            ([response(b"[" * 100_000)], "note", "has no list of models"),
            ([response(b"x" * 9_000_000)], "note", "has no list of models"),
            ([response(b"\xff\xfe", "503 S")], "note", "with status 503"),
            ([response(b"", "308 P", "location: https://example.com/\r\n")], "failed", "sends us to another address"),
            ([b"220 mail.example.com ESMTP\r\n"], "failed", "is no web server"),
            ([b""], "failed", "127.0.0.1"),
        ],
    )
    async def test_an_answer(self, answers: list[bytes], status: str, words: str) -> None:
        with serving(*answers) as port:
            verdict, message = await examine_model_list(model_settings(f"http://127.0.0.1:{port}/v1"))
        assert (verdict, words in message) == (status, True), message
        assert len(message.splitlines()) == 1
        assert "key-of-the-tests" not in message

    async def test_nothing_there(self) -> None:
        for url in ("http://127.0.0.1:1/v1", "https://no-such-host.invalid/v1"):
            verdict, message = await examine_model_list(model_settings(url))
            assert (verdict, "nothing answers at " in message) == ("failed", True), message


def model_settings(base_url: str) -> Settings:
    values: dict[str, Any] = {name.lower(): value for name, value in BASE.items()}
    model = {"openai_base_url": base_url, "openai_api_key": "key-of-the-tests", "openai_model": "qwen3"}
    return Settings.model_validate(values | model)
