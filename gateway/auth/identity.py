"""Identity: what a good token says of whoever shows it, and what judges tokens."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import date
from typing import TypeAlias

import msgspec

from schema.core.errors import Code, PublicError


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """A person as a sign-on knows them, for as long as it says so."""

    issuer: str
    subject: str
    """The issuer's own name for the person; it goes no further than the pseudonym made of it."""
    expires: float
    """From when on the token is good no more, in seconds of Unix time, all tolerance included."""
    role: str
    scopes: frozenset[str] = frozenset()
    accounts: Mapping[str, str] = {}
    """The person's own numbers at sources that need one, by source id."""
    born: date | None = None


Verify: TypeAlias = Callable[[str], Awaitable[Identity]]
"""Judges a token. Unauthenticated with a safe sentence where it is not good, SignOnUnavailable where nobody
can tell at the moment. The JWT verifier is one; a sign-on with opaque tokens gets another."""


class SignOnUnavailable(PublicError):  # noqa: N818  # it says what is wrong; "Error" would add nothing
    """Whether a token is good cannot be said: the keys of its issuer are not to be had."""

    def __init__(self) -> None:
        super().__init__(
            Code.SIGN_ON_UNAVAILABLE,
            "The sign-on cannot be reached at the moment, so that nobody can tell who asks;"
            " send the same again later, or without a token.",
        )
