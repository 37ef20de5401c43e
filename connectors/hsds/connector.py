"""The connector for HSDS 3.1: five scenarios from directories of services, read into a replica."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date
from typing import Annotated, Any, NamedTuple, TypeVar

import msgspec

from connectors.hsds import mapping, values, wire
from connectors.hsds.feed import BOX, TABLE, ServiceFeed
from connectors.hsds.referrals import ReferralDesk
from connectors.kit import Feed, Kept, Replica, ReplicaConnector, Selection, Table, Upstream, answers, json_of
from schema.childcare.lookups import CHILDCARE_BY_REF, CHILDCARE_CENTRES, CHILDCARE_SLOT_BY_REF
from schema.childcare.records import ChildcareCentreRecord, ChildcareSlotRecord, ChildcareType
from schema.core.geo import Near
from schema.core.lookup import Lookup, Search
from schema.core.record import Ref
from schema.core.scalars import in_china
from schema.core.scenario import Scenario
from schema.core.service import ServiceRecord, ServiceSlotRecord, service_of, slots_of
from schema.eldercare.lookups import ELDERCARE_BY_REF, ELDERCARE_SERVICES, ELDERCARE_SLOT_BY_REF
from schema.eldercare.records import EldercareServiceRecord, EldercareSlotRecord, EldercareType
from schema.enterprise.lookups import ENTERPRISE_SERVICE_BY_REF, ENTERPRISE_SERVICES
from schema.enterprise.records import EnterpriseServiceRecord, EnterpriseServiceType
from schema.hostels.lookups import HOSTEL_BY_REF, HOSTELS, NIGHT_BY_REF
from schema.hostels.records import HostelNightRecord, YouthHostelRecord
from schema.schools.lookups import SCHOOL_SERVICE_BY_REF, SCHOOL_SERVICES
from schema.schools.records import SchoolServiceRecord, SchoolServiceType

S = TypeVar("S", bound=ServiceRecord)
P = TypeVar("P", bound=ServiceSlotRecord)

_METRES_PER_DEGREE = 111_195
_KEPT_RECORDS = 20_000
_service = json_of(wire.Service)


class HsdsOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What sources.toml may say of a directory."""

    page_size: Annotated[int, msgspec.Meta(ge=1)] = 100
    """Services in one page."""
    pause_s: Annotated[float, msgspec.Meta(gt=0)] = 60
    """How long to wait before asking what has changed."""
    reread_s: Annotated[float, msgspec.Meta(gt=0)] = 21_600
    """How often everything is read anew: the standard tells of nothing that is gone."""
    overlap_s: Annotated[float, msgspec.Meta(ge=0)] = 60
    """How far before the newest change the next reading begins."""
    full_lists: bool = True
    """Whether the list takes `full=true`; without it, each service is read by itself."""
    working_days: bool = True
    """Whether a schedule of Monday to Friday means working days: holidays off, make-up days on."""
    terms: dict[str, str] = {}
    """Our words by the codes of the directory's taxonomy terms."""
    only: dict[Scenario, tuple[str, ...]] = {}
    """By scenario: the codes of which a service must have one, where a directory holds several scenarios."""


class _Made(NamedTuple):
    """A record, and what it was made of."""

    data: bytes
    today: date
    record: Any
    codes: frozenset[str]


Make = Callable[[mapping.Reading, wire.Service], S]


def _by_ref(
    lookup: Lookup[Ref, S], scenario: Scenario, make: Make[S]
) -> Callable[[Hsds, Sequence[Ref]], Awaitable[Mapping[Ref, S]]]:
    """Give the method that answers a scenario's services by their ids."""

    @answers(lookup)
    async def read(self: Hsds, keys: Sequence[Ref]) -> Mapping[Ref, S]:
        return await self.services(keys, scenario, make)

    return read


def _around(
    search: Search[Near | None, S], scenario: Scenario, make: Make[S]
) -> Callable[[Hsds, Sequence[Near | None]], Awaitable[Mapping[Near | None, Sequence[S]]]]:
    """Give the method that answers a scenario's services around a point."""

    @answers(search)
    async def read(self: Hsds, keys: Sequence[Near | None]) -> Mapping[Near | None, Sequence[S]]:
        return {key: await self.around(key, scenario, make) for key in keys}

    return read


def _slots(
    lookup: Lookup[Ref, P], record: type[P], scenario: Scenario, make: Make[ServiceRecord]
) -> Callable[[Hsds, Sequence[Ref]], Awaitable[Mapping[Ref, P]]]:
    """Give the method that answers a scenario's slots by their ids, which begin with their service's."""

    @answers(lookup)
    async def read(self: Hsds, keys: Sequence[Ref]) -> Mapping[Ref, P]:
        services = await self.services({service_of(key) for key in keys}, scenario, make)
        slots = [
            slot
            for service in services.values()
            for slot in slots_of(service, record, (*service.capacities, *service.dated))
        ]
        return {slot.ref: slot for slot in slots if slot.ref in set(keys)}

    return read


def _childcare(read: mapping.Reading, told: wire.Service) -> ChildcareCentreRecord:
    return read.record(told, ChildcareCentreRecord, type=read.one_of(told, ChildcareType))


def _eldercare(read: mapping.Reading, told: wire.Service) -> EldercareServiceRecord:
    return read.record(told, EldercareServiceRecord, type=read.one_of(told, EldercareType))


def _hostel(read: mapping.Reading, told: wire.Service) -> YouthHostelRecord:
    most = [values.whole(one.maximum) or 0 for one in told.capacities or () if not one.unit.scheme]
    return read.record(
        told,
        YouthHostelRecord,
        free_nights=values.whole(read.value(told, mapping.FREE_NIGHTS)),
        beds=sum(most) or None,
    )


