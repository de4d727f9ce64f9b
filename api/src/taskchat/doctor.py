"""Checks what the api needs to serve requests, and says how to fix what is missing.

    python -m taskchat.doctor [--with FILE] [--ask-model] [--without-keys] [--without-database] [--json]

The checks run concurrently, one line per finding as soon as it is known; exit status 1 if one failed. `--with -` reads
the findings of auth-service's doctor (`node auth-service/src/commands/doctor.ts --json`), passes them on, and checks
that the two services work together.
"""

import argparse
import asyncio
import os
import sys
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path

import asyncpg
from jose import jwt
from jose.exceptions import JOSEError

from taskchat.auth.key_set import KeySet
from taskchat.auth.tokens import NOTED_SKEW_SECONDS, TokenVerifier, describe_skew, is_clock_unusable
from taskchat.database.connection_errors import explain_connection_error
from taskchat.database.readiness import (
    SERVING,
    Connection,
    connected,
    prepared_statements_refused,
    unmet,
)
from taskchat.errors import AuthUnavailable, Unauthenticated
from taskchat.findings import Finding, Report, parse_finding, run_doctor
from taskchat.settings import Settings, load_settings
from taskchat.streams import use_utf8

STANDARD_INPUT = 0
TIMEOUT_SECONDS = 10
"""Enough for a suspended database to wake up."""
NO_FINDINGS = "printed no findings: does auth-service run, and did its doctor run with --json?"
GARBAGE = "printed something other than its findings. Run it alone to see what"


def ok(message: str) -> Finding:
    return Finding("api", "ok", message)


def failed(message: str) -> Finding:
    return Finding("api", "failed", message)


def note(message: str) -> Finding:
    return Finding("api", "note", message)


async def examine(
    settings: Settings,
    token: Awaitable[str | None],
    report: Callable[[Finding], None],
    *,
    ask_model: bool = False,
    with_keys: bool = True,
    with_database: bool = True,
) -> None:
    """Check everything that the api with these settings needs, all at the same time.

    Args:
        token: issued by auth-service; None if it could not.
        report: gets each finding as soon as it is known.
    """
    checks = [_examine_model(settings, ask_model=ask_model)]
    if with_database:
        checks.append(_examine_database(settings))
    if with_keys:
        checks.append(_examine_keys(settings, token))
    else:
        report(note("auth-service is not running, so its keys were not checked"))
    for check in asyncio.as_completed(map(_survive, checks)):
        report(await check)


async def _survive(check: Awaitable[Finding]) -> Finding:
    """Turn an error that the check did not expect into a finding, without the values in its message."""
    try:
        return await check
    except Exception as error:
        frame = error.__traceback__
        while frame is not None and frame.tb_next is not None:
            frame = frame.tb_next
        place = f" in {Path(frame.tb_frame.f_code.co_filename).name}, line {frame.tb_lineno}" if frame else ""
        return failed(f"unexpected {type(error).__name__}{place}: report it as a bug")


async def _examine_database(settings: Settings) -> Finding:
    url = settings.database_url
    try:
        async with asyncio.timeout(TIMEOUT_SECONDS), connected(url) as connection:
            problem = await unmet(connection, *SERVING) or await _difference(connection)
        if problem is None and settings.database_prepared_statements:
            problem = await prepared_statements_refused(url)
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        return failed(f"API_DATABASE_URL: {explain_connection_error(error, url)}")
    return failed(problem) if problem else ok("settings, database, schema chat, grants, clock")


async def _difference(connection: Connection) -> str | None:
    """Check what a request would not notice at once: a wrong clock."""
    asked_at = time.time()
    theirs: datetime = await connection.fetchval("select clock_timestamp()")
    ours = datetime.fromtimestamp((asked_at + time.time()) / 2, UTC)
    seconds = abs((theirs - ours).total_seconds())
    if seconds > NOTED_SKEW_SECONDS:
        return f"the clocks of this machine and of the database differ by {seconds:.0f} s: let NTP set them"
    return None


@asynccontextmanager
async def _key_set(settings: Settings) -> AsyncIterator[KeySet]:
    age = {"max_age_seconds": settings.jwks_max_age_seconds, "max_stale_seconds": settings.jwks_max_stale_seconds}
    key_set = KeySet(str(settings.jwks_url), **age)
    try:
        yield key_set
    finally:
        await key_set.aclose()


async def _examine_keys(settings: Settings, issued: Awaitable[str | None]) -> Finding:
    async with _key_set(settings) as key_set:
        if (problem := await key_set.diagnose()) is not None:
            return failed(f"JWKS_URL {problem}: start auth-service, or correct the address to end in /api/auth/jwks")
        skew = describe_skew(key_set.seconds_behind)
        if skew and is_clock_unusable(key_set.seconds_behind):
            return failed(skew)
        token = await issued
        if token is None and skew:
            return note(skew)
        if token is None:
            return ok("auth-service's keys (no token was checked)")
        verifier = TokenVerifier(key_set, issuer=settings.jwt_issuer, audience=settings.jwt_audience)
        try:
            await verifier.verify(token)
        except (Unauthenticated, AuthUnavailable):
            return failed(_why_token_refused(settings, token))
    if skew:
        return note(f"auth-service's tokens are accepted, but the clocks differ. {skew}")
    return ok("auth-service's tokens are accepted: keys, issuer, audience")


