"""URLs of databases, written for another role. What they mean is tested with the api."""

import pytest

from taskchat.database.url import parse_database_url
from taskchat_dev_stack.database_url import for_role, password_of, read_url
from taskchat_dev_stack.errors import DevStackError

NEON = "postgresql://owner:npg_secret@ep-a-b-pooler.eu.aws.neon.tech/neondb?sslmode=require&channel_binding=require"


class TestForRole:
    @pytest.mark.parametrize(
        ("admin_url", "expected"),
        [
            ("postgresql://owner:secret@host/db", "postgresql://chat_api:pass@host/db"),
            ("postgres://owner:secret@host:5433/db", "postgresql://chat_api:pass@host:5433/db"),
            ("postgresql+asyncpg://owner@host/db", "postgresql://chat_api:pass@host/db"),
            ("postgresql://o%40wner:p%2Fss@[::1]:5432/db", "postgresql://chat_api:pass@[::1]:5432/db"),
            ("postgresql://o:p@ss@host/db", "postgresql://chat_api:pass@host/db"),
            (NEON, NEON.replace("owner:npg_secret", "chat_api:pass")),
            (
                "postgresql://o:s@host/db?sslrootcert=/a%20b/me@home.pem",
                "postgresql://chat_api:pass@host/db?sslrootcert=/a%20b/me@home.pem",
            ),
        ],
    )
    def test_all_but_the_user_stays(self, admin_url: str, expected: str) -> None:
        assert for_role(admin_url, "chat_api", "pass") == expected

    def test_a_password_with_all_kinds_of_characters_comes_back(self) -> None:
        password = "p:a/s?s@w#o%r d'"
        url = for_role("postgresql://owner:secret@host/db", "chat_api", password)
        assert password_of(url, "chat_api", "API_DATABASE_URL") == password
        assert parse_database_url(url).host == "host"


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


class TestReadUrl:
    @pytest.mark.parametrize("url", ["host/db", "postgresql://u:secret@host/d?sslrootcert=/nowhere.pem"])
    def test_what_cannot_be_used_is_named_without_what_is_secret(self, url: str) -> None:
        with pytest.raises(DevStackError, match=r"^DATABASE_URL (is no PostgreSQL URL|names a file)") as refusal:
            read_url(url, "DATABASE_URL")
        assert "secret" not in str(refusal.value)
