"""Generates the secrets of a container stack and writes the services' database URLs.

    python -m taskchat.database.make_secrets

Each service reads one folder of /secrets, in which each file is the setting of that name. Existing secrets stay; the
URLs are written each time.
"""

import os
import secrets
import sys
from collections.abc import Mapping
from pathlib import Path

from taskchat.database.bootstrap import ROLES, password_setting
from taskchat.database.url import InvalidDatabaseUrl, parse_database_url, url_for_role
from taskchat.streams import use_utf8

FOLDER = Path("/secrets")
EMBEDDED_DATABASE_URL = "postgresql://taskchat@db:5432/taskchat"
# The file with each role's URL.
URL_FILES = {
    "auth_service": "auth-service/AUTH_DATABASE_URL",
    "chat_api": "api/API_DATABASE_URL",
    "auth_owner": "auth-migrations/AUTH_MIGRATION_DATABASE_URL",
    "chat_owner": "api-migrations/API_MIGRATION_DATABASE_URL",
}
# Not a URL, because pg_dump takes one only as an argument, which the host's process list shows.
LIBPQ_SETTINGS = (
    *("PGHOST", "PGPORT", "PGUSER", "PGPASSWORD", "PGDATABASE"),
    *("PGSSLMODE", "PGSSLROOTCERT", "PGSSLCERT", "PGSSLKEY"),
)


class SecretsError(Exception):
    """One line: which setting is wrong and how to fix it."""


def make_secrets(folder: Path, settings: Mapping[str, str]) -> None:
    """Generate what is missing in `folder`, and write the URLs that follow from the settings.

    Raises:
        SecretsError: the URLs in the settings are incomplete or invalid.
    """
    database_password = _get_or_create(folder / "db/POSTGRES_PASSWORD")
    passwords = {role: _get_or_create(folder / "bootstrap" / password_setting(role)) for role in ROLES}
    _get_or_create(folder / "auth-service/BETTER_AUTH_SECRET")

    owner_url = settings.get("DATABASE_URL", "").strip()
    if (given := _given_urls(settings)) is not None:
        admin_url, urls = "", given  # the roles exist already
    else:
        admin_url = owner_url = owner_url or url_for_role(EMBEDDED_DATABASE_URL, "taskchat", database_password)
        urls = {role: url_for_role(admin_url, role, passwords[role]) for role in ROLES}
    for name, value in _libpq_settings(owner_url, settings.get("DATABASE_DIRECT_HOST")).items():
        _write(folder / "backup" / name, value)
    _write(folder / "bootstrap/DATABASE_URL", admin_url)
    for role, file in URL_FILES.items():
        _write(folder / file, urls[role])


def _libpq_settings(owner_url: str, direct_host: str | None) -> dict[str, str]:
    """Return the settings for pg_dump's connection, past a pooler. All are empty without a URL.

    Raises:
        SecretsError: a setting is invalid.
    """
    values: tuple[str, ...] = ("",) * len(LIBPQ_SETTINGS)
    if owner_url:
        name = "DATABASE_URL"
        try:
            url = parse_database_url(owner_url)
            name = "DATABASE_DIRECT_HOST"
            url = url.direct(direct_host or None)
        except InvalidDatabaseUrl as error:
            raise SecretsError(f"{name} {error}") from None
        tls = ("verify-full", url.root_certificate or "system") if url.tls else ("disable", "")
        certificate = (url.client_certificate or "", url.client_key or "")
        values = (url.host, str(url.port), url.user, url.password or "", url.database, *tls, *certificate)
    return dict(zip(LIBPQ_SETTINGS, values, strict=True))


def _given_urls(settings: Mapping[str, str]) -> dict[str, str] | None:
    """Return each role's URL from the settings; None if they are to be derived from DATABASE_URL."""
    names = {role: Path(file).name for role, file in URL_FILES.items()}
    given = {role: settings.get(name, "") for role, name in names.items()}
    if not given["auth_service"] and not given["chat_api"]:
        return None
    if not given["auth_service"] or not given["chat_api"]:
        raise SecretsError("set both AUTH_DATABASE_URL and API_DATABASE_URL, or neither")
    if not given["auth_owner"] or not given["chat_owner"]:
        raise SecretsError(
            "with AUTH_DATABASE_URL and API_DATABASE_URL, set AUTH_MIGRATION_DATABASE_URL and "
            "API_MIGRATION_DATABASE_URL to the URLs of auth_owner and chat_owner, who own the schemas (docs/deploy.md)"
        )
    return given


def _get_or_create(file: Path) -> str:
    if not file.exists() or not file.read_text(encoding="utf-8"):
        _write(file, secrets.token_hex(32))
    # Like with-secrets and the database's image, which read the same file.
    return file.read_text(encoding="utf-8").rstrip("\n")


def _write(file: Path, text: str) -> None:
    """Replace a file atomically: concurrent readers see the old text or the new one."""
    new = file.with_name(f"{file.name}.new")
    new.write_text(text, encoding="utf-8")
    new.replace(file)


def main() -> int:
    use_utf8()
    try:
        make_secrets(FOLDER, os.environ)
    except SecretsError as error:
        sys.stderr.write(f"secrets: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
