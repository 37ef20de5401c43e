"""What is kept of the feeds: tables, their keys, and how an RPDE item becomes changes of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime

import msgspec
import structlog

from connectors.kit import DecodeError, FeedPage, Item, Key, Removal, Table
from connectors.openactive import mapping
from connectors.openactive.times import instant
from connectors.openactive.wire import Event, Facility, RpdeItem, RpdePage, Slot, embedded

_log = structlog.get_logger("connectors.openactive")

FACILITY = Table(name="facility", keys=("venue", "lat", "lng"))
COURT = Table(name="court")
"""By the `@id` of a FacilityUse or IndividualFacilityUse: the facility's id and the court's name."""
SLOT = Table(name="slot", keys=("facility_use", "start", "free"))
SERIES = Table(name="series", keys=("uri", "venue", "lat", "lng"))
SESSION = Table(name="session", keys=("series", "start", "free"))
COURSE = Table(name="course", keys=("venue", "lat", "lng", "start", "free"))

_TABLES = {
    "FacilityUse": FACILITY,
    "IndividualFacilityUse": FACILITY,
    "Slot": SLOT,
    "SessionSeries": SERIES,
    "ScheduledSession": SESSION,
    "CourseInstance": COURSE,
}
"""By the kind of an item, without what it is a part of (`FacilityUse/Slot`) or carries
(`ScheduledSession.SessionSeries`)."""

_decode_page = msgspec.json.Decoder(RpdePage).decode
_decode_item = msgspec.json.Decoder(RpdeItem).decode
decode_facility = msgspec.json.Decoder(Facility, strict=False).decode
decode_slot = msgspec.json.Decoder(Slot, strict=False).decode
decode_event = msgspec.json.Decoder(Event, strict=False).decode


class Court(msgspec.Struct, frozen=True):
    """Which facility an `@id` belongs to, and the name of the single court that it is, if it is one."""

    facility: str
    name: str | None


class _Embedded(msgspec.Struct, frozen=True):
    """Where an item carries what it belongs to, the parent's own bytes."""

    superEvent: msgspec.Raw = msgspec.Raw()  # noqa: N815  # the standard's name
    facilityUse: msgspec.Raw = msgspec.Raw()  # noqa: N815  # the standard's name


_decode_embedded = msgspec.json.Decoder(_Embedded).decode
decode_court = msgspec.json.Decoder(Court).decode


def read_page(body: bytes, tables: Sequence[Table], source: str) -> FeedPage:
    """Read a page of a feed that fills these tables. DecodeError where it is no page.

    An item that cannot be read is left out with a warning; of a kind that we do not keep, without one.
    """
    page = _decode_page(body)
    names = {table.name for table in tables}
    changes: list[Item | Removal] = []
    faults: Counter[str] = Counter()
    for raw in page.items:
        try:
            changes += _changes(_decode_item(raw), names)
        except (DecodeError, ValueError, OverflowError) as error:
            faults[type(error).__name__] += 1
    for fault, count in faults.items():
        _log.warning("items left out", source=source, fault=fault, count=count)
    # A page without items is the last one (RPDE, 4.1); its `next` is where to ask again.
    return FeedPage(changes=changes, cursor=page.next, more=bool(page.items))


def version_of(modified: int | str) -> int:
    """Give an item's `modified` as a number: older systems write it as text, or as an instant."""
    if isinstance(modified, int):
        return modified
    if modified.isdecimal():
        return int(modified)
    return round(instant(modified).timestamp() * 1000)


def _changes(item: RpdeItem, names: set[str]) -> Iterator[Item | Removal]:
    table = _TABLES.get(item.kind.rpartition("/")[2].partition(".")[0])
    if table is None or table.name not in names:
        return
    version, id_ = version_of(item.modified), str(item.id)
    if item.state == "deleted":
        yield Removal(table=table.name, id=id_, version=version)
        return
    # All are made before any is given: what cannot be read leaves nothing behind.
    found = list(_READERS[table.name](bytes(item.data), id_))
    for name, its_id, data, keys in found:
        if name in names:
            yield Item(table=name, id=its_id, version=version, data=data, keys=keys)


_Row = tuple[str, str, bytes, Mapping[str, Key]]


def _facility(data: bytes, id_: str) -> Iterator[_Row]:
    facility = decode_facility(data)
    keys = mapping.place_keys(facility.location)
    yield FACILITY.name, id_, data, keys
    if facility.uri is not None:
        yield COURT.name, facility.uri, msgspec.json.encode(Court(id_, None)), {}
    for court in embedded(facility.individual_facility_use):
        if court.uri is not None:
            yield COURT.name, court.uri, msgspec.json.encode(Court(id_, court.name)), {}


def _slot(data: bytes, id_: str) -> Iterator[_Row]:
    slot = decode_slot(data)
    use = slot.facility_use
    uri = use if isinstance(use, str) else use.uri
    free = slot.remaining_uses if mapping.bookable_online(slot.offers) else 0
    keys = {"facility_use": uri, "start": _second(slot.start_date), "free": free}
    yield SLOT.name, id_, data, keys
    if isinstance(use, Facility) and uri is not None:
        yield from _facility(bytes(_decode_embedded(data).facilityUse), uri)


def _series(data: bytes, id_: str) -> Iterator[_Row]:
    series = decode_event(data)
    location = mapping.inherited(series, "location")
    yield SERIES.name, id_, data, {"uri": series.uri, **mapping.place_keys(location)}


def _session(data: bytes, id_: str) -> Iterator[_Row]:
    session = decode_event(data)
    if session.start_date is None:
        raise DecodeError("a ScheduledSession without startDate")
    parent = session.super_event
    uri = parent if isinstance(parent, str) or parent is None else parent.uri or id_
    keys = {"series": uri, "start": _second(session.start_date), "free": mapping.free_places(session)}
    yield SESSION.name, id_, data, keys
    if isinstance(parent, Event) and uri is not None:
        raw = bytes(_decode_embedded(data).superEvent)
        for name, _, series, found in _series(raw, uri):
            yield name, uri, series, {**found, "uri": uri}


def _course(data: bytes, id_: str) -> Iterator[_Row]:
    course = decode_event(data)
    if course.start_date is None or course.end_date is None:
        raise DecodeError("a CourseInstance without startDate or endDate")
    begins: datetime = mapping.lessons_of(course)[0]
    location = mapping.inherited(course, "location")
    yield (
        COURSE.name,
        id_,
        data,
        {
            **mapping.place_keys(location),
            "start": int(begins.timestamp()),
            "free": mapping.free_places(course),
        },
    )


def _second(written: str) -> int:
    return int(instant(written).timestamp())


_READERS: Mapping[str, Callable[[bytes, str], Iterator[_Row]]] = {
    FACILITY.name: _facility,
    SLOT.name: _slot,
    SERIES.name: _series,
    SESSION.name: _session,
    COURSE.name: _course,
}
