"""From missions of the API to records of 志愿港湾."""

from __future__ import annotations

from datetime import datetime, timedelta

from connectors.engagement import wire
from connectors.kit import DecodeError, fits_path
from schema.core.record import Ref
from schema.core.slot import Eligibility
from schema.volunteering.records import (
    VolunteerDomain,
    VolunteerMissionRecord,
    VolunteerMode,
    VolunteerOrganisationRecord,
    VolunteerSite,
)

_DOMAINS = {
    "environnement": VolunteerDomain.ENVIRONMENT,
    "solidarite-insertion": VolunteerDomain.SOLIDARITY,
    "sante": VolunteerDomain.HEALTH,
    "education": VolunteerDomain.EDUCATION,
    "culture-loisirs": VolunteerDomain.CULTURE,
    "sport": VolunteerDomain.SPORT,
    "emploi": VolunteerDomain.EMPLOYMENT,
    "prevention-protection": VolunteerDomain.PREVENTION,
    "humanitaire": VolunteerDomain.HUMANITARIAN,
    "animaux": VolunteerDomain.ANIMALS,
    "vivre-ensemble": VolunteerDomain.COMMUNITY,
    "memoire-et-citoyennete": VolunteerDomain.MEMORY,
    "benevolat-competences": VolunteerDomain.EXPERTISE,
}
_MODES = {"no": VolunteerMode.ON_SITE, "possible": VolunteerMode.EITHER, "full": VolunteerMode.REMOTE}
_OF_AGE = 18
_ONE_DAY = timedelta(days=1)


def withdrawn(mission: wire.Mission) -> bool:
    """Say whether a mission is one that lists leave out: `/{id}` gives what is deleted or refused, too."""
    return mission.deleted or mission.status_code not in (None, "ACCEPTED")


def over(mission: VolunteerMissionRecord, now: datetime) -> bool:
    """Say whether a mission has ended; platforms list it until its publisher takes it away."""
    return mission.end is not None and mission.end <= now


def record(mission: wire.Mission, source: str, now: datetime) -> VolunteerMissionRecord:
    """Give a mission. Its `updatedAt` says when it was last edited, not when it was true."""
    start, end = wire.instant(mission.start_at), wire.instant(mission.end_at)
    if start is not None and end is not None and end < start:
        raise DecodeError("a mission that ends before it begins")
    sites = _sites(mission)
    lasts = end is not None and (start is None or end - start > _ONE_DAY)
    return VolunteerMissionRecord(
        ref=ref_of(mission, source),
        as_of=now,
        name=mission.title,
        title=mission.title,
        position=next((site.position for site in sites if site.position is not None), None),
        sites=sites,
        description=wire.text(mission.description),
        domain=_DOMAINS.get(mission.domain or "", VolunteerDomain.OTHER),
        activity=wire.text(mission.activity),
        mode=_MODES.get(mission.remote or ""),
        tasks=wire.texts(mission.tasks),
        skills=wire.texts(mission.soft_skills or mission.soft_skills_before),
        beneficiaries=wire.texts(mission.audience),
        schedule=wire.text(mission.schedule),
        hours=None if lasts or start is None or end is None else (end - start) / timedelta(hours=1),
        accessible=wire.flag(mission.reduced_mobility_accessible),
        organiser=wire.text(mission.organization_name) or wire.text(mission.publisher_name),
        url=wire.url(mission.application_url),
        start=start,
        end=end,
        # The API has no closing date: a single date is joined before it begins, a longer one until it ends.
        book_until=end if lasts else start if end is not None else None,
        places_left=None if mission.places is None else max(mission.places, 0),
        eligibility=_eligibility(mission),
        organisation=organisation(mission, source, now),
    )


def ref_of(mission: wire.Mission, source: str) -> Ref:
    """Give a locator that holds both what a single read needs (`id`) and what a batch needs (`clientId`)."""
    return Ref(source, f"{mission.id}:{mission.client_id}")


def parts_of(ref: Ref) -> tuple[str, str] | None:
    """Give `id` and `clientId` of a mission; None for what no mission of ours is called, asked of nobody."""
    id_, colon, client_id = ref.id.partition(":")
    return (id_, client_id) if colon and fits_path(id_) and client_id else None


def organisation(mission: wire.Mission, source: str, now: datetime) -> VolunteerOrganisationRecord | None:
    """Give who runs it, None where it has no id of its own: a name alone cannot be found again."""
    key, name = wire.text(mission.organization_client_id), wire.text(mission.organization_name)
    if key is None or name is None:
        return None
    return VolunteerOrganisationRecord(
        ref=Ref(source, f"{mission.publisher_id}:{key}"),
        as_of=now,
        name=name,
        description=wire.text(mission.organization_description),
        address=wire.text(mission.organization_full_address),
        website=wire.url(mission.organization_url),
        logo_url=wire.url(mission.organization_logo),
    )


def _sites(mission: wire.Mission) -> tuple[VolunteerSite, ...]:
    """Every address; older releases have the first one's fields on the mission itself."""
    given = mission.addresses
    if given is None:
        given = [wire.Address(mission.address, mission.department_name, mission.city, mission.location)]
    sites = (VolunteerSite(address=_address(one), position=wire.position(one.location)) for one in given)
    return tuple(site for site in sites if site.address is not None or site.position is not None)


def _address(address: wire.Address) -> str | None:
    return wire.text(address.street) or wire.text(address.department_name) or wire.text(address.city)


def _eligibility(mission: wire.Mission) -> Eligibility | None:
    minors, note = wire.flag(mission.open_to_minors), "；".join(wire.texts(mission.requirements)) or None
    if minors is not False and note is None:
        return None
    return Eligibility(minimum_age=_OF_AGE if minors is False else None, note=note)
