"""Rights: what an operator grants at a car park to those who ask for it beforehand, each a Slot."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, ClassVar
from urllib.parse import quote, unquote

import msgspec

from schema.core.docs import doc, enum_type
from schema.core.record import Record, Ref
from schema.core.scenario import Scenario
from schema.core.slot import Eligibility, Price, SlotRecord, SlotUnit
from schema.parking.records import ParkingLotRecord, TariffBasis, TariffRecord
from schema.parking.wording import every_zh


class ParkingRightType(StrEnum):
    """How often a right lets one in."""

    PERMIT = "PERMIT"
    RESERVATION = "RESERVATION"


enum_type(
    ParkingRightType,
    "停车权利种类",
    "How often a right lets one in",
    PERMIT=("月卡等长期通行证", "As often as one likes while it holds, such as a month's pass"),
    RESERVATION=("预约一次停车", "Once, reserved beforehand"),
)


class RightTerm(msgspec.Struct, frozen=True, kw_only=True):
    """On what terms a right is had: at which tariff, by whom."""

    tariff: str | None
    free: bool
    condition: str | None
    """Who may have it so; None where anyone may."""


class RightPool(msgspec.Struct, frozen=True, kw_only=True):
    """How many of a right there are; for a span of time where it has an end."""

    id: str | None
    start: datetime | None = None
    end: datetime | None = None
    left: int | None = None
    total: int | None = None


class RightOfferRecord(Record, frozen=True, kw_only=True):
    """What an operator grants to those who ask beforehand, wherever it holds; never in the graph."""

    kind: ClassVar[str] = "right-offer"

    type: ParkingRightType
    title: str | None
    places: frozenset[str]
    """Local ids of the car parks, or parts of such, at which it holds."""
    terms: tuple[RightTerm, ...]
    pools: tuple[RightPool, ...]
    start: datetime | None
    end: datetime | None
    offered: bool

    def holds_at(self, lot: ParkingLotRecord) -> bool:
        """Whether it holds at a car park or at a part of it."""
        return lot.ref.id in self.places or any(area.id in self.places for area in lot.areas)


class ParkingRightRecord(SlotRecord, frozen=True, kw_only=True):
    """可事先取得的停车权利：月卡、无障碍车位卡、某天或某场活动的车位。
    A right to park that one obtains beforehand: a pass, or a bay for a day or an event.
    """

    kind: ClassVar[str] = "parking-right"
    scenario: ClassVar[Scenario] = Scenario.PARKING
    unit: ClassVar[SlotUnit] = SlotUnit.PLACE

    type: Annotated[ParkingRightType, doc("种类", "How often it lets one in")]
    lot: ParkingLotRecord
    tariffs: tuple[TariffRecord, ...]


def slot_parts(ref: Ref) -> tuple[Ref, Ref] | None:
    """Give the car park and the right of a slot's locator, None where it is not one."""
    match [unquote(part) for part in ref.id.split("/")]:
        case [lot, right] | [lot, right, _] if lot and right:
            return Ref(ref.source, lot), Ref(ref.source, right)
    return None


def span_of(slot: Ref, offer: RightOfferRecord) -> RightPool | None:
    """Give what a slot of this right is one of, its time with it; None where the right has no such pool."""
    match [unquote(part) for part in slot.id.split("/")]:
        case [_, _]:
            pool = None
        case [_, _, pool]:
            pass
        case _:
            return None
    return next((span for span in _spans(offer) if span.id == pool), None)


def slots_at(
    lot: ParkingLotRecord, offers: Iterable[RightOfferRecord], tariffs: Iterable[TariffRecord], now: datetime
) -> list[ParkingRightRecord]:
    """Give what can be obtained at a car park: passes first, then by the beginning; what is over is left out.

    `tariffs` are those that residents are shown. A right of which none is among them is for others.
    """
    shown = {tariff.ref.id: tariff for tariff in tariffs}
    slots = [slot for offer in offers if offer.holds_at(lot) for slot in _slots(lot, offer, shown, now)]
    return sorted(slots, key=lambda slot: (slot.start.timestamp() if slot.start else 0.0, slot.ref.id))


def _slots(
    lot: ParkingLotRecord, offer: RightOfferRecord, shown: Mapping[str, TariffRecord], now: datetime
) -> Iterator[ParkingRightRecord]:
    terms = [term for term in offer.terms if term.tariff is None or term.tariff in shown]
    if offer.terms and not terms:
        return
    tariffs = tuple(shown[term.tariff] for term in terms if term.tariff is not None)
    prices = list(dict.fromkeys(_price(term, shown) for term in terms))
    for pool in _spans(offer):
        if pool.end is not None and pool.end <= now:
            continue
        parts = [lot.ref.id, offer.ref.id, *([] if pool.id is None else [pool.id])]
        yield ParkingRightRecord(
            ref=Ref(lot.ref.source, "/".join(quote(part, safe="") for part in parts)),
            as_of=offer.as_of,
            stale=lot.stale or offer.stale or any(tariff.stale for tariff in tariffs),
            title=f"{lot.name} · {offer.title}" if offer.title else lot.name,
            start=pool.start,
            end=pool.end,
            places_left=pool.left,
            places_total=pool.total,
            # Who pays which of several prices depends on who asks: the tariffs tell.
            price=prices[0] if len(prices) == 1 else None,
            eligibility=_eligibility(terms),
            # The standard has no deadline: a right can be assigned as long as it is valid.
            book_until=pool.end or offer.end,
            offered=offer.offered,
            type=offer.type,
            lot=lot,
            tariffs=tariffs,
        )


def _spans(offer: RightOfferRecord) -> Iterator[RightPool]:
    """Give a pool for each span of time that has its own, and one for all others together."""
    yield from (pool for pool in offer.pools if pool.end is not None)
    others = [pool for pool in offer.pools if pool.end is None]
    if offer.pools and not others:
        return
    # What lets one in once is for the time in which it is valid; a pass says no more than until when.
    once = offer.type is ParkingRightType.RESERVATION and offer.end is not None
    yield RightPool(
        id=None,
        start=offer.start if once else None,
        end=offer.end if once else None,
        left=_sum(pool.left for pool in others),
        total=_sum(pool.total for pool in others),
    )


def _sum(counts: Iterable[int | None]) -> int | None:
    told = [count for count in counts if count is not None]
    return sum(told) if told else None


def _price(term: RightTerm, shown: Mapping[str, TariffRecord]) -> Price | None:
    """Give the one amount that a right costs, None where it goes by the time or nobody says."""
    if term.free:
        return Price(amount=Decimal(0))
    if term.tariff is None:
        return None
    tariff = shown[term.tariff]
    if tariff.lines and not any(line.amount for line in tariff.lines):
        return Price(amount=Decimal(0))
    if len(tariff.lines) != 1 or tariff.lines[0].from_minutes:
        return None
    line = tariff.lines[0]
    return Price(amount=line.amount, note=every_zh(line) or _ONCE.get(tariff.basis))


_ONCE: dict[TariffBasis | None, str] = {TariffBasis.DAILY: "每天", TariffBasis.EVENT: "每场活动"}


def _eligibility(terms: Sequence[RightTerm]) -> Eligibility | None:
    """Give the conditions of all terms, any of which is enough; none where one asks for nothing."""
    conditions = [term.condition for term in terms]
    told = list(dict.fromkeys(condition for condition in conditions if condition is not None))
    return Eligibility(note="；或".join(told)) if told and None not in conditions else None
