"""From a service of HSDS to the record of a scenario."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeVar

from connectors.hsds import values, wire
from connectors.hsds.schedules import schedules
from schema.core.record import Ref
from schema.core.schedule import Schedule
from schema.core.service import (
    Capacity,
    ServiceCategory,
    ServiceContact,
    ServiceLocation,
    ServiceRecord,
    ServiceStatus,
)
from schema.core.slot import Eligibility, Price

S = TypeVar("S", bound=ServiceRecord)
T = TypeVar("T", bound=StrEnum)

_STATUSES = {"active": ServiceStatus.ACTIVE, "temporarily closed": ServiceStatus.TEMPORARILY_CLOSED}
RESIDENCE, GRADUATED_SINCE, FREE_NIGHTS = "residence", "graduated-since", "free-nights"
"""What an attribute's term may say beside a category; its `value` says how much or where."""


@dataclass(frozen=True, kw_only=True)
class Reading:
    """How one source's services become records."""

    source: str
    as_of: datetime
    stale: bool
    today: date
    words: Mapping[str, str] = field(default_factory=dict)
    """Our words by the codes of the source's terms."""
    working_days: bool = True

    def word(self, attribute: wire.Attribute) -> str | None:
        """Give our word for what an attribute's term says, its own code where there is none."""
        code = _code(attribute)
        return None if code is None else self.words.get(code, code)

    def record(self, told: wire.Service, record: type[S], **more: Any) -> S:
        """Give a service as a record of a scenario; `more` are that scenario's own fields."""
        places = [(one, one.location) for one in told.service_at_locations or () if one.location is not None]
        locations = tuple(_location(location) for _, location in places)
        main = next(
            (one for one in locations if one.position is not None), locations[0] if locations else None
        )
        organization = told.organization
        every = [_capacity(one) for one in told.capacities or ()]
        capacities = [one for one in every if one is not None]
        return record(
            ref=Ref(self.source, told.id),
            as_of=self.as_of,
            stale=self.stale,
            name=told.name,
            name_en=_english(told.alternate_name),
            position=main.position if main else None,
            status=status(told) or ServiceStatus.ACTIVE,
            description=values.text(told.description),
            alert=values.text(told.alert),
            provider=organization.name if organization else None,
            address=main.address if main else None,
            phone=_phone(
                told.phones,
                *(one.phones for one, _ in places),
                *(location.phones for _, location in places),
                organization.phones if organization else None,
            ),
            email=values.text(told.email) or (values.text(organization.email) if organization else None),
            url=_web(told.url) or (_web(organization.website) if organization else None),
            languages=tuple(
                name
                for one in told.languages or ()
                if (name := values.text(one.name) or values.text(one.code))
            ),
            accessibility=main.accessibility if main else None,
            how_to_apply=values.text(told.application_process),
            documents=tuple(
                name for one in told.required_documents or () if (name := values.text(one.document))
            ),
            eligibility=self._eligibility(told),
            fees=tuple(
                price for one in told.cost_options or () if (price := _price(one, self.today)) is not None
            ),
            fees_note=values.text(told.fees_description),
            categories=tuple(
                ServiceCategory(code=_code(one) or "", name=one.taxonomy_term.name)
                for one in told.attributes or ()
                if one.taxonomy_term is not None and one.value is None
            ),
            locations=(() if main is None else (main, *(one for one in locations if one is not main))),
            contacts=tuple(contact for one in told.contacts or () if (contact := _contact(one)) is not None),
            capacities=tuple(one for one in capacities if one.start is None),
            dated=tuple(one for one in capacities if one.start is not None),
            updated_at=values.instant(told.last_modified),
            schedules=self._schedules(told, places),
            **more,
        )

    def one_of(self, told: wire.Service, words: type[T]) -> T | None:
        """Give the first of these words that a term of the service means."""
        said = {self.word(one) for one in told.attributes or ()}
        return next((word for word in words if word.value in said), None)

    def value(self, told: wire.Service, word: str) -> str | None:
        """Give what an attribute says beside its term."""
        return next(
            (values.text(one.value) for one in told.attributes or () if self.word(one) == word and one.value),
            None,
        )

    def _eligibility(self, told: wire.Service) -> Eligibility | None:
        areas = [name for one in told.service_areas or () if (name := values.text(one.name))]
        since = values.number(self.value(told, GRADUATED_SINCE))
        found = Eligibility(
            minimum_age=values.number(told.minimum_age),
            maximum_age=values.number(told.maximum_age),
            residence=self.value(told, RESIDENCE) or ("、".join(areas) or None),
            graduated_since=None if since is None else int(since),
            note=values.text(told.eligibility_description),
        )
        return None if found == Eligibility() else found

    def _schedules(
        self, told: wire.Service, places: Sequence[tuple[wire.ServiceAtLocation, wire.Location]]
    ) -> tuple[Schedule, ...]:
        """Give the service's own hours; without any, those of its first place that has some."""
        tellers = [
            told.schedules,
            *(at.schedules for at, _ in places),
            *(place.schedules for _, place in places),
        ]
        return next((found for one in tellers if (found := schedules(one, self.word, self.working_days))), ())


