"""Search: which resources a query selects, in what order, and which others it pulls in."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from mocks.fhir.datatypes import Resource
from mocks.fhir.matching import criterion, distance, near, split
from mocks.fhir.outcome import FhirError, outcome
from mocks.fhir.parameters import PARAMETERS, Parameter, values
from mocks.fhir.profile import Profile
from mocks.fhir.store import TYPES, Store

Pairs = Sequence[tuple[str, str]]

_DEFAULT_PAGE = 50
_SETTINGS = {"_count", "_sort", "_summary", "_total", "_elements"}
_INCLUDES = {"_include", "_include:iterate", "_revinclude", "_revinclude:iterate"}
_IGNORED = {"_format", "_pretty"}
_MANDATORY = {
    "Organization": {"active", "name"},
    "Schedule": {"actor"},
    "Slot": {"schedule", "status", "start", "end"},
    "Appointment": {"status", "participant"},
}


@dataclass(frozen=True, slots=True)
class Include:
    """`source:name[:target]`, forwards or in reverse."""

    source: str
    name: str
    target: str | None
    reverse: bool
    iterate: bool


@dataclass(frozen=True, slots=True)
class Result:
    """What a search found. `processed` are the parameters it took notice of, for the self link."""

    kind: str
    ids: tuple[str, ...]
    processed: Pairs
    page: int
    includes: tuple[Include, ...] = ()
    elements: tuple[str, ...] = ()
    count_only: bool = False
    total: bool = True
    warning: dict[str, Any] | None = None
    place: tuple[float, float, float] | None = None
    offset: int = 0

    def at(self, offset: int) -> "Result":
        return replace(self, offset=offset)


@dataclass(slots=True)
class _Query:
    """A search while it is being understood."""

    tests: list[Callable[[Resource], bool]] = field(default_factory=list)
    narrowed: list[list[str]] = field(default_factory=list)
    settings: dict[str, str] = field(default_factory=dict)
    includes: list[Include] = field(default_factory=list)
    processed: list[tuple[str, str]] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    place: tuple[float, float, float] | None = None


def search(store: Store, profile: Profile, kind: str, pairs: Pairs, base: str, strict: bool) -> Result:
    """What `pairs` select among the resources of `kind`; FhirError 400 for what cannot be understood."""
    query = _Query()
    for name, value in pairs:
        if value != "":
            _understand(query, store, profile, kind, name, value, base)
    warning = None
    if query.unknown:
        said = f"unknown search parameters for {kind}: {', '.join(query.unknown)}"
        if profile.unknown == "empty":
            return Result(kind, (), tuple(query.processed), _page(profile, query.settings))
        if strict:
            raise FhirError(400, said, "not-supported")
        warning = (
            outcome("warning", "not-supported", f"ignored {said}") if profile.unknown == "warn" else None
        )
    ids = [resource["id"] for resource in _select(query, store, kind)]
    if "_sort" in query.settings:
        ids = _sorted(ids, store, kind, query.settings["_sort"])
    return Result(
        kind,
        tuple(ids),
        tuple(query.processed),
        _page(profile, query.settings),
        tuple(query.includes) if profile.includes else (),
        tuple(split(query.settings.get("_elements", ""))),
        query.settings.get("_summary") == "count" or query.settings.get("_count") == "0",
        profile.totals and query.settings.get("_total") != "none",
        warning,
        query.place,
    )


def included(store: Store, result: Result, page: Iterable[Resource]) -> list[Resource]:
    """What the includes pull in beside a page of matches, each once."""
    seen = {(resource["resourceType"], resource["id"]) for resource in page}
    found: list[Resource] = []
    frontier = list(page)
    includes = result.includes
    while frontier and includes:
        reached = [pulled for include in includes for pulled in _pull(store, include, frontier)]
        frontier = []
        for resource in reached:
            key = (resource["resourceType"], resource["id"])
            if key not in seen:
                seen.add(key)
                frontier.append(resource)
        found += frontier
        includes = tuple(include for include in includes if include.iterate)
    return found


def trimmed(resource: Resource, elements: Sequence[str]) -> Resource:
    """The resource with only the elements asked for and those that it cannot be without."""
    if elements in ((), ("",)):
        return resource
    kind = resource["resourceType"]
    kept = {"resourceType", "id", "meta", *elements, *_MANDATORY.get(kind, ())}
    subsetted = {
        "system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue",
        "code": "SUBSETTED",
    }
    found = {name: value for name, value in resource.items() if name in kept}
    return found | {"meta": resource["meta"] | {"tag": [subsetted]}}


def _understand(
    query: _Query, store: Store, profile: Profile, kind: str, name: str, value: str, base: str
) -> None:
    if name in _SETTINGS:
        query.settings[name] = value
    elif name in _INCLUDES:
        if not profile.includes:
            return
        query.includes.append(_include(name, value))
    elif name not in _IGNORED:
        plain, _, modifier = name.partition(":")
        parameter = PARAMETERS[kind].get(plain)
        if parameter is None:
            query.unknown.append(name)
            return
        if modifier == "missing" and not profile.missing:
            raise FhirError(405, "the :missing modifier is disabled on this server")
        ids = _narrow(store, kind, plain, modifier, parameter, value, base)
        if ids is None:
            query.tests.append(criterion(plain, modifier, parameter, value, base))
        else:
            query.narrowed.append(ids)
        if parameter.kind == "special" and not modifier:
            query.place = near(value)
    query.processed.append((name, value))


def _narrow(
    store: Store, kind: str, name: str, modifier: str, parameter: Parameter, value: str, base: str
) -> list[str] | None:
    """The ids that can match, where an index knows them without looking at each resource."""
    if modifier:
        return None
    if name == "_id":
        return list(dict.fromkeys(split(value)))
    if parameter.kind != "reference" or parameter.target:
        return None
    wanted = [choice.removeprefix(f"{base}/") for choice in split(value)]
    typed = [w if "/" in w else f"{target}/{w}" for w in wanted for target in ([""] if "/" in w else TYPES)]
    return store.referring(kind, parameter.paths[0][0], typed)


def _select(query: _Query, store: Store, kind: str) -> Iterable[Resource]:
    kept = store.all(kind)
    if query.narrowed:
        first, *others = query.narrowed
        allowed = [set(other) for other in others]
        candidates = [kept[key] for key in first if key in kept and all(key in a for a in allowed)]
    else:
        candidates = list(kept.values())
    return [resource for resource in candidates if all(test(resource) for test in query.tests)]


def _page(profile: Profile, settings: dict[str, str]) -> int:
    wanted = settings.get("_count", str(_DEFAULT_PAGE))
    if not wanted.isdecimal():
        raise FhirError(400, f"_count={wanted} is not a number")
    return min(int(wanted) or _DEFAULT_PAGE, profile.page_cap)


def _include(name: str, value: str) -> Include:
    directive, _, how = name.partition(":")
    source, _, rest = value.partition(":")
    parameter, _, target = rest.partition(":")
    known = PARAMETERS.get(source, {})
    if parameter != "*" and getattr(known.get(parameter), "kind", None) != "reference":
        raise FhirError(400, f"{directive}={value} names no reference parameter", "not-supported")
    return Include(source, parameter, target or None, directive == "_revinclude", how == "iterate")


def _pull(store: Store, include: Include, frontier: Iterable[Resource]) -> Iterable[Resource]:
    known = PARAMETERS[include.source]
    names = [n for n, p in known.items() if p.kind == "reference"] if include.name == "*" else [include.name]
    for name in names:
        if include.reverse:
            yield from _referring(store, include, known[name], frontier)
            continue
        for resource in frontier:
            if resource["resourceType"] != include.source:
                continue
            for value in values(resource, known[name]):
                kind, _, key = value.get("reference", "").partition("/")
                target = store.find(kind, key)
                if target is not None and {include.target, known[name].target} <= {None, kind}:
                    yield target


def _referring(
    store: Store, include: Include, parameter: Parameter, frontier: Iterable[Resource]
) -> Iterable[Resource]:
    wanted = [f"{resource['resourceType']}/{resource['id']}" for resource in frontier]
    ids = store.referring(include.source, parameter.paths[0][0], wanted)
    kept = store.all(include.source)
    if ids is not None:
        yield from (kept[key] for key in ids)
        return
    for resource in kept.values():
        if any(value.get("reference") in wanted for value in values(resource, parameter)):
            yield resource


def _sorted(ids: list[str], store: Store, kind: str, orders: str) -> list[str]:
    kept = store.all(kind)
    for order in reversed(split(orders)):
        parameter = PARAMETERS[kind].get(order.removeprefix("-"))
        if parameter is None:
            raise FhirError(400, f"_sort={order} names no search parameter of {kind}", "not-supported")
        keys = {key: _sort_key(kept[key], parameter) for key in ids}
        ids = sorted(ids, key=keys.__getitem__, reverse=order.startswith("-"))
    return ids


def _sort_key(resource: Resource, parameter: Parameter) -> str:
    value = next(iter(values(resource, parameter)), "")
    if isinstance(value, dict):
        for key in ("start", "text", "family", "reference", "code", "value"):
            if key in value:
                return str(value[key])
        return str(value.get("coding", [{}])[0].get("code", ""))
    return str(value)


def closeness(result: Result, resource: Resource) -> dict[str, Any] | None:
    """The extension that says how far a match lies from where the search was near to."""
    metres = None if result.place is None else distance(resource, result.place)
    if metres is None:
        return None
    quantity = {"value": round(metres), "unit": "m", "system": "http://unitsofmeasure.org", "code": "m"}
    return {
        "url": "http://hl7.org/fhir/StructureDefinition/location-distance",
        "valueDistance": quantity,
    }
