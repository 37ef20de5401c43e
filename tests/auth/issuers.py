"""A sign-on of the tests' own: signs with the cryptography library, so that joserfc is not its own judge."""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from gateway.auth.jwt import JwtVerifier
from gateway.auth.keys import KeySource, read_jwks
from tests.conftest import NOW

ISSUER = "https://sign-on.test"
AUDIENCE = "longgang-community-graph"
NOW_S = int(NOW.timestamp())
SUB = "li-440305199001011234"

Sign = Callable[[bytes], bytes]


def b64(data: bytes) -> str:
    """Base64url without padding (RFC 7515, section 2)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def number(value: int) -> str:
    """A number as a JWK has it."""
    return b64(value.to_bytes((value.bit_length() + 7) // 8, "big"))


class SigningKey:
    """A key pair: its public half as JWK, and how it signs."""

    def __init__(self, kid: str, jwk: Mapping[str, Any], sign: Sign, alg: str, public: bytes) -> None:
        self.kid = kid
        self.jwk = {**jwk, "kid": kid, "use": "sig"}
        self.sign = sign
        self.alg = alg
        self.public = public


def ed25519_key(kid: str) -> SigningKey:
    """One for `Ed25519`, which many call `EdDSA`."""
    key = ed25519.Ed25519PrivateKey.generate()
    public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    jwk = {"kty": "OKP", "crv": "Ed25519", "x": b64(public)}
    return SigningKey(kid, jwk, key.sign, "Ed25519", public)


def es256_key(kid: str, curve: ec.EllipticCurve | None = None) -> SigningKey:
    """One for `ES256`, or of another curve."""
    key = ec.generate_private_key(curve or ec.SECP256R1())
    numbers = key.public_key().public_numbers()
    name = {"secp256r1": "P-256", "secp384r1": "P-384"}[key.curve.name]
    size = (key.curve.key_size + 7) // 8
    x, y = (b64(value.to_bytes(size, "big")) for value in (numbers.x, numbers.y))

    def sign(data: bytes) -> bytes:
        r, s = decode_dss_signature(key.sign(data, ec.ECDSA(SHA256())))
        return r.to_bytes(size, "big") + s.to_bytes(size, "big")

    pem = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return SigningKey(kid, {"kty": "EC", "crv": name, "x": x, "y": y}, sign, "ES256", pem)


@cache
def rsa_private(bits: int) -> rsa.RSAPrivateKey:
    """One a session: they take time."""
    return rsa.generate_private_key(65537, bits)


def rsa_key(kid: str, alg: str = "RS256", bits: int = 2048) -> SigningKey:
    """One for `RS256` or `PS256`."""
    key = rsa_private(bits)
    numbers = key.public_key().public_numbers()
    pad = padding.PKCS1v15() if alg == "RS256" else padding.PSS(padding.MGF1(SHA256()), 32)
    jwk = {"kty": "RSA", "n": number(numbers.n), "e": number(numbers.e)}
    pem = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return SigningKey(kid, jwk, lambda data: key.sign(data, pad, SHA256()), alg, pem)


def hs256(secret: bytes) -> Sign:
    """A shared secret, which nobody must trust."""
    return lambda data: hmac.digest(secret, data, "sha256")


def claims(**more: Any) -> dict[str, Any]:
    """What a good token says; a claim given as None is left out."""
    said = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": SUB,
        "iat": NOW_S,
        "exp": NOW_S + 600,
        **more,
    }
    return {name: value for name, value in said.items() if value is not None}


def compact(header: object, payload: object, sign: Sign) -> str:
    """Put a token together, however absurd (RFC 7515, section 7.1)."""
    parts = [part if isinstance(part, bytes) else json.dumps(part).encode() for part in (header, payload)]
    signed = ".".join(map(b64, parts))
    return f"{signed}.{b64(sign(signed.encode()))}"


def token(key: SigningKey, *, header: Mapping[str, Any] | None = None, **more: Any) -> str:
    """A token of a key, with these claims beside the usual ones."""
    return compact({"alg": key.alg, "kid": key.kid, **(header or {})}, claims(**more), key.sign)


def jwks(*keys: SigningKey) -> bytes:
    """The keys as an issuer publishes them."""
    return json.dumps({"keys": [key.jwk for key in keys]}).encode()


class Published:
    """Keys that are just there."""

    def __init__(self, text: bytes) -> None:
        self._keys = read_jwks(text)

    async def find(self, kid: str | None, algorithm: str) -> Any:
        """Look among them."""
        return self._keys.find(kid, algorithm)


def verifier(keys: KeySource) -> JwtVerifier:
    """The judge of these tests, at NOW."""
    return JwtVerifier(keys, issuer=ISSUER, audience=AUDIENCE, now=lambda: NOW)
