"""Viewer: who asks, as far as the graph needs to know."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import msgspec


class Viewer(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who has shown a token that is good.

    `resident` stands for the token's `sub` wherever the graph keeps something of that person: a keyed hash,
    from which nobody reads the `sub` back.
    """

    resident: str
    role: str
    scopes: frozenset[str] = frozenset()
    accounts: Mapping[str, str] = {}
    """The person's own numbers at sources that need one, by source id: a library card, a volunteer number."""
    born: date | None = None
    """The token's `birthdate` (OpenID Connect Core 1.0, section 5.1)."""
