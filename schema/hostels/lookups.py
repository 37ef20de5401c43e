"""What this scenario asks of its sources, which are local copies: only others keep what they answer."""

from __future__ import annotations

from schema.core.geo import Near
from schema.core.lookup import Freshness, Lookup, Search
from schema.core.record import Ref
from schema.hostels.records import HostelNightRecord, YouthHostelRecord

_PLACES = Freshness(fresh=15)
"""The records tell places left, also those of the directory, and these change with every booking."""

HOSTEL_BY_REF: Lookup[Ref, YouthHostelRecord] = Lookup("hostels.hostel_by_ref", _PLACES)
HOSTELS: Search[Near | None, YouthHostelRecord] = Search("hostels.hostels", _PLACES, primes=HOSTEL_BY_REF)
"""Those with a place in the circle, and perhaps others near it; None for all."""
NIGHT_BY_REF: Lookup[Ref, HostelNightRecord] = Lookup("hostels.night_by_ref", _PLACES)
