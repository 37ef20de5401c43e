"""The development issuer: signs tokens with a key of this host's own, where no sign-on is configured."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any, Self

import msgspec
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import Key, OKPKey

from gateway.auth.claims import identify, read_claims
from gateway.auth.keyfile import read_or_make
from gateway.auth.keys import TrustedKeys, read_jwks
from gateway.settings import Settings
from gateway.sources import ConfigurationError

KEY_FILE = "issuer.jwk"
ISSUER = "urn:longgang-community-graph:development"
"""The `iss` of its tokens."""


class DevelopmentIssuer:
    """A key pair (Ed25519): signs, and gives its public half (gateway.auth.keys.KeySource)."""

    def __init__(self, key: OKPKey, audience: str) -> None:
        self._key = key
        self._audience = audience
        public = {**key.as_dict(private=False), "kid": key.thumbprint()}
        self._keys: TrustedKeys = read_jwks(msgspec.json.encode({"keys": [public]}))

    @classmethod
    def open(cls, settings: Settings) -> Self:
        """Take the key under GATEWAY_STATE_DIR, made at first use; ConfigurationError if it is none."""
        path = settings.state_dir / KEY_FILE
        text = read_or_make(path, _make)
        try:
            jwk = msgspec.json.decode(text, type=dict[str, Any])
            return cls(OKPKey.import_key(jwk), settings.jwt_audience)
        except (JoseError, ValueError, LookupError, TypeError):
            # Without its words: they may quote the key.
            raise ConfigurationError(f"GATEWAY_STATE_DIR: {path} does not hold a key.") from None

    async def find(self, kid: str | None, algorithm: str) -> Key | None:
        """Give the public key, if a token names it."""
        return self._keys.find(kid, algorithm)

    def sign(self, claims: Mapping[str, Any], *, issued: int, seconds: int) -> str:
        """Give a token with these claims, good for so long from `issued` (Unix time, in seconds) on.

        Unauthenticated if no gateway would take it: a mistake is told where it is made.
        """
        header = {"alg": "Ed25519", "kid": self._key.thumbprint()}
        ours = {
            "iss": ISSUER,
            "aud": self._audience,
            "iat": issued,
            "exp": issued + seconds,
            "jti": secrets.token_hex(16),
        }
        said = {**claims, **ours}
        identify(read_claims(msgspec.json.encode(said)), issuer=ISSUER, audience=self._audience, now=issued)
        return jwt.encode(header, said, self._key, algorithms=["Ed25519"])


def _make() -> bytes:
    return msgspec.json.encode(OKPKey.generate_key("Ed25519").as_dict(private=True)) + b"\n"
