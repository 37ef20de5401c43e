"""Which content coding a response takes: RFC 9110, section 12.5.3, over those that are kept here.

Levels by measurement on our own answers (docs/http.md): each is where a further step costs more time
than the bytes it saves are worth.
"""

from __future__ import annotations

import sys
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import brotli

from gateway.http.headers import media_type

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

WORTH_BYTES = 1024
"""Shorter bodies go as they are: with their headers they fill one packet either way."""

_GZIP_LEVEL = 5
_GZIP_WINDOW = 31
"""zlib's word for the largest window within gzip's own frame."""
_BROTLI_QUALITY = 5
_ZSTD_LEVEL = 3


@dataclass(frozen=True)
class Coding:
    """One content coding: its registered name, and the packing of a whole body."""

    name: bytes
    pack: Callable[[bytes], bytes]


CODINGS = (
    Coding(b"zstd", lambda body: zstd.compress(body, _ZSTD_LEVEL)),
    Coding(b"br", lambda body: brotli.compress(body, mode=brotli.MODE_TEXT, quality=_BROTLI_QUALITY)),
    Coding(b"gzip", lambda body: zlib.compress(body, _GZIP_LEVEL, _GZIP_WINDOW)),
)
"""In our order of preference: zstd takes a quarter of brotli's time, gzip more than zstd for more bytes."""

_IDENTITY = b"identity"
_ALIASES = {b"x-gzip": b"gzip"}


@dataclass(frozen=True)
class AcceptedCodings:
    """What a client takes: the coding it is best served by, if any, and whether it takes a plain body."""

    best: Coding | None
    plain: bool

    @property
    def none(self) -> bool:
        """Whether nothing at all is acceptable to it."""
        return self.best is None and not self.plain

    def choose(self, size: int) -> Coding | None:
        """Give the coding for a body of so many bytes, None for a plain one."""
        return self.best if size >= WORTH_BYTES or not self.plain else None


@lru_cache(maxsize=256)
def negotiate_coding(accept_encoding: bytes | None) -> AcceptedCodings:
    """Read an Accept-Encoding header; a client that sends none is sent a plain body.

    The greatest weight decides; of equal ones, what is named comes before what only `*` covers, and
    packed before plain. What cannot be read accepts nothing.
    """
    weights = dict(_weights(accept_encoding or b""))
    others = weights.get(b"*", 0.0)
    best, best_score = None, (0.0, False)
    for coding in CODINGS:
        score = (weights.get(coding.name, others), coding.name in weights)
        if score[0] > 0 and score > best_score:
            best, best_score = coding, score
    plain = weights.get(_IDENTITY, others if b"*" in weights else None)
    if _IDENTITY in weights and weights[_IDENTITY] > best_score[0]:
        best = None
    return AcceptedCodings(best, plain is None or plain > 0)


def _weights(accept_encoding: bytes) -> list[tuple[bytes, float]]:
    found = []
    for part in accept_encoding.split(b","):
        # A coding with its weight is written as a media type with a parameter is.
        name, params = media_type(part)
        try:
            weight = float(params.get(b"q", b"1"))
        except ValueError:
            continue
        if name and 0 <= weight <= 1:
            found.append((_ALIASES.get(name, name), weight))
    return found
