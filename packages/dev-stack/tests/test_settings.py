"""Settings from the environment and from .env."""

import os
import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from support.providers import PROVIDERS
from taskchat.chat.providers.factory import create_client
from taskchat.settings import Settings, load_settings
from taskchat_dev_stack.errors import DevStackError
from taskchat_dev_stack.programs import SETTINGS, SETTINGS_OF, build_environment
from taskchat_dev_stack.repository import ROOT
from taskchat_dev_stack.settings import read_settings

NOWHERE = Path("/nowhere/.env")
STRICT_SERVERS = {
    "OpenAI": "openai-responses",
    "Azure OpenAI": "azure",
    "Azure OpenAI, versioned": "azure-versioned",
    "Gemini": "gemini",
    "Mistral": "mistral",
    "DeepSeek": "deepseek",
    "Kimi": "kimi",
    "Qwen at DashScope": "dashscope",
    "Groq": "groq",
    "OpenRouter": "openrouter",
    "xAI": "xai",
    "Bedrock": "bedrock",
    "Ollama": "ollama",
    "LM Studio": "lm-studio",
    "llama.cpp": "llama-cpp",
    "vLLM": "vllm",
    "LiteLLM": "litellm",
}


@pytest.fixture
def env_file(tmp_path: Path) -> Path:
    return tmp_path / ".env"


class TestReadSettings:
    def test_defaults_are_those_of_make_dev(self) -> None:
        settings = read_settings({}, NOWHERE)
        assert (settings.port, settings.data, settings.public_url) == (3000, ROOT / ".data", None)
        assert (settings.web, settings.shutdown_grace_seconds, settings.durable) == ("built", 3, True)
        assert read_settings({"HOT": "1"}, NOWHERE).web == "hot"
        assert settings.wants_embedded_database

    def test_the_environment_overrides_the_file(self, env_file: Path) -> None:
        env_file.write_text(
            "PORT=4000\nexport OPENAI_MODEL='of the file' # comment\n\n# PORT=1\nTASKCHAT_DATA=/data\n",
            encoding="utf-8",
        )
        settings = read_settings({"PORT": "5000"}, env_file)
        assert (settings.port, settings.data) == (5000, Path("/data"))
        assert settings.env == {"PORT": "5000", "OPENAI_MODEL": "of the file", "TASKCHAT_DATA": "/data"}

    def test_empty_variables_count_as_unset(self, env_file: Path) -> None:
        env_file.write_text("PORT=4000\nPUBLIC_URL=\n", encoding="utf-8")
        settings = read_settings({"PORT": "", "DATABASE_URL": ""}, env_file)
        assert (settings.port, settings.public_url, settings.database_url) == (4000, None, None)

    def test_a_database_of_the_user(self) -> None:
        url = "postgresql://u:p@host/db"
        assert not read_settings({"DATABASE_URL": url}, NOWHERE).wants_embedded_database
        both = {"AUTH_DATABASE_URL": url, "API_DATABASE_URL": url}
        assert not read_settings(both, NOWHERE).wants_embedded_database
        assert read_settings({"API_DATABASE_URL": url}, NOWHERE).wants_embedded_database

    @pytest.mark.parametrize(
        ("environ", "complaint"),
        [
            ({"PORT": "http"}, "PORT is 'http', but must be a whole number from 1 to 65535."),
            ({"PORT": "0"}, "PORT is '0', but must be a whole number from 1 to 65535."),
            ({"PORT": "65536"}, "PORT is '65536', but must be a whole number from 1 to 65535."),
            ({"PORT": "٣"}, "PORT is '٣', but must be a whole number from 1 to 65535."),
            ({"SHUTDOWN_GRACE_SECONDS": "3.5"}, "SHUTDOWN_GRACE_SECONDS is '3.5', but must be a whole number"),
            ({"PUBLIC_URL": "chat.example.com"}, "PUBLIC_URL is 'chat.example.com', but must be an origin"),
            ({"PUBLIC_URL": "https://chat.example.com/"}, "PUBLIC_URL is 'https://chat.example.com/'"),
            ({"HOT": "yes"}, "HOT is 'yes', but must be 1 or 0."),
            ({"BETTER_AUTH_SECRET": "short"}, "BETTER_AUTH_SECRET has 5 characters and needs 32."),
            ({"API_DATABASE_URL": "nonsense"}, "API_DATABASE_URL is no PostgreSQL URL, "),
            ({"API_MIGRATION_DATABASE_URL": "nonsense"}, "API_MIGRATION_DATABASE_URL is no PostgreSQL URL, "),
        ],
    )
    def test_an_invalid_setting(self, environ: dict[str, str], complaint: str) -> None:
        with pytest.raises(DevStackError, match=f"^{re.escape(complaint)}"):
            read_settings(environ, NOWHERE)

    @pytest.mark.parametrize("text", ["A=1\nnonsense line\n", "A=1\nB\n", "A=1\nB='open\n"])
    def test_a_broken_file(self, env_file: Path, text: str) -> None:
        env_file.write_text(text, encoding="utf-8")
        with pytest.raises(DevStackError, match=rf"^{re.escape(str(env_file))}, line 2: write it as NAME=value$"):
            read_settings({}, env_file)

    def test_errors_contain_no_secret(self) -> None:
        settings = read_settings({"BETTER_AUTH_SECRET": "s" * 32, "DATABASE_URL": "postgresql://u:s3cret@h/d"}, NOWHERE)
        assert "ssss" not in repr(settings)
        assert "s3cret" not in repr(settings)


