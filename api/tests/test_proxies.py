"""Which proxy the api uses for the model's server, and startup with an unusable proxy."""

import os
import subprocess
import sys
from collections.abc import Callable

import pytest
from pydantic import AnyHttpUrl

from taskchat.proxies import UnusableProxy, proxy_for
from taskchat.settings import load_settings

PROXY = "http://proxy.example.com:3128"


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)


@pytest.mark.parametrize(
    ("variables", "url", "expected"),
    [
        ({}, "https://api.openai.com/v1", None),
        ({"HTTPS_PROXY": PROXY}, "https://api.openai.com/v1", PROXY),
        ({"https_proxy": PROXY, "HTTPS_PROXY": "http://other"}, "https://api.openai.com/v1", PROXY),
        ({"https_proxy": "proxy.example.com:3128"}, "https://api.openai.com/v1", PROXY),
        ({"http_proxy": PROXY}, "https://api.openai.com/v1", None),
        ({"all_proxy": PROXY}, "https://api.openai.com/v1", PROXY),
        ({"https_proxy": PROXY, "all_proxy": "socks5://127.0.0.1:1080"}, "https://api.openai.com/v1", PROXY),
        ({"all_proxy": "socks5://127.0.0.1:1080", "no_proxy": "openai.com"}, "https://api.openai.com/v1", None),
        ({"https_proxy": PROXY, "no_proxy": ".openai.com"}, "https://api.openai.com/v1", None),
        ({"https_proxy": PROXY, "no_proxy": "*.openai.com"}, "https://api.openai.com/v1", None),
        ({"https_proxy": PROXY, "no_proxy": "*"}, "https://api.openai.com/v1", None),
        ({"https_proxy": PROXY, "NO_PROXY": "a.example, API.OpenAI.com:443"}, "https://api.openai.com/v1", None),
        ({"https_proxy": PROXY, "no_proxy": "localhost api.openai.com"}, "https://api.openai.com/v1", None),
        ({"https_proxy": PROXY, "no_proxy": "api.openai.com:8443"}, "https://api.openai.com/v1", PROXY),
        ({"https_proxy": PROXY, "no_proxy": "penai.com"}, "https://api.openai.com/v1", PROXY),
        ({"http_proxy": PROXY}, "http://10.1.2.3:8000/v1", PROXY),
        ({"http_proxy": PROXY, "no_proxy": "10.0.0.0/8"}, "http://10.1.2.3:8000/v1", None),
        ({"http_proxy": PROXY, "no_proxy": "10.1.2.3"}, "http://10.1.2.3:8000/v1", None),
        ({"http_proxy": PROXY, "no_proxy": "fd00::/8"}, "http://[fd00::1]:8000/v1", None),
        ({"http_proxy": PROXY, "no_proxy": "[fd00::1]:8000"}, "http://[fd00::1]:8000/v1", None),
        ({"http_proxy": PROXY}, "http://localhost:11434/v1", None),
        ({"all_proxy": "socks5://127.0.0.1:1080"}, "http://127.0.0.1:11434/v1", None),
        ({"http_proxy": PROXY}, "http://[::1]:11434/v1", None),
    ],
)
def test_the_proxy_comes_from_the_environment(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], url: str, expected: str | None
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert proxy_for(AnyHttpUrl(url)) == expected


@pytest.mark.parametrize(
    ("name", "value", "complaint"),
    [
        ("all_proxy", "socks5://user:secret@127.0.0.1:1080", "all_proxy: SOCKS proxies can't be used"),
        ("ALL_PROXY", "socks://127.0.0.1:1080", "ALL_PROXY: SOCKS proxies can't be used"),
        ("HTTPS_PROXY", "socks4://secret", "HTTPS_PROXY: SOCKS proxies can't be used"),
        ("https_proxy", "http://secret:port", "https_proxy: the proxy for the model's server must be"),
        ("https_proxy", "http://[secret", "https_proxy: the proxy for the model's server must be"),
        ("https_proxy", "ftp://secret", "https_proxy: the proxy for the model's server must be"),
        ("https_proxy", "http://", "https_proxy: the proxy for the model's server must be"),
        ("https_proxy", "secret:::", "https_proxy: the proxy for the model's server must be"),
        ("HTTPS_PROXY", "%secret%", "HTTPS_PROXY: the proxy for the model's server must be"),
        ("https_proxy", "http://secret:99999", "https_proxy: the proxy for the model's server must be"),
        ("https_proxy", "http://secret:0", "https_proxy: the proxy for the model's server must be"),
        ("https_proxy", "http://se cret", "https_proxy: the proxy for the model's server must be"),
        ("https_proxy", "http://user:secret\x7f@proxy", "https_proxy: the proxy for the model's server must be"),
    ],
)
def test_an_unusable_proxy_is_reported_in_one_line_without_its_value(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, complaint: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(UnusableProxy) as refused:
        proxy_for(AnyHttpUrl("https://api.openai.com/v1"))
    assert str(refused.value).startswith(complaint)
    assert "add api.openai.com to NO_PROXY" in str(refused.value)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_the_remedy_for_a_socks_proxy_names_the_variable_that_would_be_used(
    monkeypatch: pytest.MonkeyPatch, scheme: str
) -> None:
    monkeypatch.setenv("all_proxy", "socks5h://127.0.0.1:1080")
    with pytest.raises(UnusableProxy, match=f"set {scheme.upper()}_PROXY to an HTTP proxy"):
        proxy_for(AnyHttpUrl(f"{scheme}://10.1.2.3:8000/v1"))


class TestStart:
    @pytest.fixture(autouse=True)
    def _environment(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("API_DATABASE_URL", "postgresql://u@host/db")
        monkeypatch.setenv("JWKS_URL", "http://auth-service:3001/api/auth/jwks")
        monkeypatch.setenv("JWT_ISSUER", "https://chat.example.com")
        monkeypatch.setenv("all_proxy", "socks5://127.0.0.1:1080")
        monkeypatch.delenv("OPENAI_API_KEY", raising=False)
        monkeypatch.delenv("OPENAI_BASE_URL", raising=False)

    def test_it_fails_if_the_model_needs_the_proxy(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("OPENAI_API_KEY", "key")
        with pytest.raises(SystemExit) as refused:
            load_settings()
        [line] = str(refused.value).splitlines()
        assert line.startswith("all_proxy: SOCKS proxies can't be used")

    def test_it_succeeds_if_no_model_needs_the_proxy(self) -> None:
        assert load_settings().model_proxy is None


@pytest.mark.parametrize(
    ("proxy", "spelling"),
    [("socks5h://127.0.0.1:1080", str.lower), ("socks://127.0.0.1:1080", str.upper), ("http://[", str.lower)],
)
def test_the_offline_assistant_starts_with_any_proxy(proxy: str, spelling: Callable[[str], str]) -> None:
    """The agents SDK would create an HTTP client for traces, which fails with such a proxy."""
    environment = {
        "API_DATABASE_URL": "postgresql://chat_api@127.0.0.1/taskchat",
        "JWKS_URL": "http://127.0.0.1/api/auth/jwks",
        "JWT_ISSUER": "http://localhost:3000",
        **{spelling(f"{kind}_proxy"): proxy for kind in ("all", "http", "https")},
        spelling("no_proxy"): "[,*::1",
    }
    command = [sys.executable, "-c", "import taskchat.main; taskchat.main.app"]
    created = subprocess.run(command, env=environment, capture_output=True, encoding="utf-8", check=False)
    assert created.returncode == 0, created.stderr
