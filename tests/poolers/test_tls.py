"""Every part verifies the database's certificate, and says what to do if that fails."""

import asyncio
import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from support.api_process import ApiProcess
from support.certificates import CertificateAuthority
from support.database import PASSWORDS, ROOT, SECRET, migrate_api, migrate_auth
from support.processes import Program, eventually
from support.system_postgres import SystemPrograms, TlsPostgres
from taskchat.database.bootstrap import BootstrapError, bootstrap
from taskchat_dev_stack.postgres import EmbeddedPostgres
from taskchat_dev_stack.processes.files import make_folder

UNREACHABLE_KEYS = {"JWKS_URL": "http://127.0.0.1:1/api/auth/jwks", "JWT_ISSUER": "http://localhost"}
OTHER_HOST = "is for another host name: write the name that it has"
UNKNOWN = "nobody known here has signed the certificate of"
EXPIRED = "has expired, or this machine's clock is wrong"
PLAIN = "has no TLS: turn it on there, or add sslmode=disable"
WANTS_TLS = "wants TLS: add sslmode=require to the URL"


async def test_with_a_valid_certificate_every_part_connects(
    server: TlsPostgres, authority: CertificateAuthority
) -> None:
    roles = await bootstrap(server.url(sslrootcert=str(authority.file)), PASSWORDS)
    for migrated in (migrate_auth(roles.auth_migration), migrate_api(roles.api_migration)):
        assert (migrated.returncode, migrated.stderr) == (0, "")
    assert auth_not_ready(roles.auth) is None
    assert api_not_ready(roles.api) == "No key set could be fetched from JWKS_URL yet."


async def test_a_url_copied_from_neon_is_verified_with_the_systems_roots(
    server: TlsPostgres, authority: CertificateAuthority, monkeypatch: pytest.MonkeyPatch
) -> None:
    as_shown = server.url(sslmode="require", channel_binding="require")
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))  # the system's trusted roots
    roles = await bootstrap(as_shown, PASSWORDS)
    for migrated in (migrate_auth(roles.auth_migration), migrate_api(roles.api_migration)):
        assert (migrated.returncode, migrated.stderr) == (0, "")


@pytest.fixture(scope="module")
def expired(programs: SystemPrograms, folder: Path, authority: CertificateAuthority) -> Iterator[TlsPostgres]:
    certificate = authority.sign("localhost", expired=True)
    with TlsPostgres(make_folder(folder / "expired", 0o711), programs, certificate) as server:
        yield server


@pytest.fixture(scope="module")
def plain() -> Iterator[EmbeddedPostgres]:
    with EmbeddedPostgres(durable=False) as postgres:
        yield postgres


@pytest.mark.parametrize("fault", [OTHER_HOST, UNKNOWN, EXPIRED, PLAIN, WANTS_TLS])
async def test_if_tls_fails_every_part_says_what_to_do(
    fault: str,
    server: TlsPostgres,
    expired: TlsPostgres,
    plain: EmbeddedPostgres,
    authority: CertificateAuthority,
) -> None:
    root = str(authority.file)
    admin_url = {
        OTHER_HOST: server.url("127.0.0.1", sslrootcert=root),
        UNKNOWN: server.url(sslmode="require"),
        EXPIRED: expired.url(sslrootcert=root),
        PLAIN: f"{plain.url}?sslmode=require",
        WANTS_TLS: server.url(sslmode="disable"),
    }[fault]
    with pytest.raises(BootstrapError) as refusal:
        await bootstrap(admin_url, PASSWORDS)
    messages = await asyncio.gather(
        asyncio.to_thread(lambda: one_line(migrate_auth(admin_url))),
        asyncio.to_thread(lambda: one_line(migrate_api(admin_url))),
        asyncio.to_thread(auth_not_ready, admin_url),
        asyncio.to_thread(api_not_ready, admin_url),
    )
    parts = ("auth-service's migration", "the api's migration", "auth-service", "the api")
    said = {"bootstrap": str(refusal.value), **dict(zip(parts, messages, strict=True))}
    assert [part for part, messages in said.items() if fault not in (messages or "")] == [], said
    password = admin_url.partition("@")[0].rpartition(":")[2]
    assert password not in repr(said)


def one_line(migrated: subprocess.CompletedProcess[str]) -> str:
    assert (migrated.returncode, migrated.stdout) == (1, "")
    [line] = migrated.stderr.splitlines()
    return line


def auth_not_ready(url: str) -> str | None:
    """Return why auth-service does not become ready; None if it does."""
    environment = {
        "BETTER_AUTH_SECRET": SECRET,
        "PUBLIC_URL": "http://localhost:3000",
        "AUTH_LISTEN_ADDRESS": "127.0.0.1:0",
    }
    with Program("node", ROOT / "auth-service/src/main.ts", AUTH_DATABASE_URL=url, **environment) as service:
        try:
            for line in map(json.loads, service.lines()):
                if line["message"] == "ready":
                    return None
                if line["message"].startswith("waiting"):
                    return str(line["reason"])
        finally:
            service.kill()
    pytest.fail("auth-service exited")


def api_not_ready(url: str) -> str:
    """Return why the api is not ready, and check that it logs the same reason."""
    with ApiProcess({"API_DATABASE_URL": url, **UNREACHABLE_KEYS, **trusted_roots()}, probe="/healthz") as api:
        detail: str = httpx.get(f"{api.url}/readyz", timeout=30).json()["detail"]
        if "key set" not in detail:
            eventually(lambda: f"not ready: {detail}" in "".join(api.output))
        return detail


def trusted_roots() -> dict[str, str]:
    return {name: os.environ[name] for name in ("SSL_CERT_FILE",) if name in os.environ}
