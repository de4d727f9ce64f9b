"""Settings from the environment and from .env."""

import re
from pathlib import Path

import pytest

from taskchat.settings import Settings
from taskchat_dev_stack.errors import DevStackError
from taskchat_dev_stack.programs import SETTINGS
from taskchat_dev_stack.repository import ROOT
from taskchat_dev_stack.settings import read_settings

NOWHERE = Path("/nowhere/.env")


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

    def test_the_environment_wins_over_the_file(self, env_file: Path) -> None:
        env_file.write_text("PORT=4000\nexport OPENAI_MODEL='of the file' # comment\n\n# PORT=1\nTASKCHAT_DATA=/data\n")
        settings = read_settings({"PORT": "5000"}, env_file)
        assert (settings.port, settings.data) == (5000, Path("/data"))
        assert settings.env == {"PORT": "5000", "OPENAI_MODEL": "of the file", "TASKCHAT_DATA": "/data"}

    def test_what_is_set_to_nothing_is_not_set(self, env_file: Path) -> None:
        env_file.write_text("PORT=4000\nPUBLIC_URL=\n")
        settings = read_settings({"PORT": "", "DATABASE_URL": ""}, env_file)
        assert (settings.port, settings.public_url, settings.database_url) == (4000, None, None)

    def test_a_database_of_ones_own(self) -> None:
        url = "postgresql://u:p@host/db"
        assert not read_settings({"DATABASE_URL": url}, NOWHERE).wants_embedded_database
        both = {"AUTH_DATABASE_URL": url, "API_DATABASE_URL": url}
        assert not read_settings(both, NOWHERE).wants_embedded_database
        assert read_settings({"API_DATABASE_URL": url}, NOWHERE).wants_embedded_database

    @pytest.mark.parametrize(
        ("environ", "complaint"),
        [
            ({"PORT": "http"}, "PORT is 'http'; it has to be a whole number from 1 to 65535."),
            ({"PORT": "0"}, "PORT is '0'; it has to be a whole number from 1 to 65535."),
            ({"PORT": "65536"}, "PORT is '65536'; it has to be a whole number from 1 to 65535."),
            ({"PORT": "٣"}, "PORT is '٣'; it has to be a whole number from 1 to 65535."),
            ({"SHUTDOWN_GRACE_SECONDS": "3.5"}, "SHUTDOWN_GRACE_SECONDS is '3.5'; it has to be a whole number"),
            ({"PUBLIC_URL": "chat.example.com"}, "PUBLIC_URL is 'chat.example.com'; it has to be an origin"),
            ({"PUBLIC_URL": "https://chat.example.com/"}, "PUBLIC_URL is 'https://chat.example.com/'"),
            ({"HOT": "yes"}, "HOT is 'yes'; it has to be 1 or 0."),
            ({"BETTER_AUTH_SECRET": "short"}, "BETTER_AUTH_SECRET has 5 characters and needs 32."),
            ({"API_DATABASE_URL": "nonsense"}, "API_DATABASE_URL is no PostgreSQL URL, "),
            ({"API_MIGRATION_DATABASE_URL": "nonsense"}, "API_MIGRATION_DATABASE_URL is no PostgreSQL URL, "),
        ],
    )
    def test_what_cannot_be(self, environ: dict[str, str], complaint: str) -> None:
        with pytest.raises(DevStackError, match=f"^{re.escape(complaint)}"):
            read_settings(environ, NOWHERE)

    @pytest.mark.parametrize("text", ["A=1\nnonsense line\n", "A=1\nB\n", "A=1\nB='open\n"])
    def test_a_broken_file(self, env_file: Path, text: str) -> None:
        env_file.write_text(text)
        with pytest.raises(DevStackError, match=rf"^{re.escape(str(env_file))}, line 2: write it as NAME=value$"):
            read_settings({}, env_file)

    def test_no_secret_shows_in_an_error(self) -> None:
        settings = read_settings({"BETTER_AUTH_SECRET": "s" * 32, "DATABASE_URL": "postgresql://u:s3cret@h/d"}, NOWHERE)
        assert "ssss" not in repr(settings)
        assert "s3cret" not in repr(settings)


class TestNames:
    def test_every_setting_of_the_api_is_known(self) -> None:
        assert {name.upper() for name in Settings.model_fields} <= SETTINGS


class TestExampleFile:
    def test_it_names_every_setting_and_sets_none(self) -> None:
        text = (ROOT / ".env.example").read_text()
        assert {line for line in text.splitlines() if line and not line.startswith("#")} == set()
        named = set(re.findall(r"^#([A-Z_]+)=", text, re.MULTILINE))
        inner = {"AUTH_HOST", "AUTH_PORT"}
        assert named == SETTINGS - inner
