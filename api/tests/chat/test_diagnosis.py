"""`make doctor ASK_MODEL=1`: its advice for each kind of misconfigured model server."""

import asyncio
import os
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

import taskchat.transport_security
from support.certificates import CertificateAuthority
from support.http_server import HttpServer
from support.model_server import Api, Call, Failure, Hold, ModelServer, Reply
from taskchat.chat.providers import diagnosis
from taskchat.settings import Settings
from taskchat.tasks.domain import TASKS

LIST = Reply(calls=(Call("list_tasks", {"status": "open"}),))
SAID = Reply("One.")


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)


def settings(base_url: str, **changes: Any) -> Settings:
    return Settings.model_validate(
        {
            "api_database_url": "postgresql://chat_api@host/db",
            "jwks_url": "http://auth/jwks",
            "jwt_issuer": "http://here",
            "openai_base_url": base_url,
            "openai_api_key": "key-of-the-tests",
            "openai_model": "qwen3",
            **changes,
        }
    )


async def diagnose_model(settings: Settings) -> str | None:
    return await diagnosis.diagnose_model(settings, TASKS.instructions, TASKS.tools)


async def test_a_model_that_uses_the_tool_passes(model: ModelServer, openai_api: Api) -> None:
    model.script(LIST, SAID)
    assert await diagnose_model(settings(model.base_url, openai_api=openai_api)) is None
    model.assert_complete()
    question, call, output = model.requests[-1].transcript
    assert question[0] == "user"
    assert (call[0], call[2], output[0]) == ("call", "list_tasks", "output")
    assert call[1] == output[1]
    assert "Water the plants" in output[2]


async def test_a_call_on_the_second_try_passes(model: ModelServer, openai_api: Api) -> None:
    model.script(SAID, LIST, SAID)
    assert await diagnose_model(settings(model.base_url, openai_api=openai_api)) is None


def refused(status: int, message: str, code: str = "x") -> Failure:
    body = JSONResponse({"error": {"message": message, "type": "invalid_request_error", "code": code}}).body
    return Failure(status, bytes(body).decode(), {"x-should-retry": "false"})


REFUSALS = {
    "the key": (refused(401, "Incorrect API key provided: sk-12345678", "invalid_api_key"), "set another key"),
    "the key, at Gemini": (refused(400, "API key not valid. Please pass a valid API key."), "refuses OPENAI_API_KEY"),
    "the model to this key": (refused(403, "Project has no access to model qwen3"), "may not use qwen3 here"),
    "the quota": (refused(429, "You exceeded your current quota", "insufficient_quota"), "used up: pay"),
    "credit": (refused(402, "Insufficient Balance"), "used up: pay"),
    "the rate": (refused(429, "Rate limit reached for requests"), "try again later"),
    "tools, at Ollama": (refused(400, "registry.ollama.ai/library/x does not support tools"), "can't call tools"),
    "tools, at vLLM": (
        refused(400, '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set'),
        "can't call tools",
    ),
    "thinking": (
        refused(400, "parameter.enable_thinking must be set to false for non-streaming calls"),
        'OPENAI_EXTRA_BODY={"enable_thinking": false}',
    ),
    "tools with reasoning": (
        refused(
            400,
            "Function tools with reasoning_effort are not supported for qwen3 in /v1/chat/completions. Please use "
            "/v1/responses or set reasoning_effort to 'none'.",
        ),
        "set OPENAI_API=responses",
    ),
    "the effort": (refused(400, "Unsupported value: 'reasoning_effort'"), "OPENAI_REASONING_EFFORT: leave it out"),
    "the temperature": (refused(400, "Unsupported value: 'temperature'"), "OPENAI_TEMPERATURE: leave it out"),
    "strict tools": (refused(422, "body.tools.0.function.strict: Extra inputs"), "OPENAI_STRICT_TOOLS=false"),
    "the size": (refused(400, "maximum context length is 2048 tokens", "context_length_exceeded"), "OLLAMA_CONTEXT"),
    "Azure's version": (refused(400, "API version not supported"), "Azure doesn't know this deployment or version"),
    "whatever it is": (
        refused(400, "the moon is full"),
        "refuses a turn (status 400: x invalid_request_error the moon",
    ),
}


