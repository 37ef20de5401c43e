"""Which media type a response takes: RFC 9110, section 12.5.1, over the two types GraphQL knows."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from gateway.http.headers import media_type

GRAPHQL_JSON = b"application/graphql-response+json"
JSON = b"application/json"
HTML = b"text/html"

_NAMED = 2
"""How closely a range fits: 2 is the type itself, 1 `application/*`, 0 `*/*`."""


@dataclass(frozen=True)
class Accepted:
    """What a client takes: `media` of the two, None if neither; and whether it would rather see HTML."""

    media: bytes | None
    prefers_html: bool


@lru_cache(maxsize=256)
def negotiate(accept: bytes) -> Accepted:
    """Read an Accept header. A client that sends none is one from before the GraphQL media type.

    Where both types are welcome alike, the one named wins over one that only a wildcard covers, and the
    GraphQL type over plain JSON.
    """
    ranges = [found for part in accept.split(b",") if (found := _range(part)) is not None]
    if not ranges:
        # `Accept: ,` and an empty header say nothing either; something unreadable accepts nothing.
        return Accepted(None if accept.strip(b" \t,") else JSON, prefers_html=False)
    scores = {media: _quality(media, ranges) for media in (GRAPHQL_JSON, JSON)}
    # Python keeps the first of equals: JSON first, so that `*/*` alone gives JSON.
    best = max((JSON, GRAPHQL_JSON), key=lambda media: scores[media])
    if scores[GRAPHQL_JSON] == scores[JSON] and scores[JSON][1] == _NAMED:
        best = GRAPHQL_JSON
    html = _quality(HTML, ranges)
    return Accepted(
        media=best if scores[best][0] > 0 else None,
        prefers_html=html[0] > 0 and html[1] == _NAMED and html > scores[best],
    )


def _range(part: bytes) -> tuple[bytes, float] | None:
    """Read one media range with its weight, None if it is none or asks for another charset."""
    media, params = media_type(part)
    if media.count(b"/") != 1 or params.get(b"charset", b"utf-8") not in {b"utf-8", b"utf8"}:
        return None
    try:
        weight = float(params.get(b"q", b"1"))
    except ValueError:
        return None
    return (media, weight) if 0 <= weight <= 1 else None


def _quality(media: bytes, ranges: list[tuple[bytes, float]]) -> tuple[float, int]:
    """Give the weight of a media type and how closely it was named; the closest range decides."""
    names = (b"*/*", media.partition(b"/")[0] + b"/*", media)
    found = [(names.index(name), weight) for name, weight in ranges if name in names]
    if not found:
        return 0.0, -1
    closeness, weight = max(found)
    return weight, closeness
