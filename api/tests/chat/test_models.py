"""Which model's server is asked."""

import pytest

from taskchat.chat.models import create_client
from taskchat.settings import load_settings

REQUIRED = {
    "API_DATABASE_URL": "postgresql://chat_api@host/db",
    "JWKS_URL": "http://auth/jwks",
    "JWT_ISSUER": "http://here",
}


@pytest.mark.parametrize(
    ("given", "asked"),
    [
        ({"OPENAI_API_KEY": "key"}, "https://api.openai.com/v1/"),
        ({"OPENAI_API_KEY": "key", "OPENAI_BASE_URL": ""}, "https://api.openai.com/v1/"),
        ({"OPENAI_BASE_URL": "http://localhost:11434/v1"}, "http://localhost:11434/v1/"),
    ],
    ids=["OpenAI", "a variable that is set to nothing", "a server of one's own"],
)
def test_the_server_is_the_one_that_the_settings_name(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, str], asked: str
) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    for name, value in (REQUIRED | given).items():
        monkeypatch.setenv(name, value)
    client = create_client(load_settings())
    assert client is not None
    assert str(client.base_url) == asked
