"""`make doctor`: checks everything Taskchat needs, and says how to fix what is missing.

    python -m taskchat_dev_stack.doctor [--env-file FILE] [--ask-model] [--mail ADDRESS]

It examines the running `make dev` with the settings that it was started with. If none runs, it examines what `make dev`
would start with. If the settings contain JWKS_URL, it examines that deployment instead. The services' own doctors
(auth-service/src/commands/doctor.ts and taskchat.doctor) do most of the work, at the same time; this module finds their
settings, and checks the gateway.
"""

import argparse
import asyncio
import contextlib
import json
import os
import secrets
import shutil
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from taskchat.database.bootstrap import BootstrapError, check_connection
from taskchat.database.url import InvalidDatabaseUrl, url_for_role
from taskchat.findings import Finding, Report, parse_finding, run_doctor
from taskchat.streams import use_utf8
from taskchat_dev_stack.errors import DevStackError
from taskchat_dev_stack.postgres import EmbeddedPostgres
from taskchat_dev_stack.postgres.data_folder import resolve_data_folder
from taskchat_dev_stack.processes.ports import require_free_port
from taskchat_dev_stack.programs import build_environment, given_settings, node
from taskchat_dev_stack.repository import ROOT
from taskchat_dev_stack.running import RunningStack, find_running
from taskchat_dev_stack.settings import SERVICE_URLS, StackSettings, read_settings

SECONDS = 60
"""For the services' doctors, whose own limits are shorter."""
MODEL_SECONDS = 600
"""With --ask-model, several model calls, each with its own time limit."""
CONNECT_SECONDS = 10
"""Enough for a suspended database to wake up."""
GATEWAY_SECONDS = 5
MAX_CONFIG_BYTES = 65536
MIN_FREE_BYTES = 200_000_000
GARBLED = "its doctor printed something other than its findings: run make setup"
REPAIR = "Correct that, or set TASKCHAT_DATA to another folder"
NOT_SET_UP = "nothing is set up yet. Run: make dev"
OTHER_SETTINGS = (
    "it was started with other settings than .env and this shell have now: {names}. Its own are checked here; "
    "restart it to use the new ones"
)
IN_USE = (
    "port {port} is used by something other than this make dev. Stop it, or set PORT to another number. To check a "
    'Taskchat in containers, see "Troubleshooting" in docs/deploy.md'
)
PROXY = (
    "auth-service doesn't trust the gateway, so all users share one rate limit. "
    "Set TRUSTED_PROXIES to the gateway's address."
)
ELSEWHERE = "{origin} leads to something other than auth-service: correct PUBLIC_URL, or the proxies in front of it"
# They pass the settings' checks, and nothing connects to them.
NO_DATABASE = dict.fromkeys(SERVICE_URLS, "postgresql://nobody@127.0.0.1:1/none")

PROBLEMS = (DevStackError, BootstrapError, InvalidDatabaseUrl, OSError, UnicodeError)
"""Errors that wrong settings, damaged files and the database cause."""


@dataclass(frozen=True)
class Options:
    """Checks that cost money or send something."""

    ask_model: bool = False
    mail: str | None = None

    @property
    def seconds(self) -> int:
        """The time limit of the services' doctors."""
        return MODEL_SECONDS if self.ask_model else SECONDS


def examine_all(env_file: Path, options: Options, report: Report) -> None:
    """Check the settings and what they lead to."""
    try:
        settings = read_settings(os.environ, env_file)
    except PROBLEMS as error:
        report(failed(error))
        return
    deployment = settings.env.get("JWKS_URL")
    data, running = Path(), None
    try:
        data = _find_data(settings)
        running = find_running(data)
    except PROBLEMS as error:
        if deployment is None:
            report(failed(error))
            _examine_services(_environments(settings, None), None, options, report, has_keys=False, has_database=False)
            return
    if running is not None and deployment in (None, running.given.get("JWKS_URL")):
        _examine_running(running, settings, options, report)
    elif deployment is not None:
        environments = build_environment("auth", settings.env), build_environment("api", settings.env)
        _examine_services(environments, settings.env.get("PUBLIC_URL"), options, report)
    else:
        _examine_stopped(settings, data, options, report)


def failed(error: Exception) -> Finding:
    """The finding for a problem of the stack, in one line."""
    match error:
        case OSError():
            text = f"{error.filename or 'system error'}: {error.strerror}. {REPAIR}"
        case UnicodeError():
            text = f"a file in the data folder is damaged: {error}. {REPAIR}"
        case _:
            text = str(error)
    return Finding("make dev", "failed", " ".join(text.split()))


