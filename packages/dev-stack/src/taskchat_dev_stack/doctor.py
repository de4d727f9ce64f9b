"""`make doctor`: checks everything Taskchat needs, and says how to fix what is missing.

    python -m taskchat_dev_stack.doctor [--env-file FILE] [--ask-model]

It reads the settings of `make dev`. If they contain JWKS_URL, it checks that deployment; otherwise it checks
`make dev`, running or not. The services' own doctors (auth-service/src/commands/doctor.ts and taskchat.doctor) do most
of the work; this module finds their settings, and checks the gateway.
"""

import argparse
import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import httpx

from taskchat.database.bootstrap import BootstrapError, check_connection
from taskchat.database.url import InvalidDatabaseUrl, url_for_role
from taskchat.doctor import Finding, read_findings, show
from taskchat.streams import use_utf8
from taskchat_dev_stack.errors import DevStackError
from taskchat_dev_stack.postgres import EmbeddedPostgres
from taskchat_dev_stack.postgres.data_folder import resolve_data_folder
from taskchat_dev_stack.processes.files import get_or_create_secret
from taskchat_dev_stack.processes.ports import require_free_port
from taskchat_dev_stack.programs import Part, build_environment, node
from taskchat_dev_stack.repository import ROOT
from taskchat_dev_stack.settings import SERVICE_URLS, StackSettings, read_settings

SECONDS = 60
MODEL_SECONDS = 600
"""With --ask-model, several model calls, each with its own time limit."""
NOT_SET_UP = Finding("make dev", "note", "nothing is set up yet. Run: make dev")
FOREIGN = (
    "port {port} is used by something other than make dev. Stop it, or set PORT to another number. "
    'To check a Taskchat in containers, see "Troubleshooting" in docs/deploy.md.'
)
PROXY = (
    "auth-service doesn't trust the gateway, so all users share one rate limit. "
    "Set TRUSTED_PROXIES to the gateway's address."
)


def examine_all(env_file: Path, *, ask_model: bool) -> Iterator[Finding]:
    """Check the settings and what they lead to."""
    try:
        yield from examine(read_settings(os.environ, env_file), ask_model=ask_model)
    except (DevStackError, BootstrapError, InvalidDatabaseUrl) as error:
        yield Finding("make dev", "failed", str(error))


def examine(settings: StackSettings, *, ask_model: bool) -> Iterator[Finding]:
    """Check what these settings lead to.

    Raises:
        DevStackError, BootstrapError, InvalidDatabaseUrl: a problem that makes all other checks impossible.
    """
    if "JWKS_URL" in settings.env:
        yield from _examine_services(settings.env, ask_model=ask_model, is_running=True)
        yield _examine_gateway(settings.env.get("PUBLIC_URL", ""))
        return
    origin = settings.public_url or f"http://localhost:{settings.port}"
    local = f"http://localhost:{settings.port}"
    is_running = _answers(f"{local}/api/auth/config")
    if not is_running:
        require_free_port(settings.port)
        yield Finding("make dev", "ok", f"not running; its port {settings.port} is free")
    with ExitStack() as resources:
        urls = _service_urls(settings, resources, is_running=is_running)
        if urls is None:
            yield Finding("make dev", "failed", FOREIGN.format(port=settings.port)) if is_running else NOT_SET_UP
            return
        secret = settings.better_auth_secret or get_or_create_secret(_data(settings) / "secrets", "better_auth_secret")
        env = {
            "PUBLIC_URL": origin,
            "JWT_ISSUER": origin,
            **settings.env,
            "JWKS_URL": f"{local}/api/auth/jwks",
            **urls,
            "BETTER_AUTH_SECRET": secret,
        }
        yield from _examine_services(env, ask_model=ask_model, is_running=is_running)
    if is_running:
        yield _examine_gateway(local)


def _data(settings: StackSettings) -> Path:
    assert settings.data is not None
    return resolve_data_folder(settings.data) if settings.wants_embedded_database else settings.data


def _service_urls(settings: StackSettings, resources: ExitStack, *, is_running: bool) -> dict[str, str] | None:
    """Return the services' database URLs. A stopped embedded database is started for the duration of the check.

    None if `make dev` has never run, or if its database is down although something answers on its port.
    """
    admin_url = settings.database_url
    if admin_url is not None:
        asyncio.run(check_connection(admin_url, "DATABASE_URL"))
    data = _data(settings)
    if not (data / "secrets").exists() or (settings.wants_embedded_database and not (data / "postgres").exists()):
        return None
    if settings.wants_embedded_database:
        embedded = EmbeddedPostgres(data)
        admin_url = embedded.find_running_url()
        if admin_url is None and is_running:
            return None
        admin_url = admin_url or resources.enter_context(embedded).url
    return {
        name: given or url_for_role(admin_url or "", role, get_or_create_secret(data / "secrets", f"{role}_password"))
        for role, (given, name) in settings.role_urls.items()
        if name in SERVICE_URLS
    }


def _examine_services(env: Mapping[str, str], *, ask_model: bool, is_running: bool) -> list[Finding]:
    """Run both services' doctors. The api's gets the findings of auth-service's, and checks that the two agree."""
    auth = _run([node(), "auth-service/src/commands/doctor.ts", "--json"], env, "auth", "")
    options = [*(["--ask-model"] if ask_model else []), *([] if is_running else ["--without-keys"])]
    argv = [sys.executable, "-m", "taskchat.doctor", "--json", "--with", "-", *options]
    seconds = MODEL_SECONDS if ask_model else SECONDS
    return read_findings(_run(argv, env, "api", auth, seconds=seconds).splitlines())


def _run(argv: list[str], env: Mapping[str, str], part: Part, input_text: str, *, seconds: float = SECONDS) -> str:
    done = subprocess.run(
        argv,
        input=input_text,
        cwd=ROOT,
        env=build_environment(part, env),
        capture_output=True,
        encoding="utf-8",
        timeout=seconds,
        check=False,
    )
    if not done.stdout.strip():
        reason = done.stderr.strip().splitlines() or [f"status {done.returncode}"]
        raise DevStackError(f"{' '.join(argv[:2])} failed: {reason[-1]}")
    return done.stdout


def _examine_gateway(origin: str) -> Finding:
    """Check that auth-service trusts the client addresses that the gateway passes on."""
    try:
        response = httpx.get(f"{origin}/api/auth/config", timeout=10, trust_env=False)
        response.raise_for_status()
    except (httpx.HTTPError, httpx.InvalidURL):
        return Finding("gateway", "note", f"{origin} doesn't answer, so the gateway was not checked")
    if "x-forwarded-for-ignored" in response.headers:
        return Finding("gateway", "failed", PROXY)
    return Finding("gateway", "ok", f"{origin} leads to auth-service, which trusts the gateway")


def _answers(url: str) -> bool:
    try:
        return "providers" in httpx.get(url, timeout=5, trust_env=False).json()
    except (httpx.HTTPError, json.JSONDecodeError):
        return False


def main() -> int:
    use_utf8()
    parser = argparse.ArgumentParser(prog="python -m taskchat_dev_stack.doctor")
    parser.add_argument("--env-file", type=Path, default=ROOT / ".env", help="settings; the environment overrides it")
    parser.add_argument("--ask-model", action="store_true", help="let the model call a tool")
    arguments = parser.parse_args()
    is_well = show(examine_all(arguments.env_file, ask_model=arguments.ask_model), as_json=False)
    print("All checks passed." if is_well else 'Fix the lines marked "failed".')
    return 0 if is_well else 1


if __name__ == "__main__":
    sys.exit(main())
