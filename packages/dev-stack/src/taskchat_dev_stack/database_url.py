"""PostgreSQL URLs as people paste them: read as the api reads them, and written for another role."""

from urllib.parse import quote

from taskchat.database.url import DatabaseUrl, InvalidDatabaseUrl, parse_database_url
from taskchat_dev_stack.errors import DevStackError


def read_url(url: str, name: str) -> DatabaseUrl:
    """What a URL means.

    Raises:
        DevStackError: it cannot be used. `name` is the setting it came from.
    """
    try:
        parsed = parse_database_url(url)
        parsed.tls_context()
    except InvalidDatabaseUrl as error:
        raise DevStackError(f"{name} {error}.") from None
    return parsed


def for_role(admin_url: str, role: str, password: str) -> str:
    """The URL of another role in the same database: host, port, database and parameters stay as they are written."""
    place, question_mark, parameters = admin_url.strip().partition("?")
    rest = place.rpartition("@")[2] + question_mark + parameters
    return f"postgresql://{quote(role, safe='')}:{quote(password, safe='')}@{rest}"


def password_of(url: str, role: str, name: str) -> str | None:
    """The password that a URL holds for the role; None when it holds none, or is another role's."""
    parsed = read_url(url, name)
    return parsed.password if parsed.user == role else None
