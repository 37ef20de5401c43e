"""How `search` finds the services of directories, whatever their scenario."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from schema.core.docs import wording
from schema.core.findable import Findable
from schema.core.lookup import Search
from schema.core.record import Position
from schema.core.scenario import Scenario
from schema.core.service import ServiceRecord, ServiceStatus


def service_findable(
    record: type[ServiceRecord], scenario: Scenario, called: tuple[str, ...], search: Search[Any, Any]
) -> Findable:
    """Give how one scenario's services are found."""
    return Findable(
        record=record,
        scenario=scenario,
        called=called,
        search=search,
        key=lambda _: None,
        words=_words,
        positions=_positions,
        open_at=lambda service, now: service.open_at(now),
        free=_free,
        bookable_at=_bookable_at,
    )


def _words(service: ServiceRecord) -> Iterator[str | None]:
    type_ = getattr(service, "type", None)
    yield wording(type_) if type_ is not None else None
    yield from (service.provider, service.address, service.description)
    yield from (category.name for category in service.categories)
    for location in service.locations:
        yield from (location.name, location.address)


def _positions(service: ServiceRecord) -> Iterator[Position | None]:
    yield service.position
    yield from (location.position for location in service.locations)


def _free(service: ServiceRecord) -> bool | None:
    """Whether all that has a price has that of 0, or, in a hostel, some nights are free of charge."""
    if getattr(service, "free_nights", None):
        return True
    return all(price.amount == 0 for price in service.fees) if service.fees else None


def _bookable_at(service: ServiceRecord, now: datetime) -> bool | None:
    """Whether one of its places is free and still to come; None where it tells of no places."""
    told = (*service.capacities, *service.dated)
    if not told:
        return None
    return service.status is ServiceStatus.ACTIVE and any(
        one.available > 0 and ((until := one.start or one.end) is None or now < until) for one in told
    )
