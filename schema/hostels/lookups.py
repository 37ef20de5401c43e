"""What this scenario asks of its sources, which are local copies: nothing of it is worth a cache."""

from __future__ import annotations

from schema.core.geo import Near
from schema.core.lookup import Lookup, Search
from schema.core.record import Ref
from schema.hostels.records import HostelNightRecord, YouthHostelRecord

HOSTEL_BY_REF: Lookup[Ref, YouthHostelRecord] = Lookup("hostels.hostel_by_ref")
HOSTELS: Search[Near | None, YouthHostelRecord] = Search("hostels.hostels", primes=HOSTEL_BY_REF)
"""Those with a place in the circle, and perhaps others near it; None for all."""
NIGHT_BY_REF: Lookup[Ref, HostelNightRecord] = Lookup("hostels.night_by_ref")
