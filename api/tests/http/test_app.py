"""Health, documentation, headers, framework errors, logs and settings."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from support.api_process import ApiProcess
from support.client import Client, Person, StartApi
from support.database import Database
from support.model_server import Call, Failure, Hold, ModelServer, Reply
from support.refused_settings import assert_refused_in_one_line
from taskchat.settings import load_settings


class TestHealth:
    async def test_it_is_ready_with_a_database_and_keys(self, client: Client) -> None:
        assert (await client.get("/readyz")).json() == {"status": "ready"}

    async def test_a_role_that_can_read_accounts_is_not_ready(self, start_api: StartApi, database: Database) -> None:
        for role_url in (database.admin_url, database.roles.auth):
            role = urlsplit(role_url).username
            await database.fetch(f"alter role {role} set search_path = chat")
            try:
                if role == "auth_service":
                    await database.fetch("grant usage on schema chat to auth_service")
                with start_api(api_database_url=role_url) as url:
                    async with Client(base_url=url) as client:
                        ready = await client.get("/readyz")
            finally:
                search_path = "auth" if role == "auth_service" else "default"
                await database.fetch(f"alter role {role} set search_path = {search_path}")
                await database.fetch("revoke usage on schema chat from auth_service")
            assert (ready.status_code, ready.json()["code"]) == (503, "database_unavailable")
            assert "connect as chat_api" in ready.json()["detail"]

    async def test_without_its_database_it_is_alive_but_not_ready(self, start_api: StartApi) -> None:
        with start_api(api_database_url="postgresql://chat_api@127.0.0.1:9/taskchat") as url:
            async with Client(base_url=url) as client:
                assert (await client.get("/healthz")).status_code == 200
                ready = await client.get("/readyz")
        assert (ready.status_code, ready.json()["code"]) == (503, "database_unavailable")

    async def test_without_its_database_a_turn_is_503(
        self, start_api: StartApi, alice: Person, model: ModelServer
    ) -> None:
        with start_api(api_database_url="postgresql://chat_api@127.0.0.1:9/taskchat") as url:
            async with Client(base_url=url) as client:
                response = await client.chat(alice, "hello")
        assert (response.status_code, response.json()["code"]) == (503, "database_unavailable")
        assert int(response.headers["retry-after"]) >= 1
        assert model.requests == []


def test_its_limit_of_open_files_is_raised(api_environment: dict[str, str]) -> None:
    """The usual limit would be reached with some 500 turns at once."""
    code = """
