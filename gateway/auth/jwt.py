"""JWT: a signed token is judged by its issuer's keys (RFC 7515, RFC 7519; checks as RFC 8725 advises)."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwa import JWSAlgModel
from msgspec import UNSET

from gateway.auth.claims import FOREIGN, identify, read_claims
from gateway.auth.identity import Identity
from gateway.auth.keys import ALGORITHMS, KeySource, algorithm_of
from schema.core.errors import Unauthenticated

UNREADABLE = "The token cannot be read; send one JWT of the sign-on, whole, as `Authorization: Bearer …`."


class _Header(msgspec.Struct, frozen=True):
    alg: str
    kid: str | None = None
    crit: Any = UNSET
    b64: Any = UNSET


class _Registry(jws.JWSRegistry):
    """What joserfc lets pass. What a header says beyond what is critical is ignored (RFC 7515, section 4)."""

    max_header_length = 1024

    def __init__(self) -> None:
        super().__init__(algorithms=ALGORITHMS, strict_check_header=False)

    def get_alg(self, name: str) -> JWSAlgModel:
        """Give an algorithm by either of its names."""
        return super().get_alg(algorithm_of(name) or name)


_REGISTRY = _Registry()


class JwtVerifier:
    """Judges the tokens of one issuer for one audience."""

    def __init__(self, keys: KeySource, *, issuer: str, audience: str, now: Callable[[], datetime]) -> None:
        self._keys = keys
        self._issuer = issuer
        self._audience = audience
        self._now = now

    async def __call__(self, token: str) -> Identity:
        """Give whom a token names (gateway.auth.identity.Verify)."""
        header = _header(token)
        algorithm = algorithm_of(header.alg)
        # Neither is ever right in a JWT of ours, and what is critical must be understood (RFC 8725, 3.2).
        if algorithm is None or header.crit is not UNSET or header.b64 is not UNSET:
            raise Unauthenticated(FOREIGN)
        key = await self._keys.find(header.kid, algorithm)
        if key is None:
            raise Unauthenticated(FOREIGN)
        try:
            signed = jws.deserialize_compact(token, key, registry=_REGISTRY)
        except (JoseError, ValueError):
            raise Unauthenticated(FOREIGN) from None
        claims = read_claims(signed.payload or b"")
        return identify(claims, issuer=self._issuer, audience=self._audience, now=self._now().timestamp())


def _header(token: str) -> _Header:
    """Read which key and algorithm a token names; Unauthenticated if it is no JWT."""
    head, _, rest = token.partition(".")
    if rest.count(".") != 1:
        raise Unauthenticated(UNREADABLE)
    try:
        decoded = base64.b64decode(head + "=" * (-len(head) % 4), b"-_", validate=True)
        return msgspec.json.decode(decoded, type=_Header)
    except (ValueError, RecursionError):
        raise Unauthenticated(UNREADABLE) from None
