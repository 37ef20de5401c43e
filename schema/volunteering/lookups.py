"""What this scenario asks of its sources."""

from __future__ import annotations

from schema.core.geo import Near
from schema.core.lookup import Freshness, Lookup, Search
from schema.core.record import Ref
from schema.volunteering.records import VolunteerMissionRecord, VolunteerOrganisationRecord

_LIVE = Freshness(fresh=30, stale=600)
_ORGANISATIONS = Freshness(fresh=600, stale=86_400)

MISSION_BY_REF: Lookup[Ref, VolunteerMissionRecord] = Lookup("volunteering.mission", _LIVE)
MISSIONS: Search[Near | None, VolunteerMissionRecord] = Search(
    "volunteering.missions", _LIVE, primes=MISSION_BY_REF
)
"""Those that are not over with a place in a circle, perhaps a few around it; None: all, remote ones too."""
ORGANISATION_BY_REF: Lookup[Ref, VolunteerOrganisationRecord] = Lookup(
    "volunteering.organisation", _ORGANISATIONS
)
"""Found while the organisation has a mission that is not over."""