@pytest.mark.parametrize("name", REFUSALS)
async def test_an_error_comes_with_a_remedy(model: ModelServer, openai_api: Api, name: str) -> None:
    refusal, remedy = REFUSALS[name]
    model.script(refusal)
    problem = await diagnose_model(settings(model.base_url, openai_api=openai_api))
    assert problem is not None
    assert remedy in problem
    assert len(problem.splitlines()) == 1
    for secret in ("key-of-the-tests", "sk-12345678"):
        assert secret not in problem


@pytest.mark.parametrize(
    ("replies", "remedy"),
    [
        ([SAID, SAID], "answered twice without calling the tool"),
        ([LIST, Reply("")], "said nothing about its result"),
        ([Failure(200, "<html>hello</html>", content_type="text/html")], "is no model server"),
    ],
    ids=["no call", "no words", "no JSON"],
)
async def test_a_useless_answer_is_reported(
    model: ModelServer, openai_api: Api, replies: list[Reply | Failure], remedy: str
) -> None:
    model.script(*replies)
    model.always(lambda _: refused(404, "no"))
    problem = await diagnose_model(settings(model.base_url, openai_api=openai_api))
    assert problem is not None
    assert remedy in problem


async def test_a_limit_used_up_by_thinking_is_reported(model: ModelServer) -> None:
    choice = {"message": {"role": "assistant", "content": "<think>Let me"}, "finish_reason": "length"}
    model.script(Failure(200, bytes(JSONResponse({"choices": [choice]}).body).decode()))
    problem = await diagnose_model(settings(model.base_url, openai_api="chat_completions"))
    assert problem is not None
    assert "used up OPENAI_MAX_OUTPUT_TOKENS (4096)" in problem


async def test_a_timeout_is_reported(model: ModelServer) -> None:
    hold = Hold(SAID)
    model.script(hold)
    problem = await diagnose_model(settings(model.base_url, model_timeout_seconds=0.2))
    hold.release()
    assert problem is not None
    assert "took longer than MODEL_TIMEOUT_SECONDS (0.2)" in problem


@contextmanager
def serving(api: str | None = None, models: Any = None, model: str = "qwen3", redirect: str = "") -> Iterator[str]:
    """Serve one API and one model, with a list of models."""

    async def completions(request: Request) -> Response:
        body = await request.json()
        if body["model"] != model:
            return JSONResponse({"error": {"message": f"The model `{body['model']}` does not exist"}}, 404)
        last = body["messages"][-1]["role"]
        call = {"id": "1", "type": "function", "function": {"name": "list_tasks", "arguments": "{}"}}
        message = {"content": "One."} if last == "tool" else {"content": None, "tool_calls": [call]}
        return JSONResponse({"choices": [{"message": {"role": "assistant", **message}}]})

    async def responses(_: Request) -> Response:
        return JSONResponse({"output": [{"type": "message", "content": [{"type": "output_text", "text": "Hi."}]}]})

    async def listed(_: Request) -> Response:
        return JSONResponse(models)

    async def moved(_: Request) -> Response:
        return Response(status_code=308, headers={"location": redirect})

    routes = [Route("/v1/models", listed)] if models is not None else []
    if api == "chat_completions":
        routes.append(Route("/v1/chat/completions", completions, methods=["POST"]))
    if api == "responses":
        routes.append(Route("/v1/responses", responses, methods=["POST"]))
    if redirect:
        routes.append(Route("/{path:path}", moved, methods=["GET", "POST"]))
    with HttpServer(Starlette(routes=routes)) as server:
        yield server.url


