"""Keys: the public ones of an issuer, as its JWK Set has them (RFC 7517), and which of them a token names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey
from joserfc.util import base64_to_int

ALGORITHMS = frozenset({"Ed25519", "ES256", "RS256", "PS256"})
"""Signatures that are taken, by their names of RFC 7518 and RFC 9864: only the issuer can make them. With a
shared secret (HS256), whoever checks a token could make one."""
_OLD_NAMES = {"EdDSA": "Ed25519"}
"""RFC 8037's name, which RFC 9864 gave up because it may mean another curve as well."""

_MIN_RSA_BITS = 2048


class _Jwk(msgspec.Struct, frozen=True):
    """The public members of a key; what is private of it is not even read."""

    kty: str
    kid: str | None = None
    use: str | None = None
    key_ops: list[str] | None = None
    alg: str | None = None
    crv: str | None = None
    x: str | None = None
    y: str | None = None
    n: str | None = None
    e: str | None = None


class _JwkSet(msgspec.Struct):
    keys: list[msgspec.Raw]


class TrustedKey(msgspec.Struct, frozen=True):
    """A key, its name, and the signatures that are taken from it."""

    kid: str | None
    algorithms: frozenset[str]
    key: Key


class TrustedKeys:
    """An issuer's keys, as it published them at one time."""

    def __init__(self, keys: Sequence[TrustedKey]) -> None:
        self._keys = keys

    def find(self, kid: str | None, algorithm: str) -> Key | None:
        """Give the key that a token names, if it makes such signatures; without a name, the only one."""
        if kid is None and len(self._keys) != 1:
            return None
        for each in self._keys:
            if kid in (None, each.kid) and algorithm in each.algorithms:
                return each.key
        return None


class KeySource(Protocol):
    """Where an issuer's keys are."""

    async def find(self, kid: str | None, algorithm: str) -> Key | None:
        """Give the key that a token names; None if there is none, SignOnUnavailable if nobody can tell."""
        ...


def algorithm_of(name: str) -> str | None:
    """Give the one name of a signature that is taken, None for all others."""
    name = _OLD_NAMES.get(name, name)
    return name if name in ALGORITHMS else None


def read_jwks(text: bytes) -> TrustedKeys:
    """Read a JWK Set; ValueError, which quotes nothing, if it is none or holds no key that can be used.

    Keys that are not understood or are for something else are left out (RFC 7517, section 5).
    """
    try:
        entries = msgspec.json.decode(text, type=_JwkSet).keys
    except (ValueError, RecursionError):
        raise ValueError("no JWK Set") from None
    keys = [key for entry in entries if (key := _read(entry)) is not None]
    if not keys:
        raise ValueError("no key that can be used")
    return TrustedKeys(keys)


def _read(entry: msgspec.Raw) -> TrustedKey | None:
    try:
        jwk = msgspec.json.decode(entry, type=_Jwk)
    except (ValueError, RecursionError):
        return None
    if jwk.use not in (None, "sig") or (jwk.key_ops is not None and "verify" not in jwk.key_ops):
        return None
    try:
        key, algorithms = _import(jwk)
    except (JoseError, ValueError):
        return None
    if jwk.alg is not None:
        algorithms &= {_OLD_NAMES.get(jwk.alg, jwk.alg)}
    return TrustedKey(jwk.kid, algorithms, key) if algorithms else None


def _import(jwk: _Jwk) -> tuple[Key, frozenset[str]]:
    """Make a key of its numbers, and say what it signs; ValueError or JoseError if it is none of ours."""
    match jwk:
        case _Jwk(kty="OKP", crv="Ed25519", x=str(x)):
            return OKPKey.import_key({"kty": "OKP", "crv": "Ed25519", "x": x}), frozenset({"Ed25519"})
        case _Jwk(kty="EC", crv="P-256", x=str(x), y=str(y)):
            return ECKey.import_key({"kty": "EC", "crv": "P-256", "x": x, "y": y}), frozenset({"ES256"})
        # joserfc would take a key that is too short, and warn.
        case _Jwk(kty="RSA", n=str(n), e=str(e)) if base64_to_int(n).bit_length() >= _MIN_RSA_BITS:
            return RSAKey.import_key({"kty": "RSA", "n": n, "e": e}), frozenset({"RS256", "PS256"})
    raise ValueError("no key that is taken")
