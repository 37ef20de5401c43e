"""FHIR's datatypes as the words that residents read: names, addresses, telephones, codes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from connectors.fhir import wire
from schema.core.hours import MIDNIGHT, WEEK, OpeningHours, hours_on
from schema.core.scalars import CHINA, in_china
from schema.health.records import Closure

_DAYS = dict(zip(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), WEEK, strict=True))
_TRANSLATION = "http://hl7.org/fhir/StructureDefinition/translation"
_DATES = {4: "%Y", 7: "%Y-%m", 10: "%Y-%m-%d"}


def in_english(element: wire.Element | None, alias: Sequence[str | None] = ()) -> str | None:
    """Give a name's English wording: its translation extension, else an alias in Latin letters."""
    for extension in element.extension if element else ():
        if extension.url == _TRANSLATION:
            parts = {part.url: part.valueCode or part.valueString for part in extension.extension}
            if (parts.get("lang") or "").partition("-")[0] == "en" and parts.get("content"):
                return parts["content"]
    return next((name for name in alias if name and name.isascii()), None)


def label(concepts: Iterable[wire.CodeableConcept]) -> str | None:
    """Give the words of the first concept that has any: as its user meant it, else as a code list has it."""
    for concept in concepts:
        for words in (concept.text, *(coding.display for coding in concept.coding)):
            if words:
                return words
    return None


def has_code(concepts: Iterable[wire.CodeableConcept], token: str) -> bool:
    """Say whether a token, `system|code` or `code`, is among the concepts."""
    system, bar, code = token.rpartition("|")
    return any(
        coding.code == code and (not bar or coding.system == system)
        for concept in concepts
        for coding in concept.coding
    )


def phone(telecom: Iterable[wire.ContactPoint]) -> str | None:
    """Give the first telephone number that is in use."""
    return next((t.value for t in telecom if t.system == "phone" and t.use != "old" and t.value), None)


def address(given: wire.Address | None) -> str | None:
    """Give an address as it is written in China: from the province down to the street."""
    if given is None:
        return None
    parts = (given.state, given.city, given.district, *given.line)
    return given.text or "".join(part for part in parts if part) or None


def person(names: Sequence[wire.HumanName]) -> str | None:
    """Give the official name or the first: its text, else its parts in the order of their language."""
    current = [name for name in names if name.use not in ("old", "maiden", "anonymous")]
    for name in sorted(current, key=lambda name: name.use != "official"):
        given = [part for part in name.given if part]
        parts = [name.family, *given] if name.family else given
        if name.text or parts:
            chinese = not "".join(part for part in parts if part).isascii()
            joined = (
                "".join(map(str, parts))
                if chinese
                else " ".join([*given, *([name.family] if name.family else [])])
            )
            return name.text or joined
    return None


def hours(times: Iterable[wire.AvailableTime]) -> Iterator[OpeningHours]:
    """Give opening hours; no days means every day, and a time without beginning and end says nothing."""
    for each in times:
        days = [_DAYS[day] for day in each.days_of_week] or WEEK
        if each.all_day:
            yield hours_on(days, MIDNIGHT, MIDNIGHT)
        elif each.available_start_time or each.available_end_time:
            yield hours_on(days, each.available_start_time or MIDNIGHT, each.available_end_time or MIDNIGHT)


def closures(times: Iterable[wire.NotAvailable]) -> Iterator[Closure]:
    """Give times of closure; one whose dates are no dates is left out."""
    for each in times:
        during = each.during or wire.Period()
        # "For ever" is how systems write that nobody knows until when.
        until = None if (during.end or "").startswith("9999") else during.end
        with suppress(ValueError, OverflowError):
            yield Closure(
                description=each.description,
                start=_span(during.start)[0] if during.start else None,
                end=_span(until)[1] if until else None,
            )


def _span(written: str) -> tuple[datetime, datetime]:
    """Give what a dateTime means: an instant, or the beginnings of a day, month or year and of the next."""
    if "T" in written:
        instant = in_china(datetime.fromisoformat(written))
        return instant, instant
    first = datetime.strptime(written, _DATES.get(len(written), "")).replace(tzinfo=CHINA)
    match len(written):
        case 4:
            return first, first.replace(year=first.year + 1)
        case 7:
            return first, (first + timedelta(days=31)).replace(day=1)
        case _:
            return first, first + timedelta(days=1)
