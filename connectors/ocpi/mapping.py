"""Locations made into stations, and into the sites by which stations are joined to car parks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, time
from enum import StrEnum
from typing import TypeVar

import msgspec

from connectors.kit import DecodeError
from connectors.ocpi import wire
from schema.core.geo import Crs, from_gcj02
from schema.core.hours import WEEK, OpeningHours, Weekday, hours_on
from schema.core.record import Position, Ref
from schema.core.scalars import in_china
from schema.parking.charging.records import (
    ChargingConnector,
    ChargingEnergy,
    ChargingEnergyShare,
    ChargingPoint,
    ChargingStationRecord,
    ExceptionalPeriod,
)
from schema.parking.charging.words import (
    ChargingBayRule,
    ChargingConnectorFormat,
    ChargingConnectorType,
    ChargingCurrent,
    ChargingEnergySource,
    ChargingFacility,
    ChargingStatus,
)
from schema.parking.records import ParkingGrade, ParkingLayout

E = TypeVar("E", bound=StrEnum)

REMOVED = "REMOVED"
_STATUS = {status.value.replace("_", ""): status for status in ChargingStatus}
_CURRENTS = {"DC": ChargingCurrent.DC}
_PARKING: Mapping[str, tuple[ParkingLayout | None, ParkingGrade | None]] = {
    "ON_STREET": (ParkingLayout.ON_STREET, ParkingGrade.GROUND_LEVEL),
    "PARKING_LOT": (ParkingLayout.SURFACE, ParkingGrade.GROUND_LEVEL),
    "PARKING_GARAGE": (ParkingLayout.STRUCTURE, None),
    "UNDERGROUND_GARAGE": (ParkingLayout.STRUCTURE, ParkingGrade.UNDERGROUND),
}
_PHOTOS = frozenset({"CHARGER", "ENTRANCE", "LOCATION"})
_ENERGY = {"GENERAL_FOSSIL": ChargingEnergySource.FOSSIL, "GENERAL_GREEN": ChargingEnergySource.RENEWABLE}
_PLUGS: Mapping[str, ChargingConnectorType] = {
    "GBT_AC": ChargingConnectorType.GB_AC,
    "GBT_DC": ChargingConnectorType.GB_DC,
    "CHAOJI": ChargingConnectorType.CHAOJI,
    "CHADEMO": ChargingConnectorType.CHADEMO,
    "IEC_62196_T1": ChargingConnectorType.TYPE_1,
    "IEC_62196_T1_COMBO": ChargingConnectorType.CCS_1,
    "IEC_62196_T2": ChargingConnectorType.TYPE_2,
    "IEC_62196_T2_COMBO": ChargingConnectorType.CCS_2,
    "IEC_62196_T3A": ChargingConnectorType.TYPE_3,
    "IEC_62196_T3C": ChargingConnectorType.TYPE_3,
}
_PLUG_FAMILIES = (
    ("DOMESTIC_", ChargingConnectorType.HOUSEHOLD),
    ("IEC_60309_", ChargingConnectorType.INDUSTRIAL),
    ("NEMA_", ChargingConnectorType.NEMA),
    ("PANTOGRAPH_", ChargingConnectorType.PANTOGRAPH),
    ("TESLA_", ChargingConnectorType.TESLA),
)
_LINE_TO_NEUTRAL_V = 300
"""No public grid has more between line and neutral: a higher voltage of three phases is that between lines,
which servers write although the standard wants the other."""
_THREE_PHASES = 3
_ROOT_OF_3 = 3**0.5


class Site(msgspec.Struct, frozen=True, array_like=True):
    """What is kept of a location to join it to a car park."""

    name: str
    lat: float | None
    lng: float | None
    layout: ParkingLayout | None
    grade: ParkingGrade | None


def read(body: bytes, skipped: Callable[[str], None]) -> tuple[wire.Location, datetime]:
    """Read a location and the instant of its newest change; DecodeError where it breaks the standard.

    An EVSE or connector that does is passed over and told to `skipped`; one that was removed is left out.
    A location that is not to be published, or has no EVSE left, comes without any.
    """
    told = wire.told_location(body)
    newest, evses, good = wire.instant(told.last_updated), [], not told.evses
    for raw in told.evses or ():
        try:
            evse = wire.told_evse(raw)
        except DecodeError:
            skipped("EVSE")
            continue
        good = True
        newest = max(newest, wire.instant(evse.last_updated))
        if evse.status.upper() == REMOVED:
            continue
        plugs = []
        for raw_plug in evse.connectors:
            try:
                plug = wire.connector(raw_plug)
                _plug(plug, ())
            except DecodeError:
                skipped("connector")
                continue
            if plug.last_updated is not None:
                newest = max(newest, wire.instant(plug.last_updated))
            plugs.append(plug)
        fields = msgspec.structs.asdict(evse)
        evses.append(wire.Evse(**{**fields, "connectors": tuple(plugs)}))
    if not good:
        raise DecodeError("a location without any good EVSE")
    fields = msgspec.structs.asdict(told)
    return wire.Location(**{**fields, "evses": tuple(evses) if told.publish else ()}), newest


def site(told: wire.Location, crs: Crs) -> Site:
    """Give what joins a location to a car park."""
    where = position(told.coordinates, crs)
    layout, grade = _building(told)
    lat, lng = (None, None) if where is None else (where.lat, where.lng)
    return Site(_name(told), lat, lng, layout, grade)


def station(
    told: wire.Location,
    source: str,
    as_of: datetime,
    *,
    stale: bool,
    crs: Crs,
    tariffs: bool,
    lot: Ref | None,
) -> ChargingStationRecord:
    """Make a station of a location. `tariffs` says whether connectors lead to theirs."""
    layout, grade = _building(told)
    hours = told.opening_times
    return ChargingStationRecord(
        ref=Ref(source, wire.same_id(told.id)),
        as_of=as_of,
        stale=stale,
        name=_name(told),
        position=position(told.coordinates, crs),
        address=_address(told),
        operator=told.operator.name.strip() or None if told.operator else None,
        layout=layout,
        grade=grade,
        directions=in_chinese(told.directions or ()),
        facilities=_known(told.facilities, ChargingFacility),
        photos=tuple(image.url for image in told.images or () if image.category.upper() in _PHOTOS),
        energy=_energy(told.energy_mix) if told.energy_mix else None,
        opening_hours=opening_hours(hours.regular_hours or ()) if hours and not hours.twentyfourseven else (),
        open_24h=hours.twentyfourseven or (False if hours.regular_hours else None) if hours else None,
        charging_when_closed=told.charging_when_closed,
        changed_at=in_china(wire.instant(told.last_updated)),
        points=tuple(_point(evse, source, tariffs) for evse in told.evses),
        exceptions=tuple(_exceptions(hours)) if hours else (),
        lot=lot,
    )


def position(told: wire.GeoLocation, crs: Crs) -> Position | None:
    """Give a position in WGS-84; None where what is told is none on the earth, or 0,0."""
    try:
        lat, lng = float(told.latitude), float(told.longitude)
    except ValueError:
        return None
    if not (-90 <= lat <= 90 and -180 <= lng <= 180) or (lat, lng) == (0, 0):
        return None
    return from_gcj02(lat, lng) if crs is Crs.GCJ02 else Position(lat=lat, lng=lng)


def in_language(texts: Sequence[wire.DisplayText], language: str) -> str | None:
    """Give the text in a language; `zh-CN` is `zh`."""
    for text in texts:
        if text.language.lower().partition("-")[0] == language and text.text.strip():
            return text.text.strip()
    return None


def in_chinese(texts: Sequence[wire.DisplayText]) -> str | None:
    """Give the text in Chinese, else in English, else in what there is."""
    return (
        in_language(texts, "zh")
        or in_language(texts, "en")
        or next((text.text.strip() for text in texts if text.text.strip()), None)
    )


def clock(text: str) -> time:
    """Read HH:MM; 24:00 is midnight. ValueError for anything else."""
    return time(0, 0) if text == "24:00" else time.fromisoformat(text)


def opening_hours(told: Sequence[wire.RegularHours]) -> tuple[OpeningHours, ...]:
    """Give the hours, days with the same span together; what is no time of day is left out."""
    spans: dict[tuple[time, time], set[Weekday]] = {}
    for one in told:
        try:
            span = clock(one.period_begin), clock(one.period_end)
        except ValueError:
            continue
        if 1 <= one.weekday <= len(WEEK):
            spans.setdefault(span, set()).add(WEEK[one.weekday - 1])
    return tuple(hours_on(days, opens, closes) for (opens, closes), days in spans.items())


def _exceptions(hours: wire.Hours) -> list[ExceptionalPeriod]:
    return [
        ExceptionalPeriod(
            begin=in_china(wire.instant(period.period_begin)),
            end=in_china(wire.instant(period.period_end)),
            open=open_,
        )
        for open_, periods in ((True, hours.exceptional_openings), (False, hours.exceptional_closings))
        for period in periods or ()
    ]


def _name(told: wire.Location) -> str:
    return (told.name or "").strip() or told.address


def _address(told: wire.Location) -> str:
    """Give the address in one line, with the city before it where it is not in it yet."""
    if told.city in told.address:
        return told.address
    chinese = any("\u4e00" <= char <= "\u9fff" for char in told.address)
    return f"{told.city}{told.address}" if chinese else f"{told.address}, {told.city}"


def _building(told: wire.Location) -> tuple[ParkingLayout | None, ParkingGrade | None]:
    return _PARKING.get((told.parking_type or "").upper(), (None, None))


def _known(told: Sequence[str] | None, words: type[E]) -> tuple[E, ...]:
    known: Mapping[str, E] = words.__members__
    return tuple(known[word.upper()] for word in told or () if word.upper() in known)


def _energy(told: wire.EnergyMix) -> ChargingEnergy:
    shares = [
        (_ENERGY.get(one.source.upper()) or ChargingEnergySource.__members__.get(one.source.upper()), one)
        for one in told.energy_sources or ()
    ]
    return ChargingEnergy(
        green=told.is_green_energy,
        shares=tuple(
            ChargingEnergyShare(source=source, percent=one.percentage)
            for source, one in shares
            if source is not None
        ),
        supplier=told.supplier_name,
        product=told.energy_product_name,
    )


def _point(told: wire.Evse, source: str, tariffs: bool) -> ChargingPoint:
    return ChargingPoint(
        uid=told.uid,
        code=told.evse_id,
        label=told.physical_reference,
        floor=told.floor_level,
        status=_STATUS.get(told.status.upper().replace("_", ""), ChargingStatus.UNKNOWN),
        changed_at=in_china(wire.instant(told.last_updated)),
        rules=_known(told.parking_restrictions, ChargingBayRule),
        connectors=tuple(
            _plug(
                plug,
                tuple(Ref(source, wire.same_id(id_)) for id_ in plug.tariff_ids or ()) if tariffs else (),
            )
            for plug in told.connectors
        ),
    )


def _plug(told: wire.Connector, tariffs: tuple[Ref, ...]) -> ChargingConnector:
    """Make a connector; DecodeError where nobody could say whether one brings a cable."""
    format_ = ChargingConnectorFormat.__members__.get(told.format.upper())
    if format_ is None:
        raise DecodeError("a connector of unknown format")
    standard = told.standard.upper()
    family = next((type_ for prefix, type_ in _PLUG_FAMILIES if standard.startswith(prefix)), None)
    return ChargingConnector(
        type=_PLUGS.get(standard) or family or ChargingConnectorType.OTHER,
        format=format_,
        current=_CURRENTS.get(told.power_type.upper(), ChargingCurrent.AC),
        power=round((told.max_electric_power or _watts(told)) / 1_000, 1),
        tariffs=tariffs,
    )


def _watts(told: wire.Connector) -> float:
    """Compute the power where the server does not limit it (section 8.3.3)."""
    volts, amperes, kind = told.max_voltage, told.max_amperage, told.power_type.upper()
    if kind == "AC_3_PHASE":
        return volts * amperes * (_ROOT_OF_3 if volts > _LINE_TO_NEUTRAL_V else _THREE_PHASES)
    return volts * amperes * (2 if kind.startswith("AC_2_PHASE") else 1)
