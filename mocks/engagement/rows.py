"""A mission as the API shows it, of today's release or an older one."""

from datetime import UTC, datetime
from typing import Any

from mocks.world.missions import Mission, Plan, Site

_OLD_LEFT_OUT = ("addresses", "softSkills", "descriptionHtml")


def row(mission: Mission, plan: Plan, places: int | None, *, old: bool) -> dict[str, Any]:
    """Every field that a reader of missions may look at; `location` is left out where there is none."""
    kind, first = mission.kind, next(iter(mission.sites), None)
    found: dict[str, Any] = {
        "_id": mission.id,
        "id": mission.id,
        "clientId": mission.client_id,
        "publisherId": plan.publisher,
        "publisherName": plan.name,
        "publisherUrl": "https://volunteer.longgang.example",
        "title": mission.title,
        "description": kind.description,
        "descriptionHtml": f"<p>{kind.description}</p>",
        "domain": kind.domain,
        "activity": kind.activity,
        "type": "benevolat",
        "tasks": list(kind.tasks),
        "tags": [],
        "softSkills": list(kind.skills),
        "soft_skills": list(kind.skills),
        "romeSkills": [],
        "requirements": list(kind.requirements),
        "audience": list(kind.audience),
        "openToMinors": _yes_no(kind.minors, old),
        "reducedMobilityAccessible": _yes_no(mission.accessible, old),
        "closeToTransport": _yes_no(mission.transport, old),
        "remote": kind.remote,
        "schedule": mission.schedule,
        "duration": kind.months or None,
        "startAt": _instant(mission.start, old),
        "endAt": _instant(mission.end, old),
        "postedAt": _instant(mission.created, old),
        "createdAt": _instant(mission.created, old),
        "updatedAt": _instant(mission.updated, old),
        "deletedAt": _instant(mission.deleted, old),
        "deleted": mission.deleted is not None,
        "statusCode": "REFUSED" if mission.refused else "ACCEPTED",
        "statusComment": None,
        "places": places,
        "compensationAmount": None,
        "applicationUrl": f"https://volunteer.longgang.example/r/{mission.id}",
        "addresses": [_address(site) for site in mission.sites],
        **_organisation(mission),
    }
    if first is not None:
        found |= {name: value for name, value in _address(first).items() if name != "street"}
        found["address"] = first.street
        if first.position is None:
            del found["location"]
    if old:
        for name in _OLD_LEFT_OUT:
            del found[name]
    return found


def _address(site: Site) -> dict[str, Any]:
    location = None if site.position is None else {"lat": site.position[0], "lon": site.position[1]}
    return {
        "street": site.street,
        "postalCode": site.postcode,
        "departmentName": site.community.subdistrict,
        "departmentCode": site.community.subdistrict_code,
        "city": "深圳市",
        "region": "广东省",
        "country": "CN",
        "location": location,
    }


def _organisation(mission: Mission) -> dict[str, Any]:
    found = mission.organisation
    return {
        "organizationId": None,
        "organizationClientId": found.client_id if found else None,
        "organizationName": found.name if found else None,
        "organizationDescription": found.description if found else None,
        "organizationUrl": found.url if found else "",
        "organizationLogo": None,
        "organizationFullAddress": found.address if found else None,
        "organizationCity": "深圳市" if found else None,
    }


def _instant(at: datetime | None, old: bool) -> str | None:
    if at is None:
        return None
    if old:
        return at.isoformat(timespec="seconds")
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _yes_no(value: bool | None, old: bool) -> bool | str | None:
    if value is None or old:
        return value
    return "yes" if value else "no"
