"""`make doctor`: looks at all that Taskchat needs, and says what to do where something is missing.

    python -m taskchat_dev_stack.doctor [--env-file FILE] [--ask-model]

It reads the settings that `make dev` reads. With JWKS_URL among them they are those of a deployment, taken as they are;
else those of `make dev`, running or not. Each service looks for itself (auth-service/src/doctor.ts, taskchat.doctor);
here is what concerns both, and the way to them.
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

from taskchat.doctor import Finding, read_findings, show
from taskchat_dev_stack.bootstrap import require_connection
from taskchat_dev_stack.database_url import for_role
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
"""With --ask-model: several steps of a model, each with its own time limit."""
NOT_SET_UP = Finding("make dev", "note", "nothing is set up yet: run make dev")
FOREIGN = (
    "what answers on port {port} is not make dev: stop it, or set PORT to another number for make dev; "
    'a Taskchat in containers looks at itself, see "When something is wrong" in docs/deploy.md'
)
PROXY = (
    "auth-service does not believe the gateway, so all people count as one for its rate limits: "
    "set TRUSTED_PROXIES to the gateway's address"
)


def examine_all(env_file: Path, *, ask_model: bool) -> Iterator[Finding]:
    """All findings, the settings' own among them."""
    try:
        yield from examine(read_settings(os.environ, env_file), ask_model=ask_model)
    except DevStackError as error:
        yield Finding("make dev", "failed", str(error))


def examine(settings: StackSettings, *, ask_model: bool) -> Iterator[Finding]:
    """What stands between these settings and a Taskchat that works.

    Raises:
        DevStackError: something does, and without it nothing else can be looked at.
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
        yield Finding("make dev", "ok", f"it does not run, and port {settings.port} is free for it")
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
    """Where the two services find their database. An embedded one that does not run is started for as long.

    None when `make dev` has made neither roles nor secrets yet, or should be running and its database does not.
    """
    admin_url = settings.database_url
    if admin_url is not None:
        asyncio.run(require_connection(admin_url, "DATABASE_URL"))
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
        name: given or for_role(admin_url or "", role, get_or_create_secret(data / "secrets", f"{role}_password"))
        for role, (given, name) in settings.role_urls.items()
        if name in SERVICE_URLS
    }


def _examine_services(env: Mapping[str, str], *, ask_model: bool, is_running: bool) -> list[Finding]:
    """What both services find; the api's looks at both, by what auth-service's has told."""
    auth = _run([node(), "auth-service/src/doctor.ts", "--json"], env, "auth", "")
    options = [*(["--ask-model"] if ask_model else []), *([] if is_running else ["--without-keys"])]
    argv = [sys.executable, "-m", "taskchat.doctor", "--json", "--with", "-", *options]
    seconds = MODEL_SECONDS if ask_model else SECONDS
    return read_findings(_run(argv, env, "api", auth, seconds=seconds).splitlines())


def _run(argv: list[str], env: Mapping[str, str], part: Part, told: str, *, seconds: float = SECONDS) -> str:
    done = subprocess.run(
        argv,
        input=told,
        cwd=ROOT,
        env=build_environment(part, env),
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )
    if not done.stdout.strip():
        reason = done.stderr.strip().splitlines() or [f"status {done.returncode}"]
        raise DevStackError(f"{' '.join(argv[:2])} has failed: {reason[-1]}")
    return done.stdout


def _examine_gateway(origin: str) -> Finding:
    """Whether a request that comes by the gateway is told apart from others."""
    try:
        response = httpx.get(f"{origin}/api/auth/config", timeout=10, trust_env=False)
        response.raise_for_status()
    except (httpx.HTTPError, httpx.InvalidURL):
        return Finding("gateway", "note", f"{origin} does not answer, so what it hands on was not looked at")
    if "x-forwarded-for-ignored" in response.headers:
        return Finding("gateway", "failed", PROXY)
    return Finding("gateway", "ok", f"{origin} leads to auth-service, which believes the gateway")


def _answers(url: str) -> bool:
    try:
        return "providers" in httpx.get(url, timeout=5, trust_env=False).json()
    except (httpx.HTTPError, json.JSONDecodeError):
        return False


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m taskchat_dev_stack.doctor")
    parser.add_argument("--env-file", type=Path, default=ROOT / ".env", help="settings; the environment wins over it")
    parser.add_argument("--ask-model", action="store_true", help="let the model call a tool, as in a turn")
    arguments = parser.parse_args()
    is_well = show(examine_all(arguments.env_file, ask_model=arguments.ask_model), as_json=False)
    print("all well" if is_well else "not well: do what stands in the lines that begin with failed")
    return 0 if is_well else 1


if __name__ == "__main__":
    sys.exit(main())
