"""Postgres URLs: the examples that all parts of Taskchat share, and what asyncpg is told."""

import json
import ssl
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from support.database import ROOT
from taskchat.database.url import InvalidDatabaseUrl, parse_database_url

SHARED = json.loads((ROOT / "packages/shared-schema/database-urls.json").read_text())
EXAMPLES = SHARED["examples"]
NEON = EXAMPLES[0]["url"]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example["about"])
def test_examples(example: dict[str, Any]) -> None:
    if "refused" in example:
        with pytest.raises(InvalidDatabaseUrl) as refusal:
            parse_database_url(example["url"])
        assert str(refusal.value).startswith(example["refused"])
        assert "u:p" not in str(refusal.value)
        return
    url = parse_database_url(example["url"])
    assert {**asdict(url), "ignored": list(url.ignored)} == SHARED["unless_said"] | example["means"]
    assert url.direct().host == example.get("direct_host", url.host)


def test_neons_server_is_verified_by_the_machines_roots() -> None:
    context = parse_database_url(NEON).tls_context()
    assert isinstance(context, ssl.SSLContext)
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_a_root_that_is_none_is_refused(tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "root.pem"
    if content is not None:
        file.write_text(content)
    url = parse_database_url(f"postgresql://u:p@host/d?sslrootcert={file}")
    with pytest.raises(InvalidDatabaseUrl, match=r"^names a file in sslrootcert"):
        url.tls_context()


@pytest.mark.parametrize(
    ("direct_host", "address"),
    [("db", "db:5432"), ("db.example.com:6000", "db.example.com:6000"), ("[::1]", "[::1]:5432")],
)
def test_a_direct_host_that_is_set(direct_host: str, address: str) -> None:
    assert parse_database_url(NEON).direct(direct_host).address == address


def test_the_password_shows_in_no_representation() -> None:
    assert "npg_s3cr3t" not in repr(parse_database_url(NEON))
