"""The connector for the mission API of API Engagement, v0."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Annotated
from urllib.parse import quote

import msgspec
import structlog

from connectors.engagement import mapping, wire
from connectors.engagement.desk import MissionDesk
from connectors.kit import (
    Code,
    Connector,
    DecodeError,
    Desk,
    Params,
    SourceError,
    StatusError,
    answers,
    chunked,
    gather_all,
)
from schema.core.geo import Near
from schema.core.record import Ref
from schema.volunteering.lookups import MISSION_BY_REF, MISSIONS, ORGANISATION_BY_REF
from schema.volunteering.records import VolunteerMissionRecord, VolunteerOrganisationRecord

_log = structlog.get_logger("connectors.engagement")
_IDS = 100
"""`clientId`s in one URL."""
_MAX_PAGES = 50


class EngagementOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What sources.toml may say of a platform."""

    page_size: Annotated[int, msgspec.Meta(ge=1, le=10_000)] = 1000
    """Missions asked for at a time; the API gives at most 10,000, some platforms fewer than asked."""
    publishers: tuple[str, ...] = ()
    """Only these publishers' missions (`publisher`), where the platform gathers those of many."""
    cities: tuple[str, ...] = ()
    """Only missions in these cities (`city`), where the platform serves more than the district."""


class Engagement(Connector):
    """Answers the lookups of 志愿港湾 from one platform."""

    standard = "API Engagement v0"
    Options = EngagementOptions

    books = (VolunteerMissionRecord,)

    options: EngagementOptions

    def desk(self, kind: str) -> Desk:
        """Give the desk at which volunteers sign up."""
        return MissionDesk(self.upstream)

    @answers(MISSIONS)
    async def missions(
        self, keys: Sequence[Near | None]
    ) -> Mapping[Near | None, Sequence[VolunteerMissionRecord]]:
        """GET /v0/mission, with `lat`, `lon` and `distance` for a circle: one call, more for more pages."""
        found = await gather_all(*(self._missions(key) for key in keys))
        return dict(zip(keys, found, strict=True))

    @answers(MISSION_BY_REF)
    async def mission_by_ref(self, keys: Sequence[Ref]) -> Mapping[Ref, VolunteerMissionRecord]:
        """GET /v0/mission/{id} for one, GET /v0/mission with a `clientId` for each of many."""
        parts = await gather_all(*(self._by_ref(chunk) for chunk in chunked(keys, _IDS)))
        by_ref = {mission.ref: mission for part in parts for mission in part}
        return {key: by_ref[key] for key in keys if key in by_ref}

    @answers(ORGANISATION_BY_REF)
    async def organisation_by_ref(self, keys: Sequence[Ref]) -> Mapping[Ref, VolunteerOrganisationRecord]:
        """Made from the list of missions: the API tells of organisations nowhere else."""
        told = (mission.organisation for mission in await self._missions(None))
        by_ref = {organisation.ref: organisation for organisation in told if organisation is not None}
        return {key: by_ref[key] for key in keys if key in by_ref}

    async def _missions(self, circle: Near | None) -> Sequence[VolunteerMissionRecord]:
        params: dict[str, str | float | Sequence[str]] = dict(self._narrowed())
        if circle is not None:
            # A position of 0 counts as not given there; no circle of ours is at the equator.
            kilometres = math.ceil(circle.radius / 1000)
            params |= {"lat": circle.lat, "lon": circle.lng, "distance": f"{kilometres}km"}
        now = self.upstream.now()
        return [mission for mission in await self._list(params) if not mapping.over(mission, now)]

    async def _by_ref(self, refs: Sequence[Ref]) -> Sequence[VolunteerMissionRecord]:
        known = {ref: parts for ref in refs if (parts := mapping.parts_of(ref)) is not None}
        if len(known) == 1:
            (id_, _) = next(iter(known.values()))
            return await self._one(id_)
        if not known:
            return ()
        return await self._list({"clientId": [client_id for _, client_id in known.values()]})

    async def _one(self, id_: str) -> Sequence[VolunteerMissionRecord]:
        try:
            response = await self.upstream.get(f"v0/mission/{quote(id_, safe='')}", decode=self._shown)
        except StatusError as error:
            if error.status == 404:
                return ()
            raise
        return () if response.data is None else (response.data,)

    def _shown(self, body: bytes) -> VolunteerMissionRecord | None:
        mission = wire.mission_of(body)
        if mapping.withdrawn(mission):
            return None
        return mapping.record(mission, self.upstream.source, self.upstream.now())

    async def _list(self, params: Params) -> Sequence[VolunteerMissionRecord]:
        """Read a list whole. Rows move between pages while missions come and go: ids tell them apart."""
        found: dict[str, wire.Mission] = {}
        skip = 0
        for _ in range(_MAX_PAGES):
            page = (
                await self.upstream.get(
                    "v0/mission",
                    decode=wire.page_of,
                    params={**params, "limit": self.options.page_size, "skip": skip},
                )
            ).data
            found.update((mission.id, mission) for mission in page.missions)
            # A platform may give fewer a page than it is asked for.
            skip += page.rows
            if not page.rows or skip >= page.total:
                return list(self._records(found.values()))
        raise SourceError(Code.SOURCE_MALFORMED, self.upstream.source, "/v0/mission does not end")

    def _records(self, missions: Iterable[wire.Mission]) -> Iterator[VolunteerMissionRecord]:
        now = self.upstream.now()
        for mission in missions:
            if mapping.withdrawn(mission):
                continue
            try:
                yield mapping.record(mission, self.upstream.source, now)
            except DecodeError as error:
                _log.warning("unreadable mission left out", reason=str(error))

    def _narrowed(self) -> Iterator[tuple[str, Sequence[str]]]:
        if self.options.publishers:
            yield "publisher", self.options.publishers
        if self.options.cities:
            yield "city", self.options.cities
