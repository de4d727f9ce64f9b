"""Explanations of failed database connections, in one sentence that says what to do.

auth-service uses the same sentences (src/database/connection-errors.ts); tests/contract and tests/poolers compare them.
They contain no secrets and no user data.
"""

import re
import socket
import ssl

import asyncpg

from taskchat.database.url import DatabaseUrl

# Source: OpenSSL, x509_vfy.h.
EXPIRED = {9, 10}
OTHER_HOST = {62, 64}
WANTS_TLS = re.compile(r"\bssl|encrypt|insecure", re.IGNORECASE)


def explain_connection_error(error: BaseException, url: DatabaseUrl) -> str:
    """Explain the error that the driver raised, and how to fix it."""
    match error:
        case ssl.SSLCertVerificationError():
            return _why_certificate_refused(error, url)
        case ssl.SSLError():
            return f"{url.address} and we find no common TLS: {error.reason}"
        case ConnectionRefusedError():
            return f"nothing listens at {url.address}: start the database, or correct the address"
        case socket.gaierror():
            return f"the host name of {url.address} is unknown: correct it"
        case TimeoutError():
            return f"{url.address} does not answer: is it the right address, and does a firewall let us through?"
        case ConnectionError() if "rejected SSL" in str(error):
            advice = "turn it on there, or add sslmode=disable to the URL if nobody else is in between"
            return f"{url.address} has no TLS: {advice}"
        case asyncpg.PostgresError():
            return _why_server_refused(error, url)
    code = getattr(error, "errno", None) or "the connection broke"
    return f"the database at {url.address} cannot be reached: {code}"


def _why_certificate_refused(error: ssl.SSLCertVerificationError, url: DatabaseUrl) -> str:
    if error.verify_code in OTHER_HOST:
        return f"the certificate of {url.address} is for another host name: write the name that it has"
    if error.verify_code in EXPIRED:
        advice = "or this machine's clock is wrong: renew the one or set the other"
        return f"the certificate of {url.address} has expired, {advice}"
    advice = "add sslrootcert=FILE, the signer's certificate, to the URL"
    return f"nobody known here has signed the certificate of {url.address}: {advice}"


def _why_server_refused(error: asyncpg.PostgresError, url: DatabaseUrl) -> str:
    sqlstate = error.sqlstate or ""
    # Postgres and poolers say in different words, and only in words, that they want TLS.
    if not url.tls and WANTS_TLS.search(str(error)):
        return f"{url.address} wants TLS: add sslmode=require to the URL"
    if sqlstate.startswith("28"):
        advice = "check its password, or run the bootstrap: python -m taskchat.database.bootstrap"
        return f"{url.address} does not let the role {url.user} in: {advice}"
    if sqlstate == "3D000":
        return f"there is no such database at {url.address}: make it, or correct the URL"
    reason = " ".join(str(error.args[0] if error.args else type(error).__name__).split())
    return f"the database at {url.address} refused: {reason} (SQLSTATE {sqlstate})"
