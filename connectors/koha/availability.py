"""From DAIA's items and services to copies (DAIA 1.0, "Items", "Services", "Availability")."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime

from connectors.koha.wire import DaiaAvailable, DaiaEntity, DaiaItem, DaiaUnavailable
from schema.core.scalars import in_china
from schema.reading.records import CopyRecord, CopyService, CopyStatus, CopyUse

_SERVICES: dict[str, CopyUse] = {service.value: service for service in CopyUse} | {
    f"http://purl.org/ontology/dso#{service.value.capitalize()}": service for service in CopyUse
}
_DURATION = re.compile(r"P(?=.)(?:\d+Y)?(?:\d+M)?(?:\d+D)?(?:T(?=.)(?:\d+H)?(?:\d+M)?(?:\d+(?:\.\d+)?S)?)?")
_ONLINE = (CopyUse.REMOTE, CopyUse.OPEN_ACCESS)


def copy_record(item: DaiaItem, source: str, as_of: datetime, departments: Mapping[str, str]) -> CopyRecord:
    """Turn an item into a copy. `departments` names the branch of departments that do not end in its id."""
    services = tuple(_services(item))
    # What a reader most likely came for speaks for the copy: to take it home, else to read it there.
    spoken = [s for s in services if s.service is CopyUse.LOAN] or [
        s for s in services if s.service is CopyUse.PRESENTATION
    ]
    away = [service for service in spoken if not service.available]
    return CopyRecord(
        source=source,
        library_id=_library_id(item.department, departments),
        label=item.label or None,
        department=_content(item.department),
        storage=_content(item.storage),
        status=_status(services),
        expected=min((s.expected for s in away if s.expected is not None), default=None),
        queue=max((s.queue for s in away if s.queue is not None), default=None),
        services=services,
        as_of=as_of,
    )


def instant(value: str, default: datetime) -> datetime:
    """Read a response's `timestamp`; it is optional."""
    try:
        return in_china(datetime.fromisoformat(value))
    except ValueError:
        return default


def _services(item: DaiaItem) -> Iterator[CopyService]:
    """A client ignores services that it does not know."""
    for available in item.available:
        if (service := _SERVICES.get(available.service)) is not None:
            yield _available(service, available)
    for unavailable in item.unavailable:
        if (service := _SERVICES.get(unavailable.service)) is not None:
            yield _unavailable(service, unavailable)


def _available(service: CopyUse, given: DaiaAvailable) -> CopyService:
    delay = given.delay if _DURATION.fullmatch(given.delay) else None
    # A delay that cannot be read is one of unknown length; one of no length is none.
    delayed = bool(given.delay) if delay is None else re.search("[1-9]", delay) is not None
    return CopyService(
        service=service,
        available=True,
        delayed=delayed,
        delay=delay if delayed else None,
        limitations=_limitations(given.limitation),
        url=given.href or None,
    )


def _unavailable(service: CopyUse, given: DaiaUnavailable) -> CopyService:
    return CopyService(
        service=service,
        available=False,
        expected=_day(given.expected),
        returning=bool(given.expected),
        queue=given.queue,
        limitations=_limitations(given.limitation),
        url=given.href or None,
    )


def _status(services: Sequence[CopyService]) -> CopyStatus:
    if not services:
        return CopyStatus.UNKNOWN
    available = {service.service for service in services if service.available}
    if CopyUse.LOAN in available:
        return CopyStatus.AVAILABLE
    if available.intersection(_ONLINE):
        return CopyStatus.ONLINE
    # Without `expected` it is not known whether the service ever returns; a queue says that it does.
    if any(s.service is CopyUse.LOAN and (s.returning or s.queue) for s in services):
        return CopyStatus.ON_LOAN
    if CopyUse.PRESENTATION in available:
        return CopyStatus.ON_SITE
    if any(s.service is CopyUse.PRESENTATION and s.returning for s in services):
        return CopyStatus.ON_LOAN
    return CopyStatus.UNAVAILABLE


def _day(expected: str) -> date | None:
    """Read an `anydate`: a date, an instant or "unknown"; the day is the one in the district."""
    try:
        if "T" in expected:
            return in_china(datetime.fromisoformat(expected)).date()
        return date.fromisoformat(expected[:10])
    except ValueError:
        return None


def _library_id(department: DaiaEntity | None, departments: Mapping[str, str]) -> str | None:
    """Koha's branch behind a department: as configured, else the last part of the department's URI."""
    if department is None or not department.id:
        return None
    return departments.get(department.id) or re.split("[/:#]", department.id)[-1] or None


def _content(entity: DaiaEntity | None) -> str | None:
    return None if entity is None else entity.content or None


def _limitations(given: Sequence[DaiaEntity]) -> tuple[str, ...]:
    words = (entity.content or entity.id or entity.href for entity in given)
    return tuple(word for word in words if word)