def status(told: wire.Service) -> ServiceStatus | None:
    """Give a service's status; None where it is inactive or defunct, and so given no more."""
    return _STATUSES.get(told.status.strip().lower())


def version(told: wire.Service, otherwise: datetime) -> int:
    """Give a number that grows with each change: milliseconds of the last one that the service tells.

    A directory may count its capacities anew without calling the service modified.
    """
    changes = [told.last_modified, *(one.updated for one in told.capacities or ())]
    known = [instant for one in changes if (instant := values.instant(one)) is not None]
    return round(max(known, default=otherwise).timestamp() * 1000)


def box(told: wire.Service) -> dict[str, float | None]:
    """Give the box that holds every position of a service, in degrees."""
    spots = [
        spot
        for one in told.service_at_locations or ()
        if one.location is not None
        and (spot := values.position(one.location.latitude, one.location.longitude)) is not None
    ]
    if not spots:
        return {}
    lats, lngs = [spot.lat for spot in spots], [spot.lng for spot in spots]
    return {"south": min(lats), "north": max(lats), "west": min(lngs), "east": max(lngs)}


def codes(told: wire.Service) -> frozenset[str]:
    """Give the codes of a service's terms."""
    return frozenset(code for one in told.attributes or () if (code := _code(one)) is not None)


def _code(attribute: wire.Attribute) -> str | None:
    term = attribute.taxonomy_term
    return None if term is None else values.text(term.code) or values.text(term.id)


def _english(name: str | None) -> str | None:
    # The standard has no language for a name: an alternate name in Latin letters is the English one.
    written = values.text(name)
    return written if written is not None and written.isascii() else None


def _location(told: wire.Location) -> ServiceLocation:
    address = next(iter(told.addresses or ()), None)
    accessible = next(iter(told.accessibility or ()), None)
    return ServiceLocation(
        name=values.text(told.name),
        address=None if address is None else _address(address),
        transport=values.text(told.transportation),
        accessibility=None
        if accessible is None
        else _joined("；", accessible.description, accessible.details),
        position=values.position(told.latitude, told.longitude),
    )


def _address(told: wire.Address) -> str | None:
    street = _joined(" ", told.address_1, told.address_2)
    if street is None or street.isascii():
        return _joined(", ", street, told.region, told.city)
    # In Chinese the larger comes first, and is often written into the street's line as well.
    larger = [part for part in (told.city, told.region) if part and part not in street]
    return "".join([*larger, street])


def _joined(separator: str, *parts: str | None) -> str | None:
    return separator.join(part for one in parts if (part := values.text(one))) or None


def _phone(*tellers: Iterable[wire.Phone] | None) -> str | None:
    for phone in (phone for phones in tellers for phone in phones or ()):
        if phone.number.strip(' "'):
            extension = values.whole(phone.extension)
            return phone.number.strip(' "') + (f"-{extension}" if extension else "")
    return None


def _web(address: str | None) -> str | None:
    written = values.text(address)
    return written if written is not None and written.startswith(("http://", "https://")) else None


def _contact(told: wire.Contact) -> ServiceContact | None:
    contact = ServiceContact(
        office=_joined(" ", told.department, told.title),
        phone=_phone(told.phones),
        email=values.text(told.email),
    )
    return None if contact == ServiceContact() else contact


def _price(told: wire.CostOption, today: date) -> Price | None:
    amount = values.number(told.amount)
    first, last = values.day(told.valid_from), values.day(told.valid_to)
    if amount is None or amount < 0 or (first and today < first) or (last and last < today):
        return None
    return Price(
        amount=Decimal(int(amount)) if amount.is_integer() else Decimal(str(amount)),
        currency=(values.text(told.currency) or "CNY").upper(),
        note=_joined("：", told.option, told.amount_description),
    )


def _capacity(told: wire.Capacity) -> Capacity | None:
    available, updated = values.whole(told.available), values.instant(told.updated)
    if available is None or updated is None:
        return None
    span = values.span(told.unit.scheme, told.unit.identifier)
    return Capacity(
        id=told.id,
        unit=told.unit.name,
        available=available,
        maximum=values.whole(told.maximum),
        description=values.text(told.description),
        updated_at=updated,
        start=span[0] if span else None,
        end=span[1] if span else None,
    )
