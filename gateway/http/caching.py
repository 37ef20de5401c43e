"""Which responses others may keep, for how long, and how they ask whether one is still true (RFC 9111).

Only answers to GET: a POST has no address by which a cache could find them again. Only whole and fresh
ones: an error, a part that is missing or stale is told once, and not kept by anybody.

The tag is weak: it stands for `data` and not for the bytes, because `extensions.sources` tells how the
data were come by, with milliseconds that differ each time; a strong one would never match after the
freshness has run out, which is when it is asked for. It names the media type and the coding all the same,
so that a cache cannot take one representation for another.
"""

from __future__ import annotations

import re

from gateway.execution.operation import Outcome
from gateway.http.coding import Coding
from gateway.http.negotiation import JSON

NO_STORE = b"no-store"
PRIVATE = b"private, no-store"
"""Of an answer that may depend on who asked."""

_TAG = re.compile(rb'(?:W/)?("[^"]*")')


def cache_control(outcome: Outcome, method: str) -> bytes:
    """Give Cache-Control. After its time an answer is asked for anew, whatever happens: one that is too old
    says `stale`, which a cache could not add.
    """
    if outcome.personal:
        return PRIVATE
    seconds = int(outcome.fresh_s)
    if method != "GET" or not outcome.executed or outcome.errors or seconds < 1:
        return NO_STORE
    return b"public, max-age=%d, must-revalidate" % seconds


def entity_tag(outcome: Outcome, media: bytes, coding: Coding | None) -> bytes:
    """Give the ETag of one representation."""
    kind = b"json" if media == JSON else b"graphql"
    form = coding.name if coding is not None else b"plain"
    return b'W/"%s-%s-%s"' % (outcome.written.digest().encode(), kind, form)


def is_known(tag: bytes, if_none_match: bytes) -> bool:
    """Tell whether the client has it already: RFC 9110, section 13.1.2, by weak comparison."""
    return if_none_match.strip() == b"*" or tag.removeprefix(b"W/") in _TAG.findall(if_none_match)
