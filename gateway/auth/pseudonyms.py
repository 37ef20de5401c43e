"""Pseudonyms: what stands for a person here and at sources, so that nobody reads the person back."""

from __future__ import annotations

import hmac
import secrets
from typing import Self

from gateway.auth.keyfile import read_or_make
from gateway.settings import MIN_KEY_CHARACTERS, Settings
from gateway.sources import ConfigurationError

KEY_FILE = "pseudonym.key"


class Pseudonyms:
    """Keyed hashes (HMAC-SHA256, RFC 2104). Whoever loses the key loses whose records are whose."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    @classmethod
    def open(cls, settings: Settings) -> Self:
        """Take GATEWAY_PSEUDONYM_KEY, else the key under GATEWAY_STATE_DIR, made at its first use.

        ConfigurationError where it cannot be kept there.
        """
        if given := settings.pseudonym_key.get_secret_value():
            return cls(given.encode())
        path = settings.state_dir / KEY_FILE
        # Text: put into GATEWAY_PSEUDONYM_KEY it is the same key, so that a second host can share it.
        key = read_or_make(path, lambda: secrets.token_urlsafe(48).encode("ascii") + b"\n").strip()
        if len(key) < MIN_KEY_CHARACTERS:
            raise ConfigurationError(f"GATEWAY_STATE_DIR: {path} does not hold a key.")
        return cls(key)

    def resident(self, issuer: str, sub: str) -> str:
        """Give what stands for a person in all that the graph keeps: 64 hexadecimal digits."""
        return self._hash(f"resident:{issuer}:{sub}")

    def at(self, source: str, resident: str) -> str:
        """Give what stands for a resident at one source: 32 hexadecimal digits, others at each source.

        Two sources that compare what they hold cannot tell that it is of one person.
        """
        return self._hash(f"source:{source}:{resident}")[:32]

    def _hash(self, text: str) -> str:
        return hmac.digest(self._key, text.encode(), "sha256").hex()