def _examine_running(running: RunningStack, settings: StackSettings, options: Options, report: Report) -> None:
    report(Finding("make dev", "ok", f"running at {running.auth['PUBLIC_URL']}"))
    now = given_settings(settings.env)
    names = sorted(name for name in {**running.given, **now} if running.given.get(name) != now.get(name))
    if names:
        report(Finding("make dev", "note", OTHER_SETTINGS.format(names=", ".join(names))))
    _examine_disk(Path(running.auth["TASKCHAT_DATA"]), report)
    _examine_services((running.auth, running.api), running.gateway, options, report)


def _examine_stopped(settings: StackSettings, data: Path, options: Options, report: Report) -> None:
    try:
        require_free_port(settings.port)
        report(Finding("make dev", "ok", f"not running; its port {settings.port} is free"))
    except DevStackError as error:
        needs_root = isinstance(error.__cause__, PermissionError)
        report(failed(error) if needs_root else Finding("make dev", "failed", IN_USE.format(port=settings.port)))
    with ExitStack() as resources:
        urls: Mapping[str, str] | None = None
        try:
            urls = _service_urls(settings, data, resources)
            if urls is None:
                report(Finding("make dev", "note", NOT_SET_UP))
            else:
                _examine_disk(data, report)
        except PROBLEMS as error:
            report(failed(error))
        environments = _environments(settings, data, urls)
        _examine_services(environments, None, options, report, has_keys=False, has_database=urls is not None)


def _environments(
    settings: StackSettings, data: Path | None, urls: Mapping[str, str] | None = None
) -> tuple[dict[str, str], dict[str, str]]:
    """Build what `make dev` would give to auth-service and the api."""
    origin = settings.public_url or f"http://localhost:{settings.port}"
    env = {
        "PUBLIC_URL": origin,
        "JWT_ISSUER": origin,
        "JWKS_URL": f"http://localhost:{settings.port}/api/auth/jwks",
        "BETTER_AUTH_SECRET": _find_secret(data),
        **settings.env,
        "TASKCHAT_DATA": str(data or settings.data),
        **(urls or NO_DATABASE),
    }
    return build_environment("auth", env), build_environment("api", env)


def _find_data(settings: StackSettings) -> Path:
    """The data folder that `make dev` uses; not created, because a doctor only looks."""
    assert settings.data is not None
    is_moved = settings.wants_embedded_database and settings.data.exists()
    return resolve_data_folder(settings.data) if is_moved else settings.data


def _find_secret(data: Path | None) -> str:
    """The generated BETTER_AUTH_SECRET, or a random one before the first start."""
    if data is not None:
        with contextlib.suppress(OSError, UnicodeError):
            return (data / "secrets" / "better_auth_secret").read_text(encoding="utf-8")
    return secrets.token_urlsafe(32)


def _service_urls(settings: StackSettings, data: Path, resources: ExitStack) -> dict[str, str] | None:
    """Return the services' database URLs. The embedded database is started for the duration of the check.

    None if `make dev` has never run.
    """
    admin_url = settings.database_url
    if admin_url is not None:
        asyncio.run(_check_connection(admin_url))
    if not (data / "secrets").exists() or (settings.wants_embedded_database and not (data / "postgres").exists()):
        return None
    if settings.wants_embedded_database:
        admin_url = resources.enter_context(EmbeddedPostgres(data)).url
    return {
        name: given
        or url_for_role(admin_url or "", role, (data / "secrets" / f"{role}_password").read_text(encoding="utf-8"))
        for role, (given, name) in settings.role_urls.items()
        if name in SERVICE_URLS
    }


async def _check_connection(url: str) -> None:
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            await check_connection(url, "DATABASE_URL")
    except TimeoutError:
        raise DevStackError(
            "DATABASE_URL: the database does not answer: is it the right address, and does a firewall let us through?"
        ) from None


def _examine_disk(data: Path, report: Report) -> None:
    with contextlib.suppress(OSError):
        free = shutil.disk_usage(data).free
        if free < MIN_FREE_BYTES:
            report(Finding("make dev", "failed", f"only {free // 1_000_000} MB are free for {data}: make room"))


def _examine_services(
    environments: tuple[Mapping[str, str], Mapping[str, str]],
    origin: str | None,
    options: Options,
    report: Report,
    *,
    has_keys: bool = True,
    has_database: bool = True,
) -> None:
    """Run both services' doctors in these environments, and check the gateway at `origin`, all at the same time."""
    without_database = [] if has_database else ["--without-database"]
    auth = [*without_database, *([] if options.mail is None else [f"--mail={options.mail}"])]
    api = [
        *without_database,
        *(["--ask-model"] if options.ask_model else []),
        *([] if has_keys else ["--without-keys"]),
    ]
    asyncio.run(_run_doctors((auth, api), environments, origin, options.seconds, report))


