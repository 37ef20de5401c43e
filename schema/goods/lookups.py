"""What this scenario asks of its sources."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from schema.core.lookup import Freshness, Lookup, Search
from schema.core.record import Ref
from schema.goods.records import (
    BoardPostRecord,
    ThingCopyRecord,
    ThingLoanRecord,
    ThingRecord,
    ThingTaken,
)

_THINGS = Freshness(fresh=300, stale=86_400)
_LIVE = Freshness(fresh=30, stale=600)


class AllThings(msgspec.Struct, frozen=True):
    """A library lends few things beside its books: one list serves every question."""


class AllPosts(msgspec.Struct, frozen=True):
    """A district's board is short: one list serves every community and every circle."""


COPY_BY_REF: Lookup[Ref, ThingCopyRecord] = Lookup("goods.copy", _THINGS)
COPIES: Search[AllThings, ThingCopyRecord] = Search("goods.copies", _THINGS, primes=COPY_BY_REF)
THING_BY_REF: Lookup[Ref, ThingRecord] = Lookup("goods.thing", _THINGS)
"""With its copies."""
TAKEN: Lookup[Ref, Sequence[ThingTaken]] = Lookup("goods.taken", _LIVE)
"""By a copy's Ref: when it is booked, from now on, in order; nothing is known of who by."""
LOAN_BY_REF: Lookup[Ref, ThingLoanRecord] = Lookup("goods.loan", _LIVE)
POST_BY_REF: Lookup[Ref, BoardPostRecord] = Lookup("goods.post", _LIVE)
POSTS: Search[AllPosts, BoardPostRecord] = Search("goods.posts", _LIVE, primes=POST_BY_REF)
"""Those that have not expired and are not closed."""
