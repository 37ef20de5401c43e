"""Right specifications (the standard's package `right`) that are granted to those who ask beforehand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from connectors.apds.listing import Lists
from connectors.apds.tariffs import NO_SUCH_LIST
from connectors.apds.texts import names
from connectors.apds.wire import (
    Eligibility,
    Pool,
    Qualification,
    RateEligibility,
    RightSpecification,
    decoder,
)
from connectors.kit import StatusError
from schema.core.record import Ref
from schema.core.scalars import in_china
from schema.parking.rights import ParkingRightType, RightOfferRecord, RightPool, RightTerm

OFFER_EXPAND = "rateEligibility,validity,rightPools"
_ANY_VEHICLE = frozenset({"anyVehicle", "car", "carOrLightVehicle", "passengerCar"})
_SUSPENDED = "suspended"

_decode = decoder(RightSpecification)


async def offers(lists: Lists, source: str) -> Sequence[RightOfferRecord]:
    """Give what an operator grants beforehand; nothing where it has no list of rights."""

    def make(body: bytes, at: datetime) -> RightOfferRecord | None:
        return offer(body, source, at)

    try:
        found = await lists.whole("rights/specs", {"expand": OFFER_EXPAND}, make)
    except StatusError as error:
        if error.status in NO_SUCH_LIST:
            return ()
        raise
    # A list that changes between its pages may show a right twice.
    return tuple({one.ref: one for one in found if one is not None}.values())


def offer(body: bytes, source: str, as_of: datetime) -> RightOfferRecord | None:
    """Read a specification; None where nobody needs to ask for it beforehand."""
    return offer_of(_decode(body), source, as_of)


def offer_of(spec: RightSpecification, source: str, as_of: datetime) -> RightOfferRecord | None:
    """Give what a specification offers; None where nobody needs to ask for it beforehand."""
    type_ = _type(spec)
    if type_ is None:
        return None
    validity = spec.validity.validity_time_specification if spec.validity else None
    start = validity.overall_start_time if validity else None
    ends = [end for end in (validity.overall_end_time if validity else None, spec.expiry) if end is not None]
    return RightOfferRecord(
        ref=Ref(source, spec.id),
        as_of=as_of,
        type=type_,
        title=names(spec.description)[0] if spec.description else None,
        places=frozenset(element.id for element in spec.hierarchy_elements),
        terms=tuple(_term(one) for one in sorted(spec.rate_eligibility, key=lambda one: one.priority)),
        pools=tuple(_pool(pool) for pool in spec.right_pools),
        start=None if start is None else in_china(start),
        end=min(map(in_china, ends), default=None),
        offered=spec.validity is None or spec.validity.validity_status != _SUSPENDED,
    )


def _type(spec: RightSpecification) -> ParkingRightType | None:
    if spec.type == "permitParking":
        return ParkingRightType.PERMIT
    # To park once is everybody's who drives in, but for what is reserved.
    reserved = any(
        one.with_reservation
        for each in spec.rate_eligibility
        if each.eligibility
        for one in each.eligibility.qualifications
    )
    return ParkingRightType.RESERVATION if spec.type == "oneTimeUseParking" and reserved else None


def _term(one: RateEligibility) -> RightTerm:
    qualifications = one.eligibility.qualifications if one.eligibility else []
    return RightTerm(
        tariff=one.rate_table.id if one.rate_table else None,
        free=bool(qualifications) and all(each.free_to_park for each in qualifications),
        condition=_condition(one.eligibility) if one.eligibility else None,
    )


def _condition(eligibility: Eligibility) -> str | None:
    """Name whom it is for; None where whoever drives a car may have it, or no words tell who may."""
    asked = [word for each in eligibility.qualifications for word in _asked(each)]
    if not asked:
        return None
    if any(text.string.strip() for text in eligibility.eligibility_name):
        return names(eligibility.eligibility_name)[0]
    return "、".join(dict.fromkeys(asked))


def _asked(qualification: Qualification) -> Iterator[str]:
    if qualification.with_membership or qualification.membership_names:
        yield from (names(name)[0] for name in qualification.membership_names)
        if not qualification.membership_names:
            yield "会员"
    yield from (each.user_group.entry_defined_value for each in qualification.user_qualifications)
    if "all" not in qualification.propulsion_energy_type:
        yield from qualification.propulsion_energy_type
    if _ANY_VEHICLE.isdisjoint(qualification.vehicle_types):
        yield from qualification.vehicle_types


def _pool(pool: Pool) -> RightPool:
    bounds = pool.validity.validity_time_specification if pool.validity else None
    start = bounds.overall_start_time if bounds else None
    end = bounds.overall_end_time if bounds else None
    return RightPool(
        id=pool.id,
        start=None if start is None or end is None else in_china(start),
        end=None if end is None else in_china(end),
        left=max(0, pool.available_assigned_rights),
        total=pool.distributed_assigned_rights,
    )
