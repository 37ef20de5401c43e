"""Bearer: the `Authorization` header of a request, and what is answered if it is not good (RFC 6750)."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime
from hashlib import sha256
from typing import NamedTuple

from gateway.auth.identity import SignOnUnavailable, Verify
from gateway.auth.jwt import UNREADABLE
from gateway.auth.pseudonyms import Pseudonyms
from gateway.http.errors import HttpError
from schema.core.errors import Code, Unauthenticated
from schema.core.viewer import Viewer

MAX_BYTES = 8192
"""Of the header: what common servers take of all headers together."""
REMEMBERED = 10_000
"""Tokens that were good just now; each takes about a kilobyte."""
REMEMBERED_S = 300.0
"""How long a token is taken at its last word: so long at most lives one whose key was withdrawn."""

# Several headers come joined by commas, which no token has: two are none.
_BEARER = re.compile(rb"(?i:bearer) +([A-Za-z0-9._~+/-]+=*)")
_INVALID = {b"www-authenticate": b'Bearer error="invalid_token"'}
_RETRY = {b"retry-after": b"10"}


class _Known(NamedTuple):
    viewer: Viewer
    until: float


class Bearer:
    """Tells who asks by the header's value. What was good is remembered by its SHA-256, for no longer than
    it is good, the least recently used giving way.
    """

    def __init__(
        self,
        verify: Verify,
        pseudonyms: Pseudonyms,
        now: Callable[[], datetime],
        remembered: int = REMEMBERED,
    ) -> None:
        self._verify = verify
        self._pseudonyms = pseudonyms
        self._now = now
        self._remembered = remembered
        self._known: OrderedDict[bytes, _Known] = OrderedDict()

    async def __call__(self, authorization: bytes) -> Viewer:
        """Give the viewer; HttpError 401 if the header is not good, 503 if nobody can tell."""
        if len(authorization) > MAX_BYTES:
            raise refusal(UNREADABLE)
        digest = sha256(authorization).digest()
        now = self._now().timestamp()
        known = self._known.get(digest)
        if known is not None:
            if now < known.until:
                self._known.move_to_end(digest)
                return known.viewer
            del self._known[digest]
        found = _BEARER.fullmatch(authorization)
        if found is None:
            raise refusal(UNREADABLE)
        try:
            identity = await self._verify(found[1].decode("ascii"))
        except Unauthenticated as error:
            raise refusal(error.message) from None
        except SignOnUnavailable as error:
            raise HttpError(503, error.code, error.message, _RETRY) from None
        viewer = Viewer(
            resident=self._pseudonyms.resident(identity.issuer, identity.subject),
            role=identity.role,
            scopes=identity.scopes,
            accounts=identity.accounts,
            born=identity.born,
        )
        self._known[digest] = _Known(viewer, min(identity.expires, now + REMEMBERED_S))
        if len(self._known) > self._remembered:
            self._known.popitem(last=False)
        return viewer


def refusal(sentence: str) -> HttpError:
    """A request whose token is not good: 401 with the challenge of RFC 6750, section 3."""
    return HttpError(401, Code.UNAUTHENTICATED, sentence, _INVALID)


async def refuse_all(_authorization: bytes) -> Viewer:
    """Take no token: for an endpoint that has no sign-on."""
    raise refusal("No token is taken here; send the request without one.")