async def _run_doctors(
    arguments: tuple[Sequence[str], Sequence[str]],
    environments: tuple[Mapping[str, str], Mapping[str, str]],
    origin: str | None,
    seconds: int,
    report: Report,
) -> None:
    checks = [] if origin is None else [_examine_gateway(origin, report)]
    async with AsyncExitStack() as processes:
        api_argv = [sys.executable, "-m", "taskchat.doctor", "--json", "--with", "-", *arguments[1]]
        api = await processes.enter_async_context(_process(api_argv, environments[1]))
        assert api.stdin is not None
        checks.append(_watch("api", api, seconds, report))
        try:
            auth_argv = [node(), "auth-service/src/commands/doctor.ts", "--json", *arguments[0]]
            auth = await processes.enter_async_context(_process(auth_argv, environments[0]))
        except PROBLEMS as error:
            report(failed(error))
            api.stdin.close()
        else:
            checks.append(_watch("auth-service", auth, seconds, report, pass_on=api.stdin))
        await asyncio.gather(*checks)


@asynccontextmanager
async def _process(argv: Sequence[str], env: Mapping[str, str]) -> AsyncIterator[Process]:
    process = await asyncio.create_subprocess_exec(*argv, cwd=ROOT, env=env, stdin=PIPE, stdout=PIPE, stderr=PIPE)
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def _watch(
    part: str, process: Process, seconds: int, report: Report, pass_on: asyncio.StreamWriter | None = None
) -> None:
    """Report the findings of a service's doctor as they arrive, and pass its output on to the other one.

    The api's doctor gets the output of auth-service's, for the token in it, and checks that the two agree.
    """
    assert process.stdout is not None
    assert process.stderr is not None
    errors = asyncio.create_task(process.stderr.read())
    found = has_failed = False
    problem = None
    try:
        async with asyncio.timeout(seconds):
            async for line in process.stdout:
                if pass_on is not None:
                    pass_on.write(line)
                finding = parse_finding(line.decode(errors="replace"))
                if finding is None:
                    problem = GARBLED
                    continue
                # The api's doctor repeats the findings of auth-service's, and fails if one of either has failed.
                has_failed = has_failed or finding.status == "failed"
                if finding.part == part:
                    found = True
                    report(finding)
            is_complete = await process.wait() == int(has_failed) and found
            if problem is None and not is_complete:
                reason = (await errors).decode(errors="replace").strip().splitlines() or [
                    f"status {process.returncode}"
                ]
                problem = f"its doctor failed: {reason[-1]}"
    except TimeoutError:
        problem = f"its doctor took longer than {seconds} s and was stopped"
    except ValueError:  # a line without end
        problem = GARBLED
    finally:
        errors.cancel()
        if pass_on is not None:
            pass_on.close()
    if problem is not None:
        report(Finding(part, "failed", problem))


async def _examine_gateway(origin: str, report: Report) -> None:
    """Check that the origin leads to auth-service, which trusts the client addresses that the gateway passes on."""
    try:
        async with (
            asyncio.timeout(GATEWAY_SECONDS),
            httpx.AsyncClient(trust_env=False, timeout=GATEWAY_SECONDS) as client,
            client.stream("GET", f"{origin}/api/auth/config") as response,
        ):
            response.raise_for_status()
            body = bytearray()
            async for part in response.aiter_raw():
                body += part
                if len(body) > MAX_CONFIG_BYTES:
                    break
    except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, UnicodeError):
        report(Finding("gateway", "note", f"{origin} doesn't answer, so the gateway was not checked"))
        return
    if not _is_config(body):
        report(Finding("gateway", "failed", ELSEWHERE.format(origin=origin)))
    elif "x-forwarded-for-ignored" in response.headers:
        report(Finding("gateway", "failed", PROXY))
    else:
        report(Finding("gateway", "ok", f"{origin} leads to auth-service, which trusts the gateway"))


def _is_config(body: bytes | bytearray) -> bool:
    try:
        config = json.loads(body)
    except (ValueError, RecursionError):
        return False
    return isinstance(config, dict) and "providers" in config


def main() -> int:
    use_utf8()
    parser = argparse.ArgumentParser(prog="python -m taskchat_dev_stack.doctor")
    parser.add_argument("--env-file", type=Path, default=ROOT / ".env", help="settings; the environment overrides it")
    parser.add_argument("--ask-model", action="store_true", help="let the model call a tool")
    parser.add_argument("--mail", metavar="ADDRESS", help="send a test mail to this address")
    arguments = parser.parse_args()
    report = Report()
    options = Options(ask_model=arguments.ask_model, mail=arguments.mail)

    def examine() -> None:
        examine_all(arguments.env_file, options, report)
        print('Fix the lines marked "failed".' if report.has_failed else "All checks passed.", flush=True)

    return run_doctor(examine, report)


if __name__ == "__main__":
    sys.exit(main())
