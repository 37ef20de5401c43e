"""What it means for a value to match in FHIR search: tokens, strings, references, dates and nearness."""

import re
from calendar import isleap, monthrange
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

from mocks.fhir.datatypes import Resource
from mocks.fhir.outcome import FhirError
from mocks.fhir.parameters import Parameter, values
from mocks.world.clock import CHINA
from mocks.world.geography import distance_m

Test = Callable[[Any], bool]
Span = tuple[datetime, datetime]  # from the first moment to just after the last

_UNITS = {"": 1000.0, "km": 1000.0, "m": 1.0, "[mi_us]": 1609.347}
_DATE = re.compile(
    r"(?P<day>\d{4}(-\d\d(-\d\d)?)?)(?P<time>T\d\d:\d\d(?P<second>:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?)?"
)
_PREFIXES = ("eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap")
_TEXTS = ("text", "family", "given", "prefix", "suffix", "line", "city", "district", "state", "postalCode")


def criterion(
    name: str, modifier: str, parameter: Parameter, value: str, base: str
) -> Callable[[Resource], bool]:
    """The test that `name:modifier=value` puts to a resource; commas in the value mean or."""
    if modifier == "missing":
        absent = value == "true"
        return lambda resource: (not values(resource, parameter)) is absent
    if parameter.kind == "special":
        nearby = [near(choice) for choice in split(value)]
        return lambda resource: any(distance(resource, place) is not None for place in nearby)
    make = _MAKERS[parameter.kind]
    tests = [make(name, modifier, parameter, choice, base) for choice in split(value)]
    negative = parameter.kind == "token" and modifier == "not"

    def test(resource: Resource) -> bool:
        for found in values(resource, parameter):
            for matches in tests:
                if matches(found):
                    return not negative
        return negative

    return test


def split(value: str) -> list[str]:
    """The alternatives of a value; an escaped comma is part of one."""
    return [part.replace("\0", ",") for part in value.replace("\\,", "\0").split(",")]


def near(value: str) -> tuple[float, float, float]:
    """Latitude, longitude and reach in metres of `lat|lng[|distance[|unit]]`."""
    parts = [*value.split("|"), "", ""]
    try:
        reach = float(parts[2] or 10) * _UNITS[parts[3]]
        return float(parts[0]), float(parts[1]), reach
    except (ValueError, KeyError, IndexError):
        raise FhirError(400, f"near={value} is not latitude|longitude|distance|unit") from None


def distance(resource: Resource, place: tuple[float, float, float]) -> float | None:
    """How far the resource lies from the place in metres; None without a position or out of reach."""
    position = resource.get("position")
    if position is None:
        return None
    metres = distance_m(position["latitude"], position["longitude"], place[0], place[1])
    return metres if metres <= place[2] else None


def _bad_modifier(name: str, modifier: str) -> FhirError:
    return FhirError(400, f"the modifier :{modifier} is not supported on {name}", "not-supported")


def _token(name: str, modifier: str, _: Parameter, wanted: str, __: str) -> Test:
    if modifier not in ("", "not"):
        raise _bad_modifier(name, modifier)
    system, bar, code = wanted.rpartition("|")

    def test(value: Any) -> bool:
        return any(
            code in ("", found) and (not bar or where in (None, system)) for where, found in _tokens(value)
        )

    return test


def _tokens(value: Any) -> Iterator[tuple[str | None, str]]:
    """(system, code) of a code, boolean, Coding, CodeableConcept or Identifier; a bare code's is implied."""
    if isinstance(value, bool):
        yield None, str(value).lower()
    elif isinstance(value, str):
        yield None, value
    elif "coding" in value:
        for each in value["coding"]:
            yield each.get("system", ""), each["code"]
    else:
        yield value.get("system", ""), value.get("code") or value.get("value", "")


def _string(name: str, modifier: str, _: Parameter, wanted: str, __: str) -> Test:
    if modifier not in ("", "exact", "contains"):
        raise _bad_modifier(name, modifier)
    folded = wanted.casefold()

    def test(value: Any) -> bool:
        for text in _strings(value):
            if modifier == "exact":
                found = text == wanted
            elif modifier == "contains":
                found = folded in text.casefold()
            else:
                found = text.casefold().startswith(folded)
            if found:
                return True
        return False

    return test


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
        return
    for key in _TEXTS:
        part = value.get(key)
        if isinstance(part, list):
            yield from part
        elif part is not None:
            yield part


def _reference(name: str, modifier: str, parameter: Parameter, wanted: str, base: str) -> Test:
    target = parameter.target
    if modifier == "identifier":
        identified = _token(name, "", parameter, wanted, base)
        return lambda value: "identifier" in value and identified(value["identifier"])
    if modifier:
        if not modifier[0].isupper():
            raise _bad_modifier(name, modifier)
        target = modifier
    relative = wanted.removeprefix(f"{base}/")

    def test(value: Any) -> bool:
        kind, _, key = value.get("reference", "").partition("/")
        if target not in (None, kind):
            return False
        return relative in (f"{kind}/{key}", key)

    return test


def _date(name: str, modifier: str, _: Parameter, wanted: str, __: str) -> Test:
    if modifier:
        raise _bad_modifier(name, modifier)
    prefix, text = (wanted[:2], wanted[2:]) if wanted[:2] in _PREFIXES else ("eq", wanted)
    low, high = span(text)

    def test(value: Any) -> bool:
        first, last = _value_span(value)
        match prefix:
            case "ne":
                return not (low <= first and last <= high)
            case "gt":
                return last > high if first != last else first >= high
            case "lt":
                return first < low
            case "eb":
                return last < low
            case "ge":
                return last >= low
            case "le":
                return first < high
            case "sa":
                return first >= high
            case _:
                return low <= first and last <= high and first < high

    return test


def span(text: str) -> Span:
    """The stretch of time that a FHIR date means: a year, a month, a day, a minute, a second."""
    parts = _DATE.fullmatch(text)
    try:
        if parts is None:
            raise ValueError(text)
        if parts["time"]:
            moment = _aware(text)
            return moment, moment + timedelta(seconds=1 if parts["second"] else 60)
        first = _aware(f"{text}-01-01"[:10])
    except ValueError:
        raise FhirError(400, f"{text} is not a FHIR date") from None
    days = {4: 366 if isleap(first.year) else 365, 7: monthrange(first.year, first.month)[1], 10: 1}
    return first, first + timedelta(days=days[len(text)])


def _aware(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=CHINA)


def _value_span(value: Any) -> Span:
    if isinstance(value, str):
        moment = datetime.fromisoformat(value)
        return moment, moment
    return datetime.fromisoformat(value["start"]), datetime.fromisoformat(value["end"])


_MAKERS: dict[str, Callable[[str, str, Parameter, str, str], Test]] = {
    "token": _token,
    "string": _string,
    "reference": _reference,
    "date": _date,
}
