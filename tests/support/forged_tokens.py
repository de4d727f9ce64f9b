"""Tokens that the api must refuse, by name.

Where possible, they carry a valid signature by the issuer's key, so that each has exactly one flaw.
"""

import base64
import hashlib
import hmac
import json
import math
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import UUID, uuid4

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from support.issuer import Issuer, SigningKey, base64url, signature

ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""The order of the group of P-256."""
OMITTED = object()
EMPTY = b"{}"


@dataclass(frozen=True)
class Forger:
    """An attacker who has an account, knows everything public, and runs a web server.

    Attributes:
        elsewhere: publishes the attacker's key.
    """

    issuer: Issuer
    user_id: UUID
    elsewhere: Issuer

    @cached_property
    def own(self) -> SigningKey:
        """The attacker's key, with the id of the issuer's."""
        return SigningKey(self.issuer.key.id)

    @property
    def token(self) -> str:
        return self.issuer.token(self.user_id)

    @property
    def segments(self) -> tuple[str, str, str]:
        header, payload, signed = self.token.split(".")
        return header, payload, signed

    def header(self, **changes: Any) -> dict[str, Any]:
        header = {"alg": "ES256", "kid": self.issuer.key.id, **changes}
        return {name: value for name, value in header.items() if value is not OMITTED}

    def claims(self, **changes: Any) -> dict[str, Any]:
        claims = {**self.issuer.claims(self.user_id), **changes}
        return {name: value for name, value in claims.items() if value is not OMITTED}

    def with_header(self, **changes: Any) -> str:
        """Return a token signed by the issuer's key, with this header."""
        return self.with_bytes(header=to_bytes(self.header(**changes)))

    def with_claims(self, **changes: Any) -> str:
        """Return a token signed by the issuer's key, with these claims."""
        return self.with_bytes(payload=to_bytes(self.claims(**changes)))

    def with_bytes(self, *, header: bytes | None = None, payload: bytes | None = None) -> str:
        return self.issuer.key.sign_bytes(header or to_bytes(self.header()), payload or to_bytes(self.claims()))

    def with_signature(self, changed: Callable[[bytes], bytes]) -> str:
        *signed, last = self.segments
        return ".".join([*signed, base64url(changed(base64.urlsafe_b64decode(last + "==")))])

    def with_algorithm(self, algorithm: str, sign: Callable[[bytes], bytes], **header: Any) -> str:
        signed = f"{base64url(to_bytes(self.header(alg=algorithm, **header)))}.{base64url(to_bytes(self.claims()))}"
        return f"{signed}.{base64url(sign(signed.encode()))}"

    def with_hmac(self, secret: bytes, algorithm: str = "HS256") -> str:
        return self.with_algorithm(algorithm, hmac_by(secret, algorithm.replace("HS", "sha")))

    def public_bytes(self, encoding: serialization.Encoding, form: serialization.PublicFormat) -> bytes:
        return self.issuer.key.private.public_key().public_bytes(encoding, form)

    @property
    def public_pem(self) -> bytes:
        return self.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def to_bytes(value: Any) -> bytes:
    return json.dumps(value).encode()


def hmac_by(secret: bytes, digest: str) -> Callable[[bytes], bytes]:
    return lambda signed: hmac.digest(secret, signed, digest)


def by_rsa(scheme: padding.AsymmetricPadding) -> Callable[[bytes], bytes]:
    return lambda signed: rsa.generate_private_key(65537, 2048).sign(signed, scheme, hashes.SHA256())


def by_curve(curve: ec.EllipticCurve, hashed: hashes.HashAlgorithm) -> Callable[[bytes], bytes]:
    size = (curve.key_size + 7) // 8

    def sign(signed: bytes) -> bytes:
        r, s = decode_dss_signature(ec.generate_private_key(curve).sign(signed, ec.ECDSA(hashed)))
        return r.to_bytes(size) + s.to_bytes(size)

    return sign


def halves(signed: bytes) -> tuple[int, int]:
    return int.from_bytes(signed[:32]), int.from_bytes(signed[32:])


def to_der(signed: bytes) -> bytes:
    return encode_dss_signature(*halves(signed))


def high_s_twin(signed: bytes) -> bytes:
    """Return the second valid signature, which anyone can compute from the first."""
    r, s = halves(signed)
    return signature(r, ORDER - s)


