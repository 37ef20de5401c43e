"""The standard's objects made of what the world knows, in the manner of one directory."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mocks.world.services import Entry, Hours, Places, Site, Term, uuid_of

Json = dict[str, Any]

_TAXONOMY = uuid_of("taxonomy")
TAXONOMY: Json = {
    "id": _TAXONOMY,
    "name": "龙岗区公共服务分类",
    "description": "类别，以及开放时间与服务对象的补充说明",
    "version": "1.0",
}


@dataclass(frozen=True, slots=True)
class Manner:
    """What a directory does its own way."""

    inclusive: bool = True
    as_text: bool = False
    nulls: bool = False
    offsets: bool = False
    newest_first: bool = False
    most: int = 500
    zero_for_nowhere: bool = False
    naive: bool = False

    def number(self, value: float | None) -> Any:
        return value if value is None or not self.as_text else f"{value:g}"

    def instant(self, at: datetime) -> str:
        return (at.replace(tzinfo=None) if self.naive else at).isoformat(timespec="milliseconds")

    def tidy(self, value: Json) -> Json:
        """What is not there is null, or is left out."""
        return value if self.nulls else {key: one for key, one in value.items() if one not in (None, [])}


def term(one: Term) -> Json:
    return {
        "id": uuid_of(f"term/{one.code}"),
        "code": one.code,
        "name": one.name,
        "taxonomy": TAXONOMY["name"],
        "taxonomy_detail": TAXONOMY,
        "language": "zh",
    }


def listed(entry: Entry, manner: Manner, modified: datetime) -> Json:
    """A service with what there is one of, as lists have it."""
    return manner.tidy(
        {
            "id": entry.id,
            "name": entry.zh,
            "alternate_name": entry.en,
            "description": entry.description,
            "url": f"https://{entry.term.code.partition('.')[0]}.longgang.example/{entry.id[:8]}",
            "email": None,
            "status": entry.status,
            "application_process": entry.process,
            "fees_description": entry.fees,
            "eligibility_description": entry.eligibility,
            "minimum_age": manner.number(entry.minimum_age),
            "maximum_age": manner.number(entry.maximum_age),
            "alert": entry.alert,
            "last_modified": manner.instant(modified),
            "organization": organization(entry),
        }
    )


def organization(entry: Entry) -> Json:
    provider = entry.provider
    return {
        "id": provider.id,
        "name": provider.name,
        "alternate_name": provider.english,
        "description": provider.name,
        "phones": [_phone(f"{provider.id}/phone", provider.phone)],
    }


def nested(entry: Entry, manner: Manner, modified: datetime, places: Sequence[tuple[Places, int]]) -> Json:
    """A service with all that belongs to it."""
    return listed(entry, manner, modified) | manner.tidy(
        {
            "phones": [_phone(f"{entry.id}/phone", entry.phone)],
            "schedules": [_schedule(entry, number, one, manner) for number, one in enumerate(entry.hours)],
            "service_areas": [
                {"id": uuid_of(f"{entry.id}/area/{area}"), "name": area} for area in entry.areas
            ],
            "service_at_locations": [at_location(entry, site, manner) for site in entry.sites],
            "languages": [
                {"id": uuid_of(f"{entry.id}/language/{code}"), "name": name, "code": code}
                for name, code in entry.languages
            ],
            "cost_options": [
                manner.tidy(
                    {
                        "id": uuid_of(f"{entry.id}/cost/{cost.option}"),
                        "option": cost.option,
                        "amount": manner.number(cost.amount),
                        "amount_description": cost.per,
                        "currency": "cny",
                        "valid_to": cost.valid_to,
                    }
                )
                for cost in entry.costs
            ],
            "required_documents": [
                {"id": uuid_of(f"{entry.id}/document/{name}"), "document": name} for name in entry.documents
            ],
            "contacts": _contacts(entry),
            "attributes": [
                _attribute(entry.id, entry.term, "service", "category"),
                *(_attribute(entry.id, one, "service", "eligibility", value) for one, value in entry.says),
            ],
            "capacities": [_capacity(one, left, manner, modified) for one, left in places],
        }
    )


def at_location(entry: Entry, site: Site, manner: Manner) -> Json:
    lat, lng = site.position or ((0, 0) if manner.zero_for_nowhere else (None, None))
    location = manner.tidy(
        {
            "id": site.id,
            "location_type": "physical",
            "name": site.name,
            "transportation": site.transport,
            "latitude": manner.number(lat),
            "longitude": manner.number(lng),
            "addresses": [
                {
                    "id": uuid_of(f"{site.id}/address"),
                    "address_1": site.address,
                    "city": "深圳市",
                    "state_province": "广东省",
                    "postal_code": site.postcode,
                    "country": "CN",
                    "address_type": "physical",
                }
            ],
            "accessibility": (
                [{"id": uuid_of(f"{site.id}/access"), "description": site.accessible}]
                if site.accessible
                else None
            ),
        }
    )
    return {"id": uuid_of(f"{entry.id}/at/{site.id}"), "location": location}


def _phone(key: str, number: str) -> Json:
    return {"id": uuid_of(key), "number": number, "type": "voice"}


def _contacts(entry: Entry) -> list[Json]:
    if entry.office is None:
        return []
    department, title = entry.office
    return [
        {
            "id": uuid_of(f"{entry.id}/contact"),
            "name": entry.contact,
            "title": title,
            "department": department,
            "phones": [_phone(f"{entry.id}/contact/phone", entry.phone)],
        }
    ]


def _attribute(link: str, one: Term, entity: str, kind: str, value: str | None = None) -> Json:
    found: Json = {
        "id": uuid_of(f"{link}/attribute/{one.code}"),
        "link_id": link,
        "link_entity": entity,
        "link_type": kind,
        "taxonomy_term_id": uuid_of(f"term/{one.code}"),
        "taxonomy_term": term(one),
    }
    return found if value is None else found | {"value": value}


def _schedule(entry: Entry, number: int, hours: Hours, manner: Manner) -> Json:
    key = uuid_of(f"{entry.id}/schedule/{number}")
    offset = "+08:00" if manner.offsets else ""
    return manner.tidy(
        {
            "id": key,
            "freq": hours.freq,
            "interval": None if hours.interval is None else manner.number(hours.interval),
            "byday": hours.byday,
            "bymonthday": hours.bymonthday,
            "dtstart": hours.dtstart,
            "until": hours.until,
            "opens_at": None if hours.opens is None else hours.opens + offset,
            "closes_at": None if hours.closes is None else hours.closes + offset,
            "description": hours.description,
            "attributes": None if hours.says is None else [_attribute(key, hours.says, "schedule", "day")],
        }
    )


def _capacity(one: Places, left: int, manner: Manner, modified: datetime) -> Json:
    unit: Json = {"id": uuid_of(f"unit/{one.unit}/{one.interval}"), "name": one.unit}
    if one.interval is not None:
        unit |= {"scheme": "ISO 8601", "identifier": one.interval}
    return {
        "id": one.id,
        "unit": unit,
        "available": manner.number(left),
        "maximum": manner.number(one.maximum),
        "description": one.description,
        "updated": manner.instant(modified),
    }
