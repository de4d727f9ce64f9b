"""URLs of databases, as people paste them."""

import ssl

import pytest

from taskchat_dev_stack.database_url import asyncpg_arguments, for_role, password_of, shown, split_url
from taskchat_dev_stack.errors import DevStackError

NEON = "postgresql://owner:npg_secret@ep-a-b-pooler.eu.aws.neon.tech/neondb?sslmode=require&channel_binding=require"


class TestForRole:
    @pytest.mark.parametrize(
        ("admin_url", "expected"),
        [
            ("postgresql://owner:secret@host/db", "postgresql://chat_api:pass@host/db"),
            ("postgres://owner:secret@host:5433/db", "postgresql://chat_api:pass@host:5433/db"),
            ("postgresql+asyncpg://owner@host/db", "postgresql://chat_api:pass@host/db"),
            ("postgresql://host/db", "postgresql://chat_api:pass@host/db"),
            ("postgresql://o%40wner:p%2Fss@[::1]:5432/db", "postgresql://chat_api:pass@[::1]:5432/db"),
            (
                "postgresql://host/db?user=owner&password=secret&sslmode=disable",
                "postgresql://chat_api:pass@host/db?sslmode=disable",
            ),
            (NEON, NEON.replace("owner:npg_secret", "chat_api:pass")),
            (
                "postgresql://o:s@host/db?options=endpoint%3Dep-a",
                "postgresql://chat_api:pass@host/db?options=endpoint%3Dep-a",
            ),
            (
                "postgresql://o:s@host/db?sslrootcert=/a%20b/ca.pem",
                "postgresql://chat_api:pass@host/db?sslrootcert=%2Fa+b%2Fca.pem",
            ),
        ],
    )
    def test_all_but_the_user_stays(self, admin_url: str, expected: str) -> None:
        assert for_role(admin_url, "chat_api", "pass") == expected

    def test_a_password_with_all_kinds_of_characters_comes_back(self) -> None:
        password = "p:a/s?s@w#o%r d'"
        url = for_role("postgresql://owner:secret@host/db", "chat_api", password)
        assert password_of(url, "chat_api", "API_DATABASE_URL") == password
        assert split_url(url, "").hostname == "host"


class TestPasswordOf:
    @pytest.mark.parametrize(
        ("url", "expected"),
        [
            ("postgresql://chat_api:pass@host/db", "pass"),
            ("postgresql://chat_api@host/db", None),
            ("postgresql://another:pass@host/db", None),
        ],
    )
    def test_only_the_roles_own(self, url: str, expected: str | None) -> None:
        assert password_of(url, "chat_api", "API_DATABASE_URL") == expected


class TestSplitUrl:
    @pytest.mark.parametrize(
        "url",
        [
            *("", "host/db", "mysql://u:secret@host/db", "postgresql://u:secret@/db", "postgresql://u:secret@host"),
            *(
                "postgresql://u:secret@host:port/db",
                "postgresql://u:secret@[host/db",
                "postgresql://u:secret@host:70000/db",
            ),
        ],
    )
    def test_what_is_no_postgres_url(self, url: str) -> None:
        with pytest.raises(DevStackError, match=r"^DATABASE_URL is no PostgreSQL URL") as refusal:
            split_url(url, "DATABASE_URL")
        assert "u:secret" not in str(refusal.value)

    def test_what_is_shown_of_it(self) -> None:
        assert shown(NEON) == "ep-a-b-pooler.eu.aws.neon.tech/neondb"


class TestAsyncpgArguments:
    @pytest.mark.parametrize("mode", ["require", "verify-ca", "verify-full"])
    def test_encryption_means_a_verified_server(self, mode: str) -> None:
        arguments = asyncpg_arguments(NEON.replace("sslmode=require", f"sslmode={mode}"), "DATABASE_URL")
        assert arguments["dsn"] == NEON.partition("?")[0]
        assert arguments["ssl"].verify_mode == ssl.CERT_REQUIRED
        assert arguments["ssl"].check_hostname

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ("", {"dsn": "postgresql://u:p@host/db"}),
            ("?sslmode=prefer", {"dsn": "postgresql://u:p@host/db"}),
            ("?sslmode=disable", {"dsn": "postgresql://u:p@host/db", "ssl": False}),
            ("?connect_timeout=10&application_name=me", {"dsn": "postgresql://u:p@host/db?application_name=me"}),
        ],
    )
    def test_parameters_of_libpq(self, query: str, expected: dict[str, object]) -> None:
        assert asyncpg_arguments(f"postgres://u:p@host/db{query}", "DATABASE_URL") == expected