def with_unused_bits_set(token: str) -> str:
    """Return another spelling of the same bytes, by setting bits that base64 ignores."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return token[:-1] + alphabet[alphabet.index(token[-1]) + 1]


def nested(depth: int, opening: bytes, closing: bytes) -> bytes:
    return opening * depth + closing * depth


Forge = Callable[[Forger], str]
Table = dict[str, Forge]

NOT_A_TOKEN: Table = {
    "a word": lambda f: "abc",
    "only dots": lambda f: "..",
    "garbage between dots": lambda f: "x.y.z",
    "one segment": lambda f: f.segments[0],
    "two segments": lambda f: ".".join(f.segments[:2]),
    "four segments": lambda f: f"{f.token}.{f.segments[2]}",
    "five segments, like an encrypted token": lambda f: ".".join(
        [base64url(to_bytes({"alg": "ECDH-ES", "enc": "A128GCM", "kid": f.issuer.key.id})), "", *f.segments]
    ),
    "five full segments": lambda f: ".".join([*f.segments, *f.segments[1:]]),
    "JSON serialization": lambda f: json.dumps(
        dict(zip(("protected", "payload", "signature"), f.segments, strict=True)), separators=(",", ":")
    ),
    "detached payload": lambda f: f"{f.segments[0]}..{f.segments[2]}",
    "no header": lambda f: f".{f.segments[1]}.{f.segments[2]}",
    "a dot at the end": lambda f: f.token + ".",
    "a dot at the beginning": lambda f: "." + f.token,
    "quoted": lambda f: f'"{f.token}"',
    "a session token": lambda f: "rQ0qzBMPvBi0pQGCVb7EgF4y6kQ2aTn1.c2lnbmF0dXJl",
    "just too long": lambda f: f.with_claims(padding="x" * 3000),
    "very long": lambda f: f.with_claims(padding="x" * 30_000),
    "a word after it": lambda f: f.token + " more",
    "a second one after a comma": lambda f: f"{f.token},{f.token}",
}

SPELLING: Table = {
    "padded with =": lambda f: f.token + "==",
    "header padded with =": lambda f: ".".join([f.segments[0] + "=", *f.segments[1:]]),
    "base64 with the standard alphabet": lambda f: f.token[:-20] + "+/" + f.token[-18:],
    "white space inside": lambda f: f.token[:40] + " " + f.token[40:],
    "a tab inside the signature": lambda f: f.token[:-20] + "\t" + f.token[-20:],
    "percent encoding": lambda f: f.token.replace(".", "%2E"),
    "unused bits set": lambda f: with_unused_bits_set(f.token),
    "a character that is not base64": lambda f: f.token[:-3] + "~" + f.token[-2:],
}

ALGORITHM: Table = {
    **{f"alg {name}, no signature": lambda f, n=name: f.with_algorithm(n, lambda _: b"") for name in ("none", "None")},  # type: ignore[misc]
    **{f"alg {name}, signed": lambda f, n=name: f.with_header(alg=n) for name in ("none", "nOnE", "NONE", "es256")},  # type: ignore[misc]
    "alg missing": lambda f: f.with_header(alg=OMITTED),
    "alg null": lambda f: f.with_header(alg=None),
    "alg empty": lambda f: f.with_header(alg=""),
    "alg with a space": lambda f: f.with_header(alg="ES256 "),
    "alg a list": lambda f: f.with_header(alg=["ES256"]),
    "alg an object": lambda f: f.with_header(alg={"ES256": 1}),
    "alg a number": lambda f: f.with_header(alg=256),
    "HS256 with a guessed secret": lambda f: f.with_hmac(b"secret"),
    "HS256 with an empty secret": lambda f: f.with_hmac(b""),
    "HS256 with the public key as PEM": lambda f: f.with_hmac(f.public_pem),
    "HS256 with the public key as stripped PEM": lambda f: f.with_hmac(f.public_pem.strip()),
    "HS384 with the public key as PEM": lambda f: f.with_hmac(f.public_pem, "HS384"),
    "HS512 with the public key as PEM": lambda f: f.with_hmac(f.public_pem, "HS512"),
    "HS256 with the public key as DER": lambda f: f.with_hmac(
        f.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    ),
    "HS256 with the public key as a point": lambda f: f.with_hmac(
        f.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
    ),
    "HS256 with the public key as JWK": lambda f: f.with_hmac(to_bytes(f.issuer.key.public)),
    "HS256 with the public key's x": lambda f: f.with_hmac(f.issuer.key.public["x"].encode()),
    "HS256 with the whole key set": lambda f: f.with_hmac(to_bytes(f.issuer.published)),
    "RS256": lambda f: f.with_algorithm("RS256", by_rsa(padding.PKCS1v15())),
    "PS256": lambda f: f.with_algorithm("PS256", by_rsa(padding.PSS(padding.MGF1(hashes.SHA256()), 32))),
    "ES384": lambda f: f.with_algorithm("ES384", by_curve(ec.SECP384R1(), hashes.SHA384())),
    "ES512": lambda f: f.with_algorithm("ES512", by_curve(ec.SECP521R1(), hashes.SHA512())),
    "ES256K": lambda f: f.with_algorithm("ES256K", by_curve(ec.SECP256K1(), hashes.SHA256())),
    "EdDSA": lambda f: f.with_algorithm("EdDSA", ed25519.Ed25519PrivateKey.generate().sign),
    "ES256 labelled as ES384": lambda f: f.with_header(alg="ES384"),
}

HEADER: Table = {
    "kid missing": lambda f: f.with_header(kid=OMITTED),
    "kid null": lambda f: f.with_header(kid=None),
    "kid a number": lambda f: f.with_header(kid=1),
    "kid a list": lambda f: f.with_header(kid=[f.issuer.key.id]),
    "kid an object": lambda f: f.with_header(kid={"$ne": None}),
    "kid empty": lambda f: f.with_header(kid=""),
    "kid too long": lambda f: f.with_header(kid="x" * 129),
    "kid huge": lambda f: f.with_header(kid="x" * 2500),
    "kid of a lone surrogate": lambda f: f.with_header(kid="\ud800"),
    "crit": lambda f: f.with_header(crit=["exp"]),
    "crit empty": lambda f: f.with_header(crit=[]),
    "crit null": lambda f: f.with_header(crit=None),
    "payload not encoded": lambda f: f.with_header(b64=False, crit=["b64"]),
    "payload not encoded, and not critical": lambda f: f.with_header(b64=False),
    "compressed": lambda f: f.issuer.key.sign_bytes(
        to_bytes(f.header(zip="DEF")), zlib.compress(to_bytes(f.claims()))[2:-4]
    ),
    "labelled as compressed": lambda f: f.with_header(zip="DEF"),
    "typ of another kind": lambda f: f.with_header(typ="dpop+jwt"),
    "typ a number": lambda f: f.with_header(typ=1),
    "a token in a token": lambda f: f.issuer.key.sign_bytes(to_bytes(f.header(cty="JWT")), f.token.encode()),
    "our token in our token": lambda f: f.with_bytes(payload=f.token.encode()),
    "jwk with our signature": lambda f: f.with_header(jwk=f.issuer.key.public),
    "foreign jwk": lambda f: f.own.sign(f.claims(), jwk=f.own.public),
    "foreign jwk without kid": lambda f: f.own.sign_bytes(
        to_bytes({"alg": "ES256", "jwk": f.own.public}), to_bytes(f.claims())
    ),
    "foreign jku": lambda f: f.own.sign(f.claims(), jku=f.elsewhere.jwks_url),
    "foreign jku under its own kid": lambda f: f.elsewhere.key.sign(f.claims(), jku=f.elsewhere.jwks_url),
    "foreign x5u": lambda f: f.own.sign(f.claims(), x5u=f.elsewhere.jwks_url),
    "foreign x5c": lambda f: f.own.sign(f.claims(), x5c=[base64.b64encode(f.own.pem.encode()).decode()]),
    "x5t": lambda f: f.with_header(x5t=base64url(hashlib.sha1(b"x", usedforsecurity=False).digest())),
    "header named twice": lambda f: f.with_bytes(
        header=f'{{"alg": "none", "alg": "ES256", "kid": "{f.issuer.key.id}"}}'.encode()
    ),
    "header a list": lambda f: f.with_bytes(header=to_bytes([f.header()])),
    "header a text": lambda f: f.with_bytes(header=b'"ES256"'),
    "header null": lambda f: f.with_bytes(header=b"null"),
    "header is not JSON": lambda f: f.with_bytes(header=b"alg=ES256"),
    "header is not UTF-8": lambda f: f.with_bytes(header=to_bytes(f.header())[:-1] + b',"typ":"\xff"}'),
    "header UTF-16": lambda f: f.with_bytes(header=json.dumps(f.header()).encode("utf-16")),
    "header with a byte order mark": lambda f: f.with_bytes(header=b"\xef\xbb\xbf" + to_bytes(f.header())),
    "header nested deeply": lambda f: f.with_bytes(header=nested(1400, b"[", b"]")),
    "header member nested deeply": lambda f: f.with_bytes(header=nested(450, b'{"a":', b"}").replace(b":}", b":0}")),
    "header with a very long number": lambda f: f.with_bytes(header=b'{"alg": ' + b"9" * 2500 + b"}"),
}

PAYLOAD: Table = {
    "payload empty": lambda f: f.with_bytes(payload=EMPTY),
    "payload a list": lambda f: f.with_bytes(payload=to_bytes([f.claims()])),
    "payload a text": lambda f: f.with_bytes(payload=to_bytes(str(f.user_id))),
    "payload null": lambda f: f.with_bytes(payload=b"null"),
    "payload is not JSON": lambda f: f.with_bytes(payload=b"sub=alice"),
    "payload UTF-16": lambda f: f.with_bytes(payload=json.dumps(f.claims()).encode("utf-16")),
    "payload nested deeply": lambda f: f.with_bytes(payload=nested(1400, b"[", b"]")),
    "sub named twice": lambda f: f.with_bytes(payload=f'{{"sub": "{uuid4()}", '.encode() + to_bytes(f.claims())[1:]),
    "sub named twice, once escaped": lambda f: f.with_bytes(
        payload=f'{{"\\u0073ub": "{uuid4()}", '.encode() + to_bytes(f.claims())[1:]
    ),
    "JSON cut off": lambda f: f.with_bytes(payload=to_bytes(f.claims())[:-1]),
    "JSON followed by more": lambda f: f.with_bytes(payload=to_bytes(f.claims()) + b"{}"),
}


def _wrong(claim: str, what: str, change: Callable[[Any], Any]) -> tuple[str, Forge]:
    return f"{claim} {what}", lambda f: f.with_claims(**{claim: change(f.claims().get(claim, int(time.time())))})


_NOT_A_STRING: dict[str, Callable[[Any], Any]] = {
    "missing": lambda v: OMITTED,
    "null": lambda v: None,
    "empty": lambda v: "",
    "a number": lambda v: 1,
    "true": lambda v: True,
    "a list": lambda v: [v],
    "an object": lambda v: {"value": v},
    "with a suffix": lambda v: f"{v}x",
    "after a space": lambda v: f" {v}",
    "before a line break": lambda v: f"{v}\n",
    "with a NUL": lambda v: f"{v}\x00",
}
_NOT_A_TIME: dict[str, Callable[[Any], Any]] = {
    "null": lambda v: None,
    "a text": str,
    "a float": lambda v: v + 0.5,
    "an integral float": float,
    "true": lambda v: True,
    "a list": lambda v: [v],
    "negative": lambda v: -1,
    "NaN": lambda v: math.nan,
    "infinite": lambda v: math.inf,
    "huge": lambda v: 10**400,
    "just too large": lambda v: 2**53,
}
CLAIMS: Table = {
    **dict(
        _wrong(claim, what, change) for claim in ("sub", "sid", "iss", "aud") for what, change in _NOT_A_STRING.items()
    ),
    **dict(_wrong(claim, what, change) for claim in ("iat", "exp", "nbf") for what, change in _NOT_A_TIME.items()),
    "iat missing": lambda f: f.with_claims(iat=OMITTED),
    "exp missing": lambda f: f.with_claims(exp=OMITTED),
    "iat in the future": lambda f: f.with_claims(iat=int(time.time()) + 60),
    "nbf in the future": lambda f: f.with_claims(nbf=int(time.time()) + 60),
    "sub in capitals": lambda f: f.with_claims(sub=str(UUID("abcdefab-cdef-4bcd-8fab-cdefabcdefab")).upper()),
    "sub in braces": lambda f: f.with_claims(sub=f"{{{f.user_id}}}"),
    "sub as urn": lambda f: f.with_claims(sub=f.user_id.urn),
    "sub without hyphens": lambda f: f.with_claims(sub=f.user_id.hex),
    "sub in full-width digits": lambda f: f.with_claims(
        sub=str(f.user_id).translate({ord("0") + n: 0xFF10 + n for n in range(10)} | {ord("a"): 0xFF41})
    ),
    "sub of SQL": lambda f: f.with_claims(sub="' or true --"),
    "iss with a slash": lambda f: f.with_claims(iss=f.issuer.url + "/"),
    "iss in capitals": lambda f: f.with_claims(iss=f.issuer.url.upper()),
    "iss of another scheme": lambda f: f.with_claims(iss=f.issuer.url.replace("http:", "https:")),
    "iss elsewhere": lambda f: f.with_claims(iss=f.elsewhere.url),
    "aud of another service": lambda f: f.with_claims(aud="billing-api"),
    "aud in capitals": lambda f: f.with_claims(aud="CHAT-API"),
    "aud a list of several": lambda f: f.with_claims(aud=["chat-api", "billing-api"]),
    "of another environment": lambda f: f.elsewhere.token(f.user_id),
}

WRONG_SIZE: Table = {
    "signature empty": lambda f: ".".join([*f.segments[:2], ""]),
    "signature cut": lambda f: f.with_signature(lambda b: b[:-1]),
    "signature of one half": lambda f: f.with_signature(lambda b: b[:32]),
    "signature with a byte more": lambda f: f.with_signature(lambda b: b + b"\x00"),
    "signature doubled": lambda f: f.with_signature(lambda b: b + b),
    "signature as DER": lambda f: f.with_signature(to_der),
}

IMPLAUSIBLE: Table = NOT_A_TOKEN | SPELLING | ALGORITHM | HEADER | PAYLOAD | CLAIMS | WRONG_SIZE
"""Tokens that can be refused without any key."""

PLAUSIBLE: Table = {
    "foreign key under our kid": lambda f: f.own.sign(f.claims()),
    "foreign key under its own kid": lambda f: SigningKey("foreign").sign(f.claims()),
    "key of another environment": lambda f: SigningKey("key-of-staging").sign(f.claims()),
    "kid of another key of ours": lambda f: f.with_header(kid="key-2"),
    "kid of our Ed25519 key": lambda f: f.with_header(kid="ed25519"),
    "kid of our RSA key": lambda f: f.with_header(kid="rsa"),
    "kid of our encryption key": lambda f: f.with_header(kid="encryption"),
    "kid unknown": lambda f: f.with_header(kid="unknown"),
    "kid in capitals": lambda f: f.with_header(kid=f.issuer.key.id.upper()),
    "kid a path": lambda f: f.with_header(kid="../../../../../../dev/null"),
    "kid an address": lambda f: f.with_header(kid=f.elsewhere.jwks_url),
    "kid of SQL": lambda f: f.with_header(kid="x' union select 'secret' --"),
    "kid of a command": lambda f: f.with_header(kid="|/usr/bin/id"),
    "kid with a NUL": lambda f: f.with_header(kid=f"{f.issuer.key.id}\x00"),
    "kid as long as allowed": lambda f: f.with_header(kid="x" * 128),
    "header changed": lambda f: ".".join([base64url(to_bytes(f.header(typ="JWT"))), *f.with_header().split(".")[1:]]),
    "payload changed": lambda f: ".".join([f.segments[0], base64url(to_bytes(f.claims())), f.segments[2]]),
    "signature of another token": lambda f: ".".join([*f.segments[:2], f.segments[2]]),
    "signature of the payload alone": lambda f: f.with_algorithm(
        "ES256", lambda signed: base64.urlsafe_b64decode(f.issuer.key.sign_bytes(b"", signed).split(".")[2] + "==")
    ),
    "signature all zero": lambda f: f.with_signature(lambda _: bytes(64)),
    "signature all ones": lambda f: f.with_signature(lambda _: b"\xff" * 64),
    "signature of r = 0": lambda f: f.with_signature(lambda b: bytes(32) + b[32:]),
    "signature of s = 0": lambda f: f.with_signature(lambda b: b[:32] + bytes(32)),
    "signature of r = s = the order": lambda f: f.with_signature(lambda _: signature(ORDER, ORDER)),
    "signature of r = s = 1": lambda f: f.with_signature(lambda _: signature(1, 1)),
    "signature's halves swapped": lambda f: f.with_signature(lambda b: b[32:] + b[:32]),
    "signature with one bit flipped": lambda f: f.with_signature(lambda b: b[:-1] + bytes([b[-1] ^ 1])),
}
