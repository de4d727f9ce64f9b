"""Checks what the api needs to serve requests, and says how to fix what is missing.

    python -m taskchat.doctor [--with FILE] [--ask-model] [--without-keys] [--json]

One line per finding; exit status 1 if one failed. `--with -` reads the findings of auth-service's doctor
(`node auth-service/src/commands/doctor.ts --json`), passes them on, and checks that the two services work together.
"""

import argparse
import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

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
from taskchat.settings import Settings, load_settings
from taskchat.streams import use_utf8

TIMEOUT_SECONDS = 15


@dataclass(frozen=True)
class Finding:
    """The result of one check.

    Attributes:
        part: the part that was checked.
        status: `note` needs no fix. `token` carries a token to the next doctor and is not shown.
    """

    part: str
    status: Literal["ok", "failed", "note", "token"]
    message: str


def ok(message: str) -> Finding:
    return Finding("api", "ok", message)


def failed(message: str) -> Finding:
    return Finding("api", "failed", message)


def note(message: str) -> Finding:
    return Finding("api", "note", message)


def read_findings(lines: Iterable[str]) -> list[Finding]:
    """Read another doctor's findings from its lines of JSON."""
    return [Finding(**json.loads(line)) for line in lines if line.strip()]


def show(findings: Iterable[Finding], *, as_json: bool) -> bool:
    """Print the findings; return whether none has failed."""
    all_well = True
    for finding in findings:
        all_well &= finding.status != "failed"
        if as_json:
            print(json.dumps(asdict(finding)))  # noqa: T201
        elif finding.status != "token":
            print(f"{finding.status:7} {finding.part}: {finding.message}")  # noqa: T201
    return all_well


async def examine(settings: Settings, token: str | None, *, ask_model: bool, with_keys: bool) -> AsyncIterator[Finding]:
    """Check everything that the api with these settings needs. `token` was issued by auth-service."""
    yield await _examine_database(settings)
    if with_keys:
        yield await _examine_keys(settings, token)
    else:
        yield note("auth-service is not running, so its keys were not checked")
    yield await _examine_model(settings, ask_model=ask_model)


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


async def _examine_keys(settings: Settings, token: str | None) -> Finding:
    async with _key_set(settings) as key_set:
        if (problem := await key_set.diagnose()) is not None:
            return failed(f"JWKS_URL {problem}: start auth-service, or correct the address to end in /api/auth/jwks")
        skew = describe_skew(key_set.seconds_behind)
        if skew and is_clock_unusable(key_set.seconds_behind):
            return failed(skew)
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
        return ok(f"model {settings.openai_model} (its server was not asked: --ask-model)")
    # Only here, because the agents SDK takes seconds to import.
    from taskchat.chat.providers.diagnosis import diagnose_model
    from taskchat.main import DOMAIN

    problem = await diagnose_model(settings, DOMAIN.instructions, DOMAIN.tools)
    return failed(problem) if problem else ok(f"model {settings.openai_model} called a tool and used its result")


def _lines_of(path: str | None) -> Iterator[str]:
    if path == "-":
        yield from sys.stdin
    elif path is not None:
        yield from Path(path).read_text(encoding="utf-8").splitlines()


async def _findings(arguments: argparse.Namespace) -> list[Finding]:
    others = read_findings(_lines_of(arguments.others))
    try:
        settings = load_settings()
    except SystemExit as problems:
        return [*others, *map(failed, str(problems).splitlines())]
    token = next((finding.message for finding in others if finding.status == "token"), None)
    ours = examine(settings, token, ask_model=arguments.ask_model, with_keys=not arguments.without_keys)
    return [*others, *[finding async for finding in ours]]


def main() -> int:
    use_utf8()
    parser = argparse.ArgumentParser(prog="python -m taskchat.doctor", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--with", dest="others", metavar="FILE", help="auth-service's findings as JSON; - is the input")
    parser.add_argument("--ask-model", action="store_true", help="let the model call a tool, as in a turn")
    parser.add_argument("--without-keys", action="store_true", help="auth-service is known not to run")
    parser.add_argument("--json", action="store_true", help="a JSON object a line")
    arguments = parser.parse_args()
    return 0 if show(asyncio.run(_findings(arguments)), as_json=arguments.json) else 1


if __name__ == "__main__":
    sys.exit(main())