def _school(read: mapping.Reading, told: wire.Service) -> SchoolServiceRecord:
    return read.record(told, SchoolServiceRecord, type=read.one_of(told, SchoolServiceType))


def _enterprise(read: mapping.Reading, told: wire.Service) -> EnterpriseServiceRecord:
    return read.record(told, EnterpriseServiceRecord, type=read.one_of(told, EnterpriseServiceType))


class Hsds(ReplicaConnector):
    """Answers the lookups of every scenario that a directory of services can fill."""

    standard = "Open Referral HSDS 3.1"
    Options = HsdsOptions
    books = (ChildcareSlotRecord, EldercareSlotRecord, HostelNightRecord)

    options: HsdsOptions

    childcare = _by_ref(CHILDCARE_BY_REF, Scenario.CHILDCARE, _childcare)
    childcare_around = _around(CHILDCARE_CENTRES, Scenario.CHILDCARE, _childcare)
    childcare_slots = _slots(CHILDCARE_SLOT_BY_REF, ChildcareSlotRecord, Scenario.CHILDCARE, _childcare)
    eldercare = _by_ref(ELDERCARE_BY_REF, Scenario.ELDERCARE, _eldercare)
    eldercare_around = _around(ELDERCARE_SERVICES, Scenario.ELDERCARE, _eldercare)
    eldercare_slots = _slots(ELDERCARE_SLOT_BY_REF, EldercareSlotRecord, Scenario.ELDERCARE, _eldercare)
    hostels = _by_ref(HOSTEL_BY_REF, Scenario.HOSTELS, _hostel)
    hostels_around = _around(HOSTELS, Scenario.HOSTELS, _hostel)
    nights = _slots(NIGHT_BY_REF, HostelNightRecord, Scenario.HOSTELS, _hostel)
    schools = _by_ref(SCHOOL_SERVICE_BY_REF, Scenario.SCHOOLS, _school)
    schools_around = _around(SCHOOL_SERVICES, Scenario.SCHOOLS, _school)
    enterprise = _by_ref(ENTERPRISE_SERVICE_BY_REF, Scenario.ENTERPRISE, _enterprise)
    enterprise_around = _around(ENTERPRISE_SERVICES, Scenario.ENTERPRISE, _enterprise)

    def __init__(self, upstream: Upstream, options: Any, replica: Replica) -> None:
        super().__init__(upstream, options, replica)
        self._made: dict[tuple[Scenario, str], _Made] = {}

    def feeds(self) -> Sequence[Feed]:
        """One: a service brings its organisation, places, schedules and capacities along."""
        feed = ServiceFeed(
            self.upstream,
            page_size=self.options.page_size,
            overlap_s=self.options.overlap_s,
            full_lists=self.options.full_lists,
        )
        return [
            Feed(
                name=TABLE,
                tables=(Table(name=TABLE, keys=BOX),),
                read=feed.read,
                pause_s=self.options.pause_s,
                reread_s=self.options.reread_s,
            )
        ]

    def desk(self, kind: str) -> ReferralDesk:
        """Give the desk for places in services: it is the same for each kind."""
        return ReferralDesk(self.upstream)

    async def services(
        self, keys: Sequence[Ref] | set[Ref], scenario: Scenario, make: Make[S]
    ) -> Mapping[Ref, S]:
        """Give services of a scenario by their ids."""
        found = await self.replica.get(TABLE, {key.id for key in keys})
        records = self._records([Kept(id_, data) for id_, data in found.items()], scenario, make)
        return {record.ref: record for record in records}

    async def around(self, circle: Near | None, scenario: Scenario, make: Make[S]) -> Sequence[S]:
        """Give a scenario's services whose box touches that of a circle; every one without a circle."""
        between = {} if circle is None else _touching(circle)
        kept = await self.replica.select(Selection(table=TABLE, between=between))
        return self._records(kept, scenario, make)

    def _records(self, kept: Sequence[Kept], scenario: Scenario, make: Make[S]) -> list[S]:
        read = mapping.Reading(
            source=self.upstream.source,
            as_of=self.replica.as_of(TABLE),
            stale=self.replica.stale(TABLE),
            today=in_china(self.upstream.now()).date(),
            words=self.options.terms,
            working_days=self.options.working_days,
        )
        wanted = set(self.options.only.get(scenario, ()))
        records = (self._record(read, one, scenario, make) for one in kept)
        return [record for record, codes in records if not wanted or not wanted.isdisjoint(codes)]

    def _record(
        self, read: mapping.Reading, kept: Kept, scenario: Scenario, make: Make[S]
    ) -> tuple[S, frozenset[str]]:
        """Give a service's record and the codes of its terms, made anew only where something has changed."""
        made = self._made.get((scenario, kept.id))
        if made is None or made.data != kept.data or made.today != read.today:
            told = _service(kept.data)
            made = _Made(kept.data, read.today, make(read, told), mapping.codes(told))
        record = made.record
        if (record.as_of, record.stale) != (read.as_of, read.stale):
            record = msgspec.structs.replace(record, as_of=read.as_of, stale=read.stale)
            made = made._replace(record=record)
        if len(self._made) >= _KEPT_RECORDS:
            self._made.clear()
        self._made[scenario, kept.id] = made
        return record, made.codes


def _touching(circle: Near) -> Mapping[str, tuple[float | None, float | None]]:
    """Give the bounds that the box of whatever has a place in a circle keeps to."""
    tall = circle.radius / _METRES_PER_DEGREE
    wide = tall / max(0.01, math.cos(math.radians(circle.lat)))
    return {
        "south": (None, circle.lat + tall),
        "north": (circle.lat - tall, None),
        "west": (None, circle.lng + wide),
        "east": (circle.lng - wide, None),
    }
