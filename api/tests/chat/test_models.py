"""Which model server is used, and how the settings change its requests."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from support.http_server import HttpServer
from support.model_server import Api, Failure, ModelRequest, ModelServer, Reply
from support.refused_settings import assert_refused_in_one_line
from taskchat.chat.providers.factory import create_client, create_model
from taskchat.chat.steps import Reply as Said
from taskchat.chat.steps import SaidText, user_message
from taskchat.chat.tools import ToolRunner
from taskchat.settings import Settings, load_settings
from taskchat.tasks.domain import TASKS

REQUIRED = {
    "API_DATABASE_URL": "postgresql://chat_api@host/db",
    "JWKS_URL": "http://auth/jwks",
    "JWT_ISSUER": "http://here",
}
UNSUPPORTED = (
    '{"error": {"message": "Unsupported parameter: \'max_tokens\' is not supported with this model. Use '
    '\'max_completion_tokens\' instead.", "code": "unsupported_parameter"}}'
)
EXTRA_INPUT = '{"object": "error", "message": "body.max_completion_tokens: Extra inputs are not permitted"}'
NO_ROOM = (
    '{"object": "error", "message": "\'max_tokens\' is too large: 4096. This model\'s maximum context length is 4096 '
    'tokens and your request has 1500 input tokens"}'
)
NO_ROOM_FOR_OUTPUT = (
    '{"error": {"message": "This endpoint\'s maximum context length is 4096 tokens. However, you requested about 5596 '
    'tokens (1500 of text input, 4096 in the output). Please reduce the length of either one", "code": 400}}'
)


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("OPENAI_") or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    for name, value in REQUIRED.items():
        monkeypatch.setenv(name, value)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"OPENAI_API_KEY": "key"}, "https://api.openai.com/v1/"),
        ({"OPENAI_API_KEY": "key", "OPENAI_BASE_URL": ""}, "https://api.openai.com/v1/"),
        ({"OPENAI_API_KEY": "key", "OPENAI_BASE_URL": " \n"}, "https://api.openai.com/v1/"),
        ({"OPENAI_BASE_URL": "http://localhost:11434/v1"}, "http://localhost:11434/v1/"),
        ({"OPENAI_BASE_URL": "\thttp://localhost:11434/v1 \r\n"}, "http://localhost:11434/v1/"),
    ],
    ids=["OpenAI", "a variable that is set to nothing", "or to white space", "a server of one's own", "pasted"],
)
def test_the_settings_select_the_server(monkeypatch: pytest.MonkeyPatch, given: dict[str, str], expected: str) -> None:
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    client = create_client(load_settings())
    assert client is not None
    assert str(client.base_url) == expected


def configure(monkeypatch: pytest.MonkeyPatch, **changes: str) -> Settings:
    for name, value in changes.items():
        monkeypatch.setenv(name, value)
    return load_settings()


async def call_model(settings: Settings) -> Said:
    client = create_client(settings)
    assert client is not None
    async with client:
        tools = ToolRunner(TASKS.tools).schemas
        return await create_model(settings, client).ask("Be brief.", [user_message("Hi")], tools)


@pytest.fixture
def request_with(model: ModelServer, monkeypatch: pytest.MonkeyPatch, openai_api: Api) -> Any:
    """Returns a function that calls the model with settings and returns the request."""

    async def call(**changes: str) -> ModelRequest:
        model.script(Reply("Hello."))
        server = {"OPENAI_BASE_URL": model.base_url, "OPENAI_API": openai_api, **changes}
        assert (await call_model(configure(monkeypatch, **server))).said == [SaidText("Hello.")]
        return model.requests[-1]

    return call


class TestRequest:
    async def test_a_request_with_default_settings(self, request_with: Any, openai_api: Api) -> None:
        request = await request_with()
        named = {
            "model",
            "tools",
            *({"input", "instructions", "include"} if openai_api == "responses" else {"messages"}),
        }
        sent = {name: value for name, value in request.body.items() if name not in named}
        limits = {"responses": {"max_output_tokens": 4096, "store": False}, "chat_completions": {"max_tokens": 4096}}
        model = {"responses": {}, "chat_completions": {"max_completion_tokens": 4096}}[openai_api]
        # OpenAI's default model rejects `max_tokens`.
        assert sent == (model or limits[openai_api])

    async def test_a_request_with_all_settings(self, request_with: Any, openai_api: Api) -> None:
        request = await request_with(
            OPENAI_MODEL=" qwen3 ",
            OPENAI_MAX_OUTPUT_TOKENS="2000",
            OPENAI_REASONING_EFFORT="low",
            OPENAI_TEMPERATURE="0.2",
            OPENAI_EXTRA_BODY='{"enable_thinking": false, "temperature": 0.3}',
        )
        body = request.body
        assert (body["model"], body["temperature"], body["enable_thinking"]) == ("qwen3", 0.3, False)
        if openai_api == "responses":
            assert (body["max_output_tokens"], body["reasoning"]) == (2000, {"effort": "low"})
        else:
            assert (body["max_tokens"], body["reasoning_effort"]) == (2000, "low")

    @pytest.mark.parametrize(
        ("extra", "expected"),
        [('{"max_tokens": 7}', {"max_tokens": 7}), ('{"max_completion_tokens": 7}', {"max_completion_tokens": 7})],
    )
    async def test_a_limit_in_the_extra_body_replaces_the_default(
        self, model: ModelServer, monkeypatch: pytest.MonkeyPatch, extra: str, expected: dict[str, int]
    ) -> None:
        model.script(Reply("Hello."))
        await call_model(
            configure(
                monkeypatch,
                OPENAI_BASE_URL=model.base_url,
                OPENAI_API="chat_completions",
                OPENAI_EXTRA_BODY=extra,
            )
        )
        body = model.requests[-1].body
        assert {name: value for name, value in body.items() if name.startswith("max_")} == expected

    async def test_a_limit_of_zero_is_not_sent(self, request_with: Any) -> None:
        request = await request_with(OPENAI_MAX_OUTPUT_TOKENS="0")
        assert not [name for name in request.body if name.startswith("max_")]

    @pytest.mark.parametrize("value", ["auto", "true", "false"])
    async def test_strict_tools_are_configurable(self, request_with: Any, openai_api: Api, value: str) -> None:
        request = await request_with(OPENAI_STRICT_TOOLS=value)
        tools = [tool.get("function", tool) for tool in request.body["tools"]]
        expected = {"auto": openai_api == "responses", "true": True, "false": False}[value]
        assert [("strict" in tool) for tool in tools] == [expected] * len(tools)

    async def test_extra_headers_are_sent_with_the_key(self, request_with: Any) -> None:
        headers = '{"api-key": " secret ", "HTTP-Referer": "https://tasks.example.com"}'
        request = await request_with(OPENAI_API_KEY=" sk-test\n", OPENAI_EXTRA_HEADERS=headers)
        assert request.headers["authorization"] == "Bearer sk-test"
        assert request.headers["api-key"] == "secret"
        assert request.headers["http-referer"] == "https://tasks.example.com"

    @pytest.mark.parametrize(
        ("extra", "expected"),
        [
            ({}, {"accept": "application/json", "accept-encoding": "identity"}),
            ({"Accept": "text/json", "USER-AGENT": "Mine"}, {"accept": "text/json", "user-agent": "Mine"}),
        ],
        ids=["ours", "changed by the settings"],
    )
    async def test_headers_about_the_answer(
        self, request_with: Any, extra: dict[str, str], expected: dict[str, str]
    ) -> None:
        """Some gateways answer with a page of HTML to clients that accept anything."""
        request = await request_with(OPENAI_EXTRA_HEADERS=json.dumps(extra))
        assert {name: request.headers[name] for name in expected} == expected

    async def test_a_custom_authorization_header_replaces_the_key(self, request_with: Any) -> None:
        request = await request_with(OPENAI_API_KEY="sk-test", OPENAI_EXTRA_HEADERS='{"Authorization": "Basic dTpw"}')
        assert request.headers["authorization"] == "Basic dTpw"

    async def test_without_a_key_no_authorization_is_sent(self, request_with: Any) -> None:
        """Azure could reject a placeholder even though `api-key` is right."""
        request = await request_with(OPENAI_EXTRA_HEADERS='{"api-key": "secret"}')
        assert "authorization" not in request.headers
        assert request.headers["api-key"] == "secret"

    @pytest.mark.parametrize("value", ["kept", "\xff"], ids=["valid", "a byte that no header may contain"])
    async def test_cookies_of_the_server_are_not_sent_back(
        self, model: ModelServer, monkeypatch: pytest.MonkeyPatch, value: str
    ) -> None:
        """They would connect the users' requests, and an invalid one would fail every later request."""
        model.script(Failure(400, headers={"set-cookie": f"sid={value}"}), Reply("Hello."))
        settings = configure(monkeypatch, OPENAI_BASE_URL=model.base_url)
        client = create_client(settings)
        assert client is not None
        async with client:
            language_model = create_model(settings, client)
            with pytest.raises(httpx.HTTPStatusError):
                await language_model.ask("Be brief.", [user_message("Hi")], ())
            await language_model.ask("Be brief.", [user_message("Hi")], ())
        assert "cookie" not in model.requests[-1].headers

    async def test_other_environment_variables_are_not_sent(
        self, request_with: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name in ("ORG_ID", "PROJECT_ID", "ADMIN_KEY", "WEBHOOK_SECRET", "API_VERSION", "API_TYPE"):
            monkeypatch.setenv(f"OPENAI_{name}", "of-the-shell")
        monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "authorization: of-the-shell\nx-shell: of-the-shell")
        request = await request_with(OPENAI_API_KEY="sk-test")
        assert "of-the-shell" not in str(request)
        assert request.headers["authorization"] == "Bearer sk-test"

    async def test_a_query_in_the_base_url_is_kept(self, monkeypatch: pytest.MonkeyPatch, openai_api: Api) -> None:
        with recording() as (url, requests):
            changes = {"OPENAI_BASE_URL": f"{url}/v1?api-version=2025-04-01&x=%2F", "OPENAI_API": openai_api}
            with pytest.raises(httpx.HTTPStatusError):
                await call_model(configure(monkeypatch, **changes))
        path = {"responses": "/v1/responses", "chat_completions": "/v1/chat/completions"}[openai_api]
        assert {(r.url.path, r.query_params["api-version"], r.query_params["x"]) for r in requests} == {
            (path, "2025-04-01", "/")
        }

    async def test_a_proxy_is_used(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with recording() as (proxy, requests):
            changes = {"OPENAI_BASE_URL": "http://models.test/v1", "http_proxy": proxy}
            with pytest.raises(httpx.HTTPStatusError):
                await call_model(configure(monkeypatch, **changes))
        assert requests[0].headers["host"] == "models.test"

    async def test_redirects_are_not_followed(self, model: ModelServer, monkeypatch: pytest.MonkeyPatch) -> None:
        """Otherwise messages and keys could go to a server that no setting names."""
        elsewhere = f"{model.base_url}/responses"
        with recording(status=307, location=elsewhere) as (url, _), pytest.raises(httpx.HTTPStatusError) as refused:
            await call_model(configure(monkeypatch, OPENAI_BASE_URL=f"{url}/v1"))
        assert refused.value.response.status_code == 307
        assert model.requests == []


@contextmanager
def recording(status: int = 404, location: str = "") -> Iterator[tuple[str, list[Request]]]:
    requests: list[Request] = []

    async def answer(request: Request) -> Response:
        requests.append(request)
        return JSONResponse({"error": {"message": "no"}}, status, {"location": location} if location else None)

    app = Starlette(routes=[Route("/{path:path}", answer, methods=["GET", "POST"])])
    with HttpServer(app) as server:
        yield server.url, requests


class TestLimit:
    """Servers differ in the name of the output limit and in its maximum."""

    @pytest.fixture
    def _chat(self, monkeypatch: pytest.MonkeyPatch, model: ModelServer) -> None:
        monkeypatch.setenv("OPENAI_BASE_URL", model.base_url)
        monkeypatch.setenv("OPENAI_API", "chat_completions")

    @pytest.mark.parametrize(
        ("name", "refusal", "sent"),
        [
            ("qwen3", UNSUPPORTED, ["max_tokens", "max_completion_tokens", "max_completion_tokens"]),
            ("gpt-5-mini", EXTRA_INPUT, ["max_completion_tokens", "max_tokens", "max_tokens"]),
            ("qwen3", NO_ROOM, ["max_tokens", None, "max_tokens"]),
            ("qwen3", NO_ROOM_FOR_OUTPUT, ["max_tokens", None, "max_tokens"]),
        ],
    )
    @pytest.mark.usefixtures("_chat")
    async def test_a_rejected_limit_is_remembered(
        self, model: ModelServer, monkeypatch: pytest.MonkeyPatch, name: str, refusal: str, sent: list[str | None]
    ) -> None:
        settings = configure(monkeypatch, OPENAI_MODEL=name)
        client = create_client(settings)
        assert client is not None
        model.script(Failure(400, refusal), Reply("Hello."), Reply("Hello again."))
        async with client:
            language_model = create_model(settings, client)
            for _ in range(2):
                await language_model.ask("Be brief.", [user_message("Hi")], ())
        names = [[name for name in request.body if name.startswith("max_")] for request in model.requests]
        assert names == [[name] if name else [] for name in sent]

    @pytest.mark.usefixtures("_chat")
    async def test_an_unrelated_error_does_not_change_the_limit(
        self, model: ModelServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Another error may mention the limit, for example because it quotes a message."""
        echo = '{"error": {"message": "cannot parse: max_tokens and max_completion_tokens are not supported"}}'
        client = create_client(configure(monkeypatch, OPENAI_MODEL="qwen3"))
        assert client is not None
        async with client:
            language_model = create_model(load_settings(), client)
            model.script(*[Failure(400, echo)] * 3, Reply("Hello."))
            with pytest.raises(httpx.HTTPStatusError):
                await language_model.ask("Be brief.", [user_message("Hi")], ())
            await language_model.ask("Be brief.", [user_message("Hi")], ())
        assert "max_tokens" in model.requests[-1].body

    @pytest.mark.usefixtures("_chat")
    async def test_other_errors_are_not_retried(self, model: ModelServer, monkeypatch: pytest.MonkeyPatch) -> None:
        model.script(Failure(400))
        with pytest.raises(httpx.HTTPStatusError):
            await call_model(configure(monkeypatch))
        assert len(model.requests) == 1

    @pytest.mark.parametrize(
        ("base_url", "name", "first"),
        [
            ("", "gpt-4o", "max_completion_tokens"),
            ("https://mine.openai.azure.com/openai/v1", "mine", "max_completion_tokens"),
            ("https://gateway.example.com/openai/deployments/x?api-version=1", "x", "max_completion_tokens"),
            ("https://openrouter.ai/api/v1", "openai/gpt-5-mini", "max_completion_tokens"),
            ("https://openrouter.ai/api/v1", "openai/gpt-oss-20b", "max_tokens"),
            ("https://api.mistral.ai/v1", "mistral-large-latest", "max_tokens"),
            ("http://localhost:11434/v1", "qwen3", "max_tokens"),
        ],
    )
    def test_the_most_likely_name_is_tried_first(
        self, monkeypatch: pytest.MonkeyPatch, base_url: str, name: str, first: str
    ) -> None:
        from taskchat.chat.providers.factory import request_options

        settings = configure(
            monkeypatch,
            OPENAI_API_KEY="key",
            OPENAI_BASE_URL=base_url,
            OPENAI_MODEL=name,
            OPENAI_API="chat_completions",
        )
        assert request_options(settings).limit_names[0] == first


@pytest.mark.parametrize(
    ("name", "value", "complaint"),
    [
        ("OPENAI_API_KEY", "sk secret", "must not contain spaces, line breaks"),
        ("OPENAI_API_KEY", "sk-\nsecret", "must not contain spaces, line breaks"),
        ("OPENAI_API_KEY", "sk-secret…", "must not contain spaces, line breaks"),
        ("OPENAI_API_KEY", "sk-secret\x00"[:-1] + "\x7f", "must not contain spaces, line breaks"),
        ("OPENAI_BASE_URL", "https://secret .example.com/v1", "must not contain spaces, line breaks"),
        ("OPENAI_BASE_URL", "https://user:secret@models.example.com/v1", "must not contain a user name or password"),
        ("OPENAI_BASE_URL", "https://models.example.com/v1#secret", "must not contain #"),
        ("OPENAI_BASE_URL", "https://secret.example.com/v1/chat/completions", "must end before /chat/completions"),
        ("OPENAI_BASE_URL", "https://secret.example.com/v1/responses/?x=1", "must end before /responses"),
        ("OPENAI_MODEL", "  ", "at least 1 character"),
        ("OPENAI_MAX_OUTPUT_TOKENS", "-1", "greater than or equal to 0"),
        ("OPENAI_TEMPERATURE", "3", "less than or equal to 2"),
        ("OPENAI_TEMPERATURE", "nan", "less than or equal to 2"),
        ("MODEL_TIMEOUT_SECONDS", "inf", "less than or equal to 86400"),
        ("TURN_TIMEOUT_SECONDS", "1e300", "less than or equal to 86400"),
        ("OPENAI_REASONING_EFFORT", "low secret", "pattern"),
        ("OPENAI_STRICT_TOOLS", "yes", "'auto', 'true' or 'false'"),
        ("OPENAI_EXTRA_BODY", "secret", 'must be a JSON object, such as {"enable_thinking": false}'),
        ("OPENAI_EXTRA_BODY", '["secret"]', "must be a JSON object"),
        ("OPENAI_EXTRA_BODY", "[" * 100_000, "must be a JSON object"),
        ("OPENAI_EXTRA_BODY", '{"top_p": NaN, "x": "secret"}', "must be a JSON object"),
        ("OPENAI_EXTRA_BODY", '{"top_p": 1e999, "x": "secret"}', "must be a JSON object"),
        ("OPENAI_EXTRA_BODY", '{"x": "secret \\ud800"}', "must be a JSON object"),
        ("OPENAI_EXTRA_BODY", '{"stream": true}', "must not set stream"),
        ("OPENAI_EXTRA_BODY", '{"messages": ["secret"]}', "must not set messages"),
        ("OPENAI_EXTRA_HEADERS", "api-key: secret", "must be a JSON object of strings"),
        ("OPENAI_EXTRA_HEADERS", '{"api-key": 7}', "must be a JSON object of strings"),
        ("OPENAI_EXTRA_HEADERS", '{"api key": "secret"}', "invalid name or value"),
        ("OPENAI_EXTRA_HEADERS", '{"api-key": "sec\\nret: secret"}', "invalid name or value"),
        ("OPENAI_EXTRA_HEADERS", '{"Content-Length": "7"}', "must not set content-length"),
    ],
)
def test_an_invalid_setting_is_refused_in_one_line_without_its_value(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, complaint: str
) -> None:
    monkeypatch.setenv(name, value)
    assert_refused_in_one_line(name, complaint)


def test_header_values_are_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = configure(monkeypatch, OPENAI_API_KEY="sk-secret", OPENAI_EXTRA_HEADERS='{"api-key": "secret"}')
    assert "secret" not in repr(settings)


async def test_reasoning_is_requested_until_the_server_rejects_it(
    model: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = create_client(configure(monkeypatch, OPENAI_BASE_URL=model.base_url))
    assert client is not None
    async with client:
        language_model = create_model(load_settings(), client)
        model.script(*[Failure(400, '{"error": {"message": "the input must include a question"}}')] * 2)
        with pytest.raises(httpx.HTTPStatusError):
            await language_model.ask("Be brief.", [user_message("Hi")], ())
        refusal = Failure(400, '{"error": {"message": "Encrypted content is not supported with this model."}}')
        model.script(refusal, Reply("Hello."), Reply("Hello again."))
        for _ in range(2):
            await language_model.ask("Be brief.", [user_message("Hi")], ())
    assert ["include" in request.body for request in model.requests] == [True, False, True, False, False]
