"""The residents of a run: their tokens, and by what name each source knows them."""

from __future__ import annotations

import time
from pathlib import Path

from gateway.auth.development import ISSUER
from gateway.auth.pseudonyms import Pseudonyms
from gateway.auth.who import development_issuer
from gateway.settings import Settings
from tests.faults.history import Asked
from tests.faults.ledgers import source_of

_LIFETIME_S = 86_400
_NUMBERED = ("volunteers-union", "volunteers-redcross")
"""Sources that know a resident by a number that he has there, and not by our pseudonym."""


class Residents:
    """Of gateways that share a state directory: tokens are signed by its key, as `gateway token` does."""

    def __init__(self, state_dir: Path) -> None:
        settings = Settings(state_dir=state_dir)
        self._issuer = development_issuer(settings)
        self._pseudonyms = Pseudonyms.open(settings)
        self._tokens: dict[str, str] = {}

    def token(self, resident: str) -> str:
        """A resident's token; the same in each request of his."""
        found = self._tokens.get(resident)
        if found is None:
            claims = {
                "sub": resident,
                "role": "resident",
                "accounts": {source: _number(resident) for source in _NUMBERED},
            }
            found = self._issuer.sign(claims, issued=int(time.time()), seconds=_LIFETIME_S)
            self._tokens[resident] = found
        return found

    def client(self, asked: Asked) -> str:
        """Whoever asks, as the slot's source knows him."""
        source = source_of(asked.slot)
        if source in _NUMBERED:
            return _number(asked.resident)
        return self._pseudonyms.at(source, self._pseudonyms.resident(ISSUER, asked.resident))


def _number(resident: str) -> str:
    return f"number-of-{resident}"
