"""The token check alone: ours, PyJWT's, and the signature by `cryptography` without reading a claim."""

import base64
import time
from collections.abc import Awaitable, Callable
from statistics import median
from uuid import uuid4

import jwt as pyjwt
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from support.issuer import AUDIENCE, Issuer
from taskchat.auth.key_set import KeySet
from taskchat.auth.tokens import TokenVerifier

CHECKS = 300


async def compare_token_checks(issuer: Issuer, rounds: int) -> dict[str, float]:
    """Measure each check in turn, in every round.

    Returns:
        The median of the rounds, in seconds of CPU time per token.
    """
    key_set = KeySet(issuer.jwks_url, max_age_seconds=3600, max_stale_seconds=3600)
    await key_set.refresh()
    verifier = TokenVerifier(key_set, issuer=issuer.url, audience=AUDIENCE)
    public = issuer.key.private.public_key()
    token = issuer.token(uuid4())

    async def ours() -> None:
        await verifier.verify(token)

    async def with_pyjwt() -> None:
        pyjwt.decode(token, public, algorithms=["ES256"], audience=AUDIENCE, issuer=issuer.url)

    async def signature_only() -> None:
        signed, _, signature = token.rpartition(".")
        raw = base64.urlsafe_b64decode(signature + "==")
        der = encode_dss_signature(int.from_bytes(raw[:32]), int.from_bytes(raw[32:]))
        public.verify(der, signed.encode(), ec.ECDSA(hashes.SHA256()))

    checks: dict[str, Callable[[], Awaitable[None]]] = {
        "ours": ours,
        "PyJWT": with_pyjwt,
        "signature only": signature_only,
    }
    seconds: dict[str, list[float]] = {name: [] for name in checks}
    try:
        for _ in range(rounds):
            for name, check in checks.items():
                began = time.process_time()
                for _ in range(CHECKS):
                    await check()
                seconds[name].append((time.process_time() - began) / CHECKS)
    finally:
        await key_set.aclose()
    return {name: median(measured) for name, measured in seconds.items()}
