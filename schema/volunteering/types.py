"""VolunteerMission and VolunteerOrganisation: their records' fields, and what leads from one to the other."""

from __future__ import annotations

from typing import Annotated

import strawberry

from schema.community.place import Place
from schema.core.connection import Connection, Page
from schema.core.context import Info
from schema.core.entity import Entity, entity, relation
from schema.core.listed import After, First
from schema.core.slot import Slot
from schema.volunteering.find import MissionFilter, find_missions, organisation_of
from schema.volunteering.lookups import MISSION_BY_REF, ORGANISATION_BY_REF
from schema.volunteering.records import VolunteerMissionRecord, VolunteerOrganisationRecord


@entity(VolunteerOrganisationRecord, ORGANISATION_BY_REF, "VolunteerOrganisation")
class VolunteerOrganisation(Entity):
    """Its missions."""

    @relation(
        "它的志愿活动，由早到晚；平台未能答复时为空",
        "Its missions, the soonest first; null where the platform failed",
        Connection[Annotated["VolunteerMission", strawberry.lazy("schema.volunteering.types")]] | None,
    )
    @staticmethod
    async def missions(
        root: strawberry.Parent[VolunteerOrganisationRecord],
        info: Info,
        first: First = 20,
        after: After = None,
    ) -> Page[VolunteerMissionRecord]:
        """One call a platform for the missions of all organisations of a level."""
        return await find_missions(info, None, MissionFilter(organisation=root.ref), first, after)


@entity(VolunteerMissionRecord, MISSION_BY_REF, "VolunteerMission")
class VolunteerMission(Place, Slot):
    """Who runs it."""

    @relation(
        "主办机构；平台只给出名称（见 organiser）时为空",
        "The organisation that runs it; null where the platform knows no more than `organiser`",
        type_=VolunteerOrganisation | None,
    )
    @staticmethod
    def organisation(
        root: strawberry.Parent[VolunteerMissionRecord],
    ) -> VolunteerOrganisationRecord | None:
        """Brought by the mission itself: no call."""
        return organisation_of(root)