def _why_token_refused(settings: Settings, token: str) -> str:
    try:
        claims = jwt.get_unverified_claims(token)
    except JOSEError:
        claims = {}
    expected = {"JWT_ISSUER": ("iss", settings.jwt_issuer), "JWT_AUDIENCE": ("aud", settings.jwt_audience)}
    for name, (claim, ours) in expected.items():
        if (theirs := claims.get(claim)) != ours:
            return f"auth-service's tokens say {claim} = {theirs}, the api expects {ours}: set one {name} for both"
    return "auth-service's tokens are signed by a key that JWKS_URL does not publish: it leads to another auth-service"


_WITHOUT_MODEL = {
    "auto": "no OPENAI_API_KEY and no OPENAI_BASE_URL: the offline assistant answers, if there is one",
    "offline": "ASSISTANT=offline: the offline assistant answers",
    "none": "ASSISTANT=none: nobody answers messages",
}


async def _examine_model(settings: Settings, *, ask_model: bool) -> Finding:
    if not settings.asks_model:
        return note(_WITHOUT_MODEL[settings.assistant])
    if not ask_model:
        # In a thread, like the modules below, so that the time limits of the other checks don't include the import.
        model_list = await asyncio.to_thread(import_module, "taskchat.chat.providers.model_list")
        return Finding("api", *await model_list.examine_model_list(settings))
    # Only here, because these take a second to import.
    diagnosis = await asyncio.to_thread(import_module, "taskchat.chat.providers.diagnosis")
    domain = (await asyncio.to_thread(import_module, "taskchat.main")).DOMAIN
    problem = await diagnosis.diagnose_model(settings, domain.instructions, domain.tools)
    return failed(problem) if problem else ok(f"model {settings.openai_model} called a tool and used its result")


async def _lines(path: str) -> AsyncIterator[str]:
    """The lines of a file, or of the input for `-`, as they arrive."""
    descriptor = STANDARD_INPUT if path == "-" else os.open(path, os.O_RDONLY)
    loop = asyncio.get_running_loop()
    chunks: asyncio.Queue[bytes] = asyncio.Queue()

    def read() -> None:
        with suppress(RuntimeError):  # the loop has ended
            with suppress(OSError):
                while chunk := os.read(descriptor, 65536):
                    loop.call_soon_threadsafe(chunks.put_nowait, chunk)
            loop.call_soon_threadsafe(chunks.put_nowait, b"")

    # A daemon, because an input that never ends must not keep the process alive.
    threading.Thread(target=read, daemon=True).start()
    unfinished = b""
    while chunk := await chunks.get():
        *lines, unfinished = (unfinished + chunk).split(b"\n")
        for line in lines:
            yield line.decode(errors="replace")
    if unfinished:
        yield unfinished.decode(errors="replace")


async def _pass_on(path: str, token: "asyncio.Future[str | None]", report: Callable[[Finding], None]) -> None:
    """Report the findings of auth-service's doctor, and take the token out of them."""
    found, is_garbled = False, False
    try:
        async for line in _lines(path):
            finding = parse_finding(line)
            if finding is None:
                is_garbled |= bool(line.strip())
                continue
            found = True
            report(finding)
            if finding.status == "token" and not token.done():
                token.set_result(finding.message)
    except OSError as error:
        report(failed(f"--with {path}: {error.strerror}"))
        return
    finally:
        if not token.done():
            token.set_result(None)
    if is_garbled or not found:
        report(Finding("auth-service", "failed", f"its doctor {GARBAGE if is_garbled else NO_FINDINGS}"))


async def _examine_all(arguments: argparse.Namespace, report: Report) -> None:
    token: asyncio.Future[str | None] = asyncio.get_running_loop().create_future()
    if arguments.others is None:
        token.set_result(None)
        await _examine_own(arguments, token, report)
    else:
        others = _pass_on(arguments.others, token, report)
        await asyncio.gather(others, _examine_own(arguments, token, report))


async def _examine_own(arguments: argparse.Namespace, token: Awaitable[str | None], report: Report) -> None:
    try:
        settings = load_settings()
    except SystemExit as problems:
        for problem in str(problems).splitlines():
            report(failed(problem))
        return
    await examine(
        settings,
        token,
        report,
        ask_model=arguments.ask_model,
        with_keys=not arguments.without_keys,
        with_database=not arguments.without_database,
    )


def main() -> int:
    use_utf8()
    parser = argparse.ArgumentParser(prog="python -m taskchat.doctor", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--with", dest="others", metavar="FILE", help="auth-service's findings as JSON; - is the input")
    parser.add_argument("--ask-model", action="store_true", help="let the model call a tool, as in a turn")
    parser.add_argument("--without-keys", action="store_true", help="auth-service is known not to run")
    parser.add_argument("--without-database", action="store_true", help="the database is known not to run")
    parser.add_argument("--json", action="store_true", help="a JSON object a line")
    arguments = parser.parse_args()
    report = Report(as_json=arguments.json)
    return run_doctor(lambda: asyncio.run(_examine_all(arguments, report)), report)


if __name__ == "__main__":
    sys.exit(main())