class TestNames:
    def test_the_api_gets_every_setting_that_it_reads(self) -> None:
        assert {name.upper() for name in Settings.model_fields} <= SETTINGS_OF["api"]

    def test_auth_service_gets_every_setting_that_it_reads(self) -> None:
        """Its source names each one in the schema of its settings."""
        schema = (ROOT / "auth-service/src/settings.ts").read_text(encoding="utf-8").partition("return z.object({")[2]
        names = set(re.findall(r"^ {4}([A-Z][A-Z_]+):", schema, re.MULTILINE))
        assert "SMTP_URL" in names
        assert names <= SETTINGS_OF["auth"]

    def test_the_api_inherits_only_proxies(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in ("OPENAI_ORG_ID", "OPENAI_CUSTOM_HEADERS", "OPENAI_ADMIN_KEY", "all_proxy", "no_proxy"):
            monkeypatch.setenv(name, "of the shell")
        got = build_environment("api", {"OPENAI_MODEL": "qwen3", "OPENAI_ORG_ID": "of .env", "SMTP_URL": "smtp://mail"})
        assert got["OPENAI_MODEL"] == "qwen3"
        assert {name for name, value in got.items() if value.startswith(("of ", "smtp"))} == {"all_proxy", "no_proxy"}


class TestExampleFile:
    def test_it_lists_every_setting_and_sets_none(self) -> None:
        text = (ROOT / ".env.example").read_text(encoding="utf-8")
        assert {line for line in text.splitlines() if line and not line.startswith("#")} == set()
        named = set(re.findall(r"^#([A-Z_]+)=", text, re.MULTILINE))
        inner = {"AUTH_LISTEN_ADDRESS"}
        of_containers = {"BACKUP_FOLDER", "BACKUP_USER", "BACKUP_EVERY_HOURS", "BACKUP_KEEP"}
        assert named == SETTINGS - inner | of_containers


PRESETS = dict(
    re.findall(
        r"^### (.+)\n\n```\n(OPENAI_[^`]+)```$", (ROOT / "docs/models.md").read_text(encoding="utf-8"), re.MULTILINE
    )
)


class TestPresets:
    """The lines for `.env` in docs/models.md."""

    def test_there_are_some_for_each_provider(self) -> None:
        assert list(PRESETS) == [
            *("OpenAI", "Azure OpenAI", "Azure OpenAI, versioned", "Gemini", "Mistral", "DeepSeek", "Kimi"),
            *("Qwen at DashScope", "Groq", "OpenRouter", "xAI", "Bedrock"),
            *("Ollama", "LM Studio", "llama.cpp", "vLLM", "LiteLLM"),
        ]

    @pytest.mark.parametrize("provider", PRESETS)
    def test_the_api_starts_with_them(self, monkeypatch: pytest.MonkeyPatch, env_file: Path, provider: str) -> None:
        env_file.write_text(PRESETS[provider], encoding="utf-8")
        given = read_settings({}, env_file).env
        others = {
            "API_DATABASE_URL": "postgresql://chat_api@host/db",
            "JWKS_URL": "http://auth/jwks",
            "JWT_ISSUER": "http://here",
        }
        for name in os.environ:
            monkeypatch.delenv(name)
        for name, value in build_environment("api", {**others, **given}).items():
            monkeypatch.setenv(name, value)
        settings = load_settings()
        assert settings.asks_model
        assert {name.upper() for name in settings.model_fields_set} == given.keys() | others.keys()
        client = create_client(settings)
        assert client is not None
        request = client.build_request("POST", "/path")
        base_url, _, query = given.get("OPENAI_BASE_URL", "https://api.openai.com/v1").partition("?")
        assert str(request.url) == f"{base_url}/path" + (f"?{query}" if query else "")

    @pytest.mark.parametrize(("provider", "name"), STRICT_SERVERS.items())
    def test_they_are_those_that_its_strict_server_wants(self, env_file: Path, provider: str, name: str) -> None:
        [server] = [kind for kind in PROVIDERS if kind.name == name]
        env_file.write_text(PRESETS[provider].replace("your-key", "key-of-the-tests"), encoding="utf-8")
        given = read_settings({}, env_file).env
        url = urlsplit(given.get("OPENAI_BASE_URL", "https://api.openai.com/v1"))
        assert given.get("OPENAI_API", "responses") == server.api
        path = server.path.replace("my-deployment", "your-deployment")
        assert (url.path, url.query) == (path, server.query.removeprefix("?"))
        assert server.environment.items() <= given.items()