import resource
most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (most // 2, most))
from taskchat.main import app
assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] == most
"""
    subprocess.run([sys.executable, "-c", code], env=api_environment, check=True)


class TestConfig:
    async def test_it_names_the_assistant(self, client: Client, start_api: StartApi) -> None:
        assert (await client.get("/api/config")).json() == {"assistant": "model", "message_max_chars": 8000}
        with start_api(openai_base_url=None, openai_api_key=None, message_max_chars=100) as url:
            async with Client(base_url=url) as offline:
                assert (await offline.get("/api/config")).json() == {"assistant": "offline", "message_max_chars": 100}
        with start_api(assistant="offline") as url:
            async with Client(base_url=url) as offline:
                assert (await offline.get("/api/config")).json()["assistant"] == "offline"
        with start_api(assistant="none") as url:
            async with Client(base_url=url) as silent:
                assert (await silent.get("/api/config")).json()["assistant"] == "none"


class TestDocs:
    async def test_the_page_loads_only_our_own_files(self, client: Client) -> None:
        page = await client.get("/api/docs")
        assert page.status_code == 200
        assert "http://" not in page.text
        assert "https://" not in page.text
        for asset in ("swagger-ui-bundle.js", "swagger-ui.css", "favicon.png", "start.js", "style.css"):
            assert f'"/api/docs/{asset}"' in page.text
            assert (await client.get(f"/api/docs/{asset}")).status_code == 200

    async def test_every_operation_documents_its_errors(self, client: Client) -> None:
        document = (await client.get("/api/openapi.json")).json()
        operations = {
            (method, path): operation for path, item in document["paths"].items() for method, operation in item.items()
        }
        for (_, path), operation in operations.items():
            if "{user_id}" in path:
                assert {"401", "403", "422", "503"} <= operation["responses"].keys()
                assert operation["security"] == [{"HTTPBearer": []}]
        chat = operations["post", "/api/{user_id}/chat"]["responses"]
        assert {"404", "409", "429", "502", "504"} <= chat.keys()
        assert chat["409"]["content"]["application/problem+json"]["examples"].keys() == {
            "turn_in_progress",
            "conversation_busy",
            "turn_failed",
            "turn_discarded",
        }


POLICY = "default-src 'none'; frame-ancestors 'none'"


class TestSecurityHeaders:
    async def test_every_response_has_them(self, client: Client, start_api: StartApi, alice: Person) -> None:
        answers = [
            *[await client.get(path) for path in ("/healthz", "/readyz", "/api/config", "/api/openapi.json", "/none")],
            await client.get("/api/docs/start.js"),
            await client.get(f"/api/{alice.id}/conversations"),
            await client.as_person(alice, "GET", "/conversations"),
            await client.as_person(alice, "GET", "/export"),
            await client.as_person(alice, "GET", f"/conversations/{alice.id}/messages"),
            await client.as_person(alice, "PUT", "/conversations"),
            await client.as_person(alice, "POST", "/chat", json={}),
            await client.as_person(alice, "POST", "/chat", content=b"x" * 300_000),
        ]
        with start_api(api_database_url="postgresql://chat_api@127.0.0.1:9/taskchat") as url:
            async with Client(base_url=url) as other:
                answers.append(await other.as_person(alice, "GET", "/conversations"))
                answers.append(await other.get("/readyz"))
        assert {answer.status_code for answer in answers} == {200, 401, 404, 405, 413, 422, 503}
        for answer in answers:
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert answer.headers["referrer-policy"] == "no-referrer"
            assert answer.headers["cross-origin-resource-policy"] == "same-origin"
            assert answer.headers["content-security-policy"] == POLICY
            is_asset = answer.url.path == "/api/docs/start.js"
            assert is_asset or answer.headers["cache-control"] == "no-store"

    async def test_an_internal_error_has_them_too(self, start_api: StartApi, alice: Person, database: Database) -> None:
        with start_api() as url:
            async with Client(base_url=url) as client:
                await database.fetch("alter table conversation rename to conversation_elsewhere")
                try:
                    answer = await client.as_person(alice, "GET", "/conversations")
                finally:
                    await database.fetch("alter table conversation_elsewhere rename to conversation")
        assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
        assert answer.headers["content-security-policy"] == POLICY
        assert answer.headers["cache-control"] == "no-store"

    async def test_the_documentation_may_load_only_our_own_files(self, client: Client) -> None:
        policy = (await client.get("/api/docs")).headers["content-security-policy"]
        directives = dict(directive.split(" ", 1) for directive in policy.split("; "))
        assert directives["default-src"] == "'none'"
        assert directives["script-src"] == directives["style-src"] == "'self'"
        assert directives["frame-ancestors"] == "'none'"


class TestProblems:
    async def test_an_unknown_path_is_404(self, client: Client, alice: Person) -> None:
        nowhere = [await client.as_person(alice, "GET", path) for path in ("/nothing", "/conversations/")]
        for response in (await client.get("/nothing"), *nowhere):
            assert (response.status_code, response.json()["code"]) == (404, "not_found")
            assert response.headers["content-type"] == "application/problem+json"

    async def test_an_unknown_method_is_405(self, client: Client, alice: Person) -> None:
        one = f"/conversations/{alice.id}"
        for path, allowed in {"/chat": "DELETE, POST", "/conversations": "GET", one: "DELETE, PATCH"}.items():
            response = await client.as_person(alice, "PUT", path, json={})
            assert (response.status_code, response.json()["code"]) == (405, "method_not_allowed")
            assert response.headers["allow"] == allowed

    async def test_each_response_has_the_request_id(self, client: Client) -> None:
        given = await client.get("/healthz", headers={"x-request-id": "given-1"})
        assert given.headers["x-request-id"] == "given-1"
        for bad in ("a b", "x" * 65, "{}"):
            made = await client.get("/healthz", headers={"x-request-id": bad})
            assert made.headers["x-request-id"] != bad
            assert len(made.headers["x-request-id"]) == 36


@pytest.fixture
def process(api_environment: dict[str, str]) -> Iterator[ApiProcess]:
    with ApiProcess(api_environment) as process:
        yield process


class TestProcess:
    async def test_a_request_is_logged_in_one_json_line_without_its_query(
        self, process: ApiProcess, alice: Person
    ) -> None:
        async with Client(base_url=process.url) as client:
            query = {"q": "secret-search"}
            await client.as_person(alice, "GET", "/conversations", params=query, headers={"x-request-id": "the-id"})
        process.stop()
        [line] = [line for line in process.logged() if line.get("request_id") == "the-id"]
        assert (line["message"], line["level"], line["logger"]) == ("request", "INFO", "taskchat.http.request_log")
        assert (line["method"], line["path"], line["status"]) == ("GET", f"/api/{alice.id}/conversations", 200)
        assert "secret-search" not in "".join(process.output)

    async def test_client_input_is_truncated_in_the_log(self, process: ApiProcess) -> None:
        path = f"/{'x' * 60_000}"
        async with Client(base_url=process.url) as client:
            assert (await client.get(path, headers={"x-request-id": "long"})).status_code == 404
        process.stop()
        [line] = [line for line in process.logged() if line.get("request_id") == "long"]
        assert line["path"] == f"{path[:200]}…"
        assert max(map(len, process.output)) < 2_000

    async def test_failures_log_no_content_and_no_token(
        self, process: ApiProcess, alice: Person, model: ModelServer, database: Database
    ) -> None:
        model.script(
            Reply("secret-answer", (Call("add_task", {"title": "secret-title"}),)),
            Failure(400, '{"error": {"message": "secret-body", "type": "x", "code": "y"}}'),
            Failure(200, "secret-body, which is no JSON"),
            Failure(200, '{"unexpected": "secret-body"}'),
        )
        async with Client(base_url=process.url, timeout=30) as client:
            for _ in range(3):
                response = await client.chat(alice, "secret-message", key="key-1")
                assert response.json()["code"] == "model_error"
            await client.as_person(alice, "POST", "/chat", content=b'{"message": "secret-message')
            await database.delete_user(alice.id)
            assert (await client.chat(alice, "secret-message")).status_code == 401
        process.stop()
        assert [line["code"] for line in process.logged() if line["message"] == "turn failed"] == ["model_error"] * 3
        written = "".join(process.output)
        for secret in ("secret-", alice.token, "key-of-the-tests", "chat-password-for-tests"):
            assert secret not in written

    async def test_a_turn_interrupted_by_a_stop_can_be_retried_immediately(
        self, process: ApiProcess, client: Client, alice: Person, model: ModelServer
    ) -> None:
        hold = Hold(Reply("never"))
        model.script(hold)
        async with Client(base_url=process.url, timeout=60) as other:
            interrupted = asyncio.create_task(other.chat(alice, "hello", key="key-1"))
            await hold.arrival()
            await asyncio.to_thread(process.stop)
            response = await interrupted
        assert (response.status_code, response.json()["code"]) == (503, "model_unavailable")
        assert response.headers["retry-after"] == "1"
        hold.release()
        model.script(Reply("Here I am."))
        response = await client.chat(alice, "hello", key="key-1")
        assert (response.status_code, response.json()["response"]) == (200, "Here I am.")


SETTINGS = {
    "API_DATABASE_URL": "postgresql://u:secret@host/db",
    "JWKS_URL": "http://auth-service:3001/api/auth/jwks",
    "JWT_ISSUER": "https://chat.example.com",
}
NOT_AN_ORIGIN = "must be an origin"
INSECURE = "must begin with https:// outside of a private network"


class TestSettings:
    @pytest.fixture(autouse=True)
    def _environment(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for name, value in SETTINGS.items():
            monkeypatch.setenv(name, value)

    def test_each_missing_or_invalid_setting_is_one_line(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("JWT_ISSUER")
        monkeypatch.setenv("JWKS_URL", "no url")
        monkeypatch.setenv("OPENAI_API", "telepathy")
        with pytest.raises(SystemExit) as refused:
            load_settings()
        lines = str(refused.value).splitlines()
        assert [line.split(":")[0] for line in lines] == ["JWKS_URL", "JWT_ISSUER", "OPENAI_API"]
        assert "secret" not in str(refused.value)

    @pytest.mark.parametrize(
        ("name", "value", "complaint"),
        [
            ("API_DATABASE_URL", "nonsense:secret", "postgresql://"),
            ("API_DATABASE_URL", "postgresql://u:secret@host:port/db", "port"),
            ("JWT_ISSUER", "chat-secret.example.com", NOT_AN_ORIGIN),
            ("JWT_ISSUER", "https://chat-secret.example.com/", NOT_AN_ORIGIN),
            ("JWT_ISSUER", "https://chat-secret.example.com/api/auth", NOT_AN_ORIGIN),
            ("JWT_ISSUER", "https://chat-secret.example.com:443", NOT_AN_ORIGIN),
            ("JWT_ISSUER", "https://u:secret@chat.example.com", NOT_AN_ORIGIN),
            ("JWT_ISSUER", "https://Chat-secret.example.com", NOT_AN_ORIGIN),
            ("JWT_ISSUER", "ftp://chat-secret.example.com", NOT_AN_ORIGIN),
            ("JWT_ISSUER", "http://chat-secret.example.com", INSECURE),
            ("JWKS_URL", "http://auth-secret.example.com/api/auth/jwks", INSECURE),
            ("JWKS_URL", "http://8.8.8.8/secret", INSECURE),
            ("JWKS_URL", "http://[2606:4700::1111]/secret", INSECURE),
            ("JWKS_URL", "http://localhost.example.com/secret", INSECURE),
            ("OPENAI_BASE_URL", "http://models-secret.example.com/v1", INSECURE),
            ("JWKS_MAX_STALE_SECONDS", "299", "must not be below JWKS_MAX_AGE_SECONDS"),
            ("MODEL_TIMEOUT_SECONDS", "91", "must not be above TURN_TIMEOUT_SECONDS"),
        ],
    )
    def test_an_unsafe_setting_is_refused_in_one_line_without_its_value(
        self, monkeypatch: pytest.MonkeyPatch, name: str, value: str, complaint: str
    ) -> None:
        monkeypatch.setenv(name, value)
        assert_refused_in_one_line(name, complaint)

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("JWT_ISSUER", "http://localhost:3000"),
            ("JWT_ISSUER", "http://127.0.0.1:3000"),
            ("JWT_ISSUER", "http://mini.lan:3000"),
            ("JWT_ISSUER", "https://chat.example.com:8443"),
            ("JWKS_URL", "https://auth.example.com/api/auth/jwks"),
            ("JWKS_URL", "http://localhost:3001/api/auth/jwks"),
            ("JWKS_URL", "http://[::1]:3001/api/auth/jwks"),
            ("JWKS_URL", "http://10.1.2.3:3001/api/auth/jwks"),
            ("JWKS_URL", "http://[fd12::1]:3001/api/auth/jwks"),
            ("JWKS_URL", "http://auth-service.railway.internal:3001/api/auth/jwks"),
            ("JWKS_URL", "http://auth.default.svc.cluster.local/api/auth/jwks"),
            ("OPENAI_BASE_URL", "http://localhost:11434/v1"),
            ("MODEL_TIMEOUT_SECONDS", "90"),
            ("TURN_TIMEOUT_SECONDS", "10"),
        ],
    )
    def test_a_safe_setting_is_accepted(self, monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
        monkeypatch.setenv(name, value)
        assert load_settings()
