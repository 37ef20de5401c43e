"""Fields of Query: missions near, by what they are about and by whom, and who runs them."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import strawberry

from schema.core.connection import Connection, Page
from schema.core.context import Info
from schema.core.docs import text
from schema.core.entity import local_ref, relation
from schema.core.geo import NearInput
from schema.core.listed import After, First
from schema.volunteering.find import MissionFilter, find_missions, find_organisations
from schema.volunteering.lookups import MISSION_BY_REF
from schema.volunteering.records import (
    VolunteerDomain,
    VolunteerMissionRecord,
    VolunteerOrganisationRecord,
)
from schema.volunteering.types import VolunteerMission, VolunteerOrganisation

DOMAINS = text("领域；空为全部", "What they are about; null for all")
BOOKABLE = text(
    "真为此刻可报名，假为已满或已截止；空为不限", "True: can be joined now; false: cannot; null: any"
)


@strawberry.type
class VolunteeringQuery:
    """Fields of Query."""

    @relation(
        "未结束的志愿活动，给出 `near` 时由近及远，否则由早到晚；来源全部失败时为空",
        "Missions that are not over, the nearest first where `near` is given, else the soonest first; null"
        " where no source could answer",
        Connection[VolunteerMission] | None,
    )
    @staticmethod
    async def volunteer_missions(
        info: Info,
        *,
        near: Annotated[
            NearInput | None,
            strawberry.argument(
                description=text(
                    "有一处地点在此范围内；远程与未定位的不列出；空为全部",
                    "With a place inside this circle, so none that is remote or not located; null: all",
                )
            ),
        ] = None,
        organisation: Annotated[
            strawberry.ID | None,
            strawberry.argument(description=text("主办机构的全局 ID", "Global id of who runs them")),
        ] = None,
        domains: Annotated[list[VolunteerDomain] | None, strawberry.argument(description=DOMAINS)] = None,
        skill: Annotated[
            str | None,
            strawberry.argument(
                description=text(
                    "所需技能之一，按平台写法", "One of the skills wanted, as the platform has it"
                )
            ),
        ] = None,
        min_places: Annotated[
            int | None,
            strawberry.argument(
                description=text(
                    "至少还有这么多名额；未说明名额的不列出",
                    "At least so many places left; those that do not say are left out",
                )
            ),
        ] = None,
        day: Annotated[
            date | None,
            strawberry.argument(description=text("在这一天进行（或持续到这一天）", "Under way on this day")),
        ] = None,
        bookable: Annotated[bool | None, strawberry.argument(description=BOOKABLE)] = None,
        remote: Annotated[
            bool | None,
            strawberry.argument(
                description=text("真为完全远程，假为其余；空为不限", "True: from home alone; false: others")
            ),
        ] = None,
        first: First = 20,
        after: After = None,
    ) -> Page[VolunteerMissionRecord]:
        """One call a platform and page of it; what is asked beyond the circle is cut from its answer."""
        wanted = MissionFilter(
            organisation=None
            if organisation is None
            else local_ref(organisation, VolunteerOrganisationRecord),
            domains=domains,
            skill=None if skill is None else skill.strip().casefold(),
            min_places=min_places,
            day=day,
            bookable=bookable,
            remote=remote,
        )
        return await find_missions(info, near.resolve() if near is not None else None, wanted, first, after)

    @relation("按全局 ID 读取志愿活动", "A mission by its global id", VolunteerMission | None)
    @staticmethod
    async def volunteer_mission(
        info: Info,
        id: Annotated[  # noqa: A002  # Relay's own name
            strawberry.ID, strawberry.argument(description=text("全局 ID", "Global id"))
        ],
    ) -> VolunteerMissionRecord | None:
        """Null where the platform has no such mission, or has withdrawn it."""
        return await info.context.load(MISSION_BY_REF, local_ref(id, VolunteerMissionRecord))

    @relation(
        "正在招募的志愿服务机构，按名称排序；来源全部失败时为空",
        "Organisations with missions that are not over, by name; null where no source could answer",
        Connection[VolunteerOrganisation] | None,
    )
    @staticmethod
    async def volunteer_organisations(
        info: Info,
        search: Annotated[
            str | None,
            strawberry.argument(
                description=text(
                    "在名称与简介中查找的词，须同时出现", "Words in name and description, all of them"
                )
            ),
        ] = None,
        first: First = 20,
        after: After = None,
    ) -> Page[VolunteerOrganisationRecord]:
        """Made from the missions: the platforms' lists of them bring who runs them."""
        return await find_organisations(info, search, first, after)
