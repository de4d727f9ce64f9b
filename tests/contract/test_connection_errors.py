"""Every part explains a failed database connection in the same sentence. tests/poolers does this for TLS."""

import asyncio
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from support.database import PASSWORDS, migrate_api, migrate_auth
from taskchat.database.bootstrap import BootstrapError, bootstrap
from taskchat_dev_stack.postgres import EmbeddedPostgres

CLOSED_PORT = "127.0.0.1:1"


@pytest.fixture(scope="module")
def postgres() -> Iterator[EmbeddedPostgres]:
    with EmbeddedPostgres(durable=False) as postgres:
        yield postgres


@pytest.mark.parametrize(
    ("host", "password", "database", "sentence"),
    [
        (CLOSED_PORT, "{password}", "d", "nothing listens at {address}: start the database, or correct the address"),
        ("nowhere.invalid:5432", "{password}", "d", "the host name of {address} is unknown: correct it"),
        (
            "{address}",
            "wrong",
            "d",
            "{address} does not let the role {user} in: check its password, or run the bootstrap: "
            "python -m taskchat.database.bootstrap",
        ),
        ("{address}", "{password}", "no", "there is no such database at {address}: make it, or correct the URL"),
    ],
    ids=["closed port", "unknown host", "wrong password", "missing database"],
)
async def test_it_is_the_same_sentence(
    postgres: EmbeddedPostgres, host: str, password: str, database: str, sentence: str
) -> None:
    parts = urlsplit(postgres.url)
    address = host.format(address=f"127.0.0.1:{postgres.port}")
    url = f"postgresql://{parts.username}:{password.format(password=parts.password)}@{address}/{database}"
    with pytest.raises(BootstrapError) as refusal:
        await bootstrap(url, PASSWORDS)
    auth, api = await asyncio.gather(asyncio.to_thread(migrate_auth, url), asyncio.to_thread(migrate_api, url))
    expected = sentence.format(address=address, user=parts.username)
    assert str(refusal.value) == f"DATABASE_URL: {expected}."
    assert auth.stderr == f"auth-service: {expected}\n"
    assert api.stderr == f"The migration of schema chat failed: {expected}.\n"