class TestAddress:
    @pytest.mark.parametrize(
        ("set_to", "spoken"), [("responses", "chat_completions"), ("chat_completions", "responses")]
    )
    async def test_the_wrong_api_is_reported(self, set_to: str, spoken: str) -> None:
        with serving(spoken) as url:
            problem = await diagnose_model(settings(f"{url}/v1", openai_api=set_to))
        assert problem is not None
        assert f"set OPENAI_API={spoken}" in problem

    async def test_a_missing_model_is_reported(self) -> None:
        models = {"data": [{"id": "qwen3:8b"}, {"id": "llama3.2"}, {"id": "nomic-embed-text"}]}
        with serving("chat_completions", models) as url:
            changes = {"openai_api": "chat_completions", "openai_model": "qwen-3"}
            problem = await diagnose_model(settings(f"{url}/v1", **changes))
        assert problem is not None
        assert "has no model qwen-3: set OPENAI_MODEL to one that it has, such as qwen3:8b" in problem
        assert "nomic" not in problem

    @pytest.mark.parametrize("models", [None, {"data": []}, ["a{b}"], {"models": [{"name": "models/a{b}"}]}, "x", [7]])
    async def test_any_format_of_the_list_of_models_works(self, models: Any) -> None:
        with serving("chat_completions", models) as url:
            changes = {"openai_api": "chat_completions", "openai_model": "gemma{3}"}
            problem = await diagnose_model(settings(f"{url}/v1", **changes))
        assert problem is not None
        assert "has no model gemma{3}: set OPENAI_MODEL to one that it has" in problem
        assert ("such as a{b}" in problem) == ("a{b}" in str(models))

    async def test_a_wrong_path_is_reported(self) -> None:
        with serving("chat_completions", {"data": []}) as url:
            problem = await diagnose_model(settings(url, openai_api="chat_completions"))
        assert problem is not None
        assert "mostly with /v1" in problem

    @pytest.mark.parametrize(
        "location", ["https://models.example.com/v1", "http://[::1", "http://xn--a/", "javascript:alert(1)"]
    )
    async def test_a_redirect_is_reported(self, location: str) -> None:
        with serving(redirect=location) as url:
            problem = await diagnose_model(settings(f"{url}/v1"))
        assert problem is not None
        assert "set OPENAI_BASE_URL to the one where it really is" in problem


class TestConnection:
    async def test_a_refused_connection_is_reported(self) -> None:
        problem = await diagnose_model(settings("http://127.0.0.1:1/v1"))
        assert problem is not None
        assert "nothing answers at 127.0.0.1: start the model's server" in problem

    async def test_an_unknown_certificate_is_reported(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        authority = CertificateAuthority(tmp_path)
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(*authority.sign("127.0.0.1"))

        async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.close()

        server = await asyncio.start_server(hang_up, "127.0.0.1", 0, ssl=context)
        async with server:
            port = server.sockets[0].getsockname()[1]
            unknown = await diagnose_model(settings(f"https://127.0.0.1:{port}/v1"))
            monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
            known = await diagnose_model(settings(f"https://127.0.0.1:{port}/v1"))
        assert unknown is not None
        assert "set SSL_CERT_FILE to a file with your authority's certificate" in unknown
        assert known is not None
        assert "nothing answers at 127.0.0.1" in known

    async def test_the_certificates_of_the_system_are_trusted(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
            monkeypatch.delenv(name, raising=False)
        authority = CertificateAuthority(tmp_path)
        uncached = taskchat.transport_security._tls_context.__wrapped__
        monkeypatch.setattr(taskchat.transport_security, "_tls_context", uncached)
        monkeypatch.setattr(
            ssl.SSLContext, "load_default_certs", lambda context: context.load_verify_locations(authority.file)
        )
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(*authority.sign("127.0.0.1"))

        async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.close()

        async with await asyncio.start_server(hang_up, "127.0.0.1", 0, ssl=context) as server:
            port = server.sockets[0].getsockname()[1]
            problem = await diagnose_model(settings(f"https://127.0.0.1:{port}/v1"))
        assert problem is not None
        assert "nothing answers at 127.0.0.1" in problem

    async def test_a_refusing_proxy_is_reported(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with serving() as proxy:
            monkeypatch.setenv("https_proxy", proxy)
            problem = await diagnose_model(settings("https://models.test/v1"))
        assert problem is not None
        assert "the proxy doesn't let us through to models.test" in problem
