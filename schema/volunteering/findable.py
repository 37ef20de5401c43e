"""What of this scenario `search` finds."""

from __future__ import annotations

from collections.abc import Iterator

from schema.core.docs import wording
from schema.core.findable import Findable
from schema.core.record import Position
from schema.core.scenario import Scenario
from schema.volunteering.lookups import MISSIONS
from schema.volunteering.records import VolunteerMissionRecord


def _words(mission: VolunteerMissionRecord) -> Iterator[str | None]:
    yield from (wording(mission.domain), mission.activity, mission.organiser)
    yield from (*mission.skills, *mission.beneficiaries, *mission.tasks)
    yield from (site.address for site in mission.sites)
    yield mission.description


def _positions(mission: VolunteerMissionRecord) -> Iterator[Position | None]:
    yield mission.position
    yield from (site.position for site in mission.sites)


VOLUNTEERING_FINDABLE: tuple[Findable, ...] = (
    Findable(
        record=VolunteerMissionRecord,
        scenario=Scenario.VOLUNTEERING,
        called=("志愿活动", "志愿者", "志愿服务", "义工", "volunteering", "volunteer"),
        search=MISSIONS,
        key=lambda _: None,
        words=_words,
        positions=_positions,
        shows=lambda mission, now: mission.end is None or now < mission.end,
    ),
)
