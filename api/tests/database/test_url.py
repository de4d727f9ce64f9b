"""Postgres URLs: the examples shared by all parts of Taskchat, and asyncpg's arguments."""

import json
import ssl
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from support.database import ROOT
from taskchat.database.url import InvalidDatabaseUrl, load_database_url, parse_database_url, url_for_role

SHARED = json.loads((ROOT / "packages/shared-schema/database-urls.json").read_text(encoding="utf-8"))
EXAMPLES = SHARED["examples"]
NEON = EXAMPLES[0]["url"]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example["about"])
def test_a_shared_example(example: dict[str, Any]) -> None:
    if "refused" in example:
        with pytest.raises(InvalidDatabaseUrl) as refusal:
            parse_database_url(example["url"])
        assert str(refusal.value).startswith(example["refused"])
        assert "u:p" not in str(refusal.value)
        return
    url = parse_database_url(example["url"])
    assert {**asdict(url), "ignored": list(url.ignored)} == SHARED["unless_said"] | example["means"]
    assert url.direct().host == example.get("direct_host", url.host)


def test_a_neon_server_is_verified_with_the_systems_roots() -> None:
    context = parse_database_url(NEON).tls_context()
    assert isinstance(context, ssl.SSLContext)
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_an_invalid_root_certificate_is_refused(tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "root.pem"
    if content is not None:
        file.write_text(content, encoding="utf-8")
    url = parse_database_url(f"postgresql://u:p@host/d?sslrootcert={file}")
    with pytest.raises(InvalidDatabaseUrl, match=r"^names a file in sslrootcert"):
        url.tls_context()


@pytest.mark.parametrize(
    ("direct_host", "address"),
    [("db", "db:5432"), ("db.example.com:6000", "db.example.com:6000"), ("[::1]", "[::1]:5432")],
)
def test_a_direct_host_replaces_the_poolers(direct_host: str, address: str) -> None:
    assert parse_database_url(NEON).direct(direct_host).address == address


def test_the_password_is_not_in_the_repr() -> None:
    assert "npg_s3cr3t" not in repr(parse_database_url(NEON))


@pytest.mark.parametrize("url", ["host/db", "postgresql://u:secret@host/d?sslrootcert=/nowhere.pem"])
def test_an_unusable_url_is_reported_with_its_setting_and_without_its_password(url: str) -> None:
    with pytest.raises(InvalidDatabaseUrl, match=r"^DATABASE_URL (is no PostgreSQL URL|names a file)") as refusal:
        load_database_url(url, "DATABASE_URL")
    assert "secret" not in str(refusal.value)


class TestUrlForRole:
    @pytest.mark.parametrize(
        ("admin_url", "expected"),
        [
            ("postgresql://owner:secret@host/db", "postgresql://chat_api:pass@host/db"),
            ("postgres://owner:secret@host:5433/db", "postgresql://chat_api:pass@host:5433/db"),
            ("postgresql+asyncpg://owner@host/db", "postgresql://chat_api:pass@host/db"),
            ("postgresql://o%40wner:p%2Fss@[::1]:5432/db", "postgresql://chat_api:pass@[::1]:5432/db"),
            ("postgresql://o:p@ss@host/db", "postgresql://chat_api:pass@host/db"),
            (NEON, "postgresql://chat_api:pass" + NEON[NEON.index("@") :]),
            (
                "postgresql://o:s@host/db?sslrootcert=/a%20b/me@home.pem",
                "postgresql://chat_api:pass@host/db?sslrootcert=/a%20b/me@home.pem",
            ),
        ],
    )
    def test_only_the_credentials_change(self, admin_url: str, expected: str) -> None:
        assert url_for_role(admin_url, "chat_api", "pass") == expected

    def test_special_characters_in_a_password_survive(self) -> None:
        password = "p:a/s?s@w#o%r d'"
        url = url_for_role("postgresql://owner:secret@host/db", "chat_api", password)
        parsed = parse_database_url(url)
        assert (parsed.user, parsed.password, parsed.host) == ("chat_api", password, "host")
