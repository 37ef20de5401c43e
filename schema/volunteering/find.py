"""Missions around a point or anywhere, and the organisations that run them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, date, datetime, timedelta

import msgspec

from schema.core.connection import Page, SortKey, check_first, decode_cursor, page
from schema.core.context import Info
from schema.core.errors import InvalidInput
from schema.core.geo import Near
from schema.core.record import Ref
from schema.core.scalars import in_china
from schema.volunteering.lookups import MISSIONS
from schema.volunteering.records import (
    VolunteerDomain,
    VolunteerMissionRecord,
    VolunteerMode,
    VolunteerOrganisationRecord,
)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class MissionFilter(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked of missions; None asks nothing."""

    organisation: Ref | None = None
    domains: Collection[VolunteerDomain] | None = None
    skill: str | None = None
    min_places: int | None = None
    day: date | None = None
    bookable: bool | None = None
    remote: bool | None = None

    def keeps(self, mission: VolunteerMissionRecord, now: datetime) -> bool:
        """Say whether a mission is known to fit: one that does not say how many it needs has no places."""
        return (
            self.organisation in (None, mission.organisation and mission.organisation.ref)
            and (self.domains is None or mission.domain in self.domains)
            and (self.skill is None or self.skill in (skill.casefold() for skill in mission.skills))
            and (self.min_places is None or (mission.places_left or 0) >= self.min_places)
            and (self.day is None or _on(mission, self.day))
            and self.bookable in (None, mission.bookable_at(now))
            and self.remote in (None, mission.mode is VolunteerMode.REMOTE)
        )


def distance(mission: VolunteerMissionRecord, circle: Near | None) -> int | None:
    """Give the metres to a mission's nearest place, None where there is no circle or no position."""
    if circle is None:
        return None
    return min(
        (d for site in mission.sites if (d := circle.distance_to(site.position)) is not None), default=None
    )


async def find_missions(
    info: Info, circle: Near | None, wanted: MissionFilter, first: int, after: str | None
) -> Page[VolunteerMissionRecord]:
    """Give a page of missions: the nearest first in a circle, else the soonest first."""
    size, cursor = check_first(first), decode_cursor(after, tuple[int, str, str])
    if wanted.min_places is not None and wanted.min_places < 1:
        raise InvalidInput("`minPlaces` is at least 1.")
    sources = None if wanted.organisation is None else [wanted.organisation.source]
    found = await info.context.search(MISSIONS, circle.covering() if circle is not None else None, sources)
    info.context.report(info, found.failures)
    missions = [
        mission
        for mission in found.items
        if (circle is None or ((d := distance(mission, circle)) is not None and d <= circle.radius))
        and wanted.keeps(mission, info.context.now)
    ]

    def key(mission: VolunteerMissionRecord) -> SortKey:
        first_of = distance(mission, circle) if circle is not None else _millis(mission.start)
        return (first_of or 0, mission.ref.source, mission.ref.id)

    return page(
        missions,
        key=key,
        first=size,
        after=cursor,
        total=found.count(missions),
        distance=lambda mission: distance(mission, circle),
    )


async def find_organisations(
    info: Info, search: str | None, first: int, after: str | None
) -> Page[VolunteerOrganisationRecord]:
    """Give a page of the organisations whose missions are not over, by name."""
    size, cursor = check_first(first), decode_cursor(after, tuple[str, str, str])
    found = await info.context.search(MISSIONS, None)
    info.context.report(info, found.failures)
    words = (search or "").casefold().split()
    organisations = {
        told.ref: told
        for mission in found.items
        if (told := organisation_of(mission)) is not None
        and all(word in f"{told.name}\n{told.description or ''}".casefold() for word in words)
    }
    return page(
        list(organisations.values()),
        key=lambda told: (told.name, told.ref.source, told.ref.id),
        first=size,
        after=cursor,
        total=found.count(list(organisations)),
    )


def organisation_of(mission: VolunteerMissionRecord) -> VolunteerOrganisationRecord | None:
    """Give what a mission brought of its organisation, as stale as the mission is."""
    told = mission.organisation
    return told if told is None or not mission.stale else msgspec.structs.replace(told, stale=True)


def _on(mission: VolunteerMissionRecord, day: date) -> bool:
    start = None if mission.start is None else in_china(mission.start).date()
    end = None if mission.end is None else in_china(mission.end).date()
    return (start is None or start <= day) and (end is None or day <= end)


def _millis(at: datetime | None) -> int:
    return 0 if at is None else (at - _EPOCH) // timedelta(milliseconds=1)
